/** Who is let in, and that nobody else has an effect. */
import {
  CreateDeliveryStreamCommand,
  FirehoseClient,
  ListDeliveryStreamsCommand,
} from "@aws-sdk/client-firehose";
import {
  DescribeAccountSettingsCommand,
  KinesisClient,
  type KinesisServiceException,
} from "@aws-sdk/client-kinesis";
import { describe, expect, test } from "vitest";
import type { SignedRequest } from "../../../src/auth/sigv4.ts";
import { sendRaw, sendSigned } from "../../helpers/raw-http.ts";
import { signedBySdk, withHeader } from "../../helpers/signed-by-sdk.ts";
import { ACCOUNT_ID, ENDPOINT, KEY, REGION, clientConfig } from "../target.ts";

const MINUTE_MS = 60_000;

/** A call without an effect that anybody with a key may make. */
function signedList(options: Parameters<typeof signedBySdk>[0] = {}): Promise<SignedRequest> {
  return signedBySdk({
    endpoint: ENDPOINT,
    region: REGION,
    ...KEY,
    body: "{}",
    target: "Firehose_20150804.ListDeliveryStreams",
    ...options,
  });
}

async function answerTo(request: SignedRequest) {
  const { status, text } = await sendSigned(ENDPOINT, request);
  return { status, ...(JSON.parse(text) as { __type?: string; message?: string }) };
}

describe("a signature", () => {
  test("of a key's holder is accepted", async () => {
    expect(await answerTo(await signedList())).toMatchObject({ status: 200 });
  });

  test("of another secret is refused", async () => {
    expect(await answerTo(await signedList({ secretAccessKey: "wrong" }))).toEqual({
      status: 400,
      __type: "InvalidSignatureException",
      message: expect.stringMatching(/^The request signature we calculated does not match/),
    });
  });

  test("of an unknown key is refused, and so is a session token", async () => {
    const refused = {
      status: 400,
      __type: "UnrecognizedClientException",
      message: "The security token included in the request is invalid.",
    };
    expect(await answerTo(await signedList({ accessKeyId: "nobody" }))).toEqual(refused);
    const withToken = await answerTo(await signedList({ sessionToken: "token" }));
    expect(withToken).toMatchObject({ status: refused.status, __type: refused.__type });
    expect(withToken["message"]).toMatch(
      /^The security token included in the request is invalid\./,
    );
  });

  test("for another body, target or host is refused", async () => {
    const request = await signedList();
    const refused = { status: 400, __type: "InvalidSignatureException" };
    expect(await answerTo({ ...request, body: '{"Limit":1}' })).toMatchObject(refused);
    const target = "Firehose_20150804.DescribeDeliveryStream";
    expect(await answerTo(withHeader(request, "x-amz-target", target))).toMatchObject(refused);
    expect(await answerTo(withHeader(request, "host", "other.example"))).toMatchObject(refused);
  });

  test("beside a second one, or with parts of it repeated, is refused", async () => {
    const request = await signedList();
    const [right = ""] = request.headers.get("authorization") ?? [];
    const headers = Object.fromEntries(
      [...request.headers].map(([name, [value = ""]]) => [name, value]),
    );
    const refused = {
      status: 400,
      __type: "IncompleteSignatureException",
      message: expect.stringMatching(/^Authorization header must have .* once each/),
    };
    const { status, text } = await sendRaw(ENDPOINT, {
      headers: { ...headers, authorization: [right, "Bearer token"] },
      body: request.body,
    });
    expect({ status, ...(JSON.parse(text) as object) }).toEqual(refused);
    const repeated = right.replace("Signature=", "Signature=00,Signature=");
    expect(await answerTo(withHeader(request, "authorization", repeated))).toEqual(refused);
  });

  test("of headers in upper case is refused", async () => {
    const request = await signedList();
    const [right = ""] = request.headers.get("authorization") ?? [];
    const upper = right.replace("host;", "Host;");
    expect(await answerTo(withHeader(request, "authorization", upper))).toMatchObject({
      status: 400,
      __type: "IncompleteSignatureException",
    });
  });

  test("in the query is told from what only begins like one", async () => {
    const request = withHeader(await signedList(), "authorization");
    const ask = async (query: string) => {
      const url = `${ENDPOINT}/?${query}`;
      const { text } = await sendSigned(url, request);
      return (JSON.parse(text) as { readonly __type?: string }).__type;
    };
    expect(await ask("x-amz-foo=1")).toBe("MissingAuthenticationTokenException");
    expect(await ask("X-Amz-Algorithm=AWS4-HMAC-SHA256")).toBe("InvalidSignatureException");
  });

  test("for another region is refused", async () => {
    expect(await answerTo(await signedList({ region: "mars-north-1" }))).toMatchObject({
      __type: "InvalidSignatureException",
      message: expect.stringContaining("'mars-north-1'"),
    });
  });

  test.each([
    ["behind", -16 * MINUTE_MS, /^Signature expired: /],
    ["ahead", 16 * MINUTE_MS, /^Signature not yet current: /],
  ])("by a clock sixteen minutes %s is refused", async (_, clockOffsetMs, message) => {
    expect(await answerTo(await signedList({ clockOffsetMs }))).toMatchObject({
      status: 400,
      __type: "InvalidSignatureException",
      message: expect.stringMatching(message),
    });
  });

  test.each([-14 * MINUTE_MS, 14 * MINUTE_MS])(
    "by a clock fourteen minutes off is accepted: %i ms",
    async (clockOffsetMs) => {
      expect(await answerTo(await signedList({ clockOffsetMs }))).toMatchObject({ status: 200 });
    },
  );

  test("is asked for before the body's types and bounds are looked at", async () => {
    const request = await signedList({ body: '{"Limit":"many"}' });
    expect(await answerTo(withHeader(request, "authorization"))).toMatchObject({
      __type: "MissingAuthenticationTokenException",
    });
    const { text } = await sendSigned(ENDPOINT, request);
    expect(JSON.parse(text)).toEqual({
      __type: "SerializationException",
      Message: "class java.lang.String can not be converted to an Integer",
    });
  });
});

describe("the SDK", () => {
  function client(changes: ConstructorParameters<typeof FirehoseClient>[0] = {}) {
    return new FirehoseClient({ ...clientConfig(), ...changes });
  }

  test("sets its clock by the answer and gets through at its second attempt", async () => {
    const skewed = client({ systemClockOffset: -60 * MINUTE_MS });
    const { $metadata } = await skewed.send(new ListDeliveryStreamsCommand({}));
    expect($metadata).toMatchObject({ httpStatusCode: 200, attempts: 2 });
  });

  test("is told that an operation is not offered, and does not try again", async () => {
    const kinesis = new KinesisClient(clientConfig());
    const error = await kinesis
      .send(new DescribeAccountSettingsCommand({}))
      .catch((thrown: unknown) => thrown as KinesisServiceException);
    kinesis.destroy();
    expect(error).toMatchObject({
      name: "UnsupportedOperationException",
      message: expect.stringMatching(/^DescribeAccountSettings is not offered by Hydrant: ./),
      $metadata: { httpStatusCode: 400, attempts: 1 },
    });
  });

  test("has no effect with a wrong secret", async () => {
    const name = `unsigned-${process.pid}`;
    const forger = client({ credentials: { ...KEY, secretAccessKey: "wrong" } });
    const command = new CreateDeliveryStreamCommand({
      DeliveryStreamName: name,
      S3DestinationConfiguration: {
        BucketARN: "arn:aws:s3:::any",
        RoleARN: `arn:aws:iam::${ACCOUNT_ID}:role/any`,
      },
    });
    await expect(forger.send(command)).rejects.toMatchObject({ name: "InvalidSignatureException" });
    const { DeliveryStreamNames } = await client().send(
      new ListDeliveryStreamsCommand({ Limit: 10_000 }),
    );
    expect(DeliveryStreamNames).not.toContain(name);
  });
});
