/**
 * The API as clients meet it behind API Gateway: bytes for whoever does not say what they accept, as Java's clients do
 * not; large pages; the gateway's own answers. The last part is why the API streams: gathered answers fail there.
 */
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { startStack, type StackProcess } from "../helpers/stack-process.ts";
import { CBOR_1_1, JSON_1_1 } from "../conformance/kinesis/callers/encoding.ts";
import { signed } from "../conformance/kinesis/callers/raw-call.ts";
import { eventually } from "../helpers/eventually.ts";
import { freshStream, sdk } from "../conformance/kinesis/streams.ts";
import { iteratorAt } from "../conformance/kinesis/reading.ts";

const CBOR = CBOR_1_1.contentType;
const ACCEPTS = [CBOR, "*/*", undefined] as const;

async function send(
  endpoint: string,
  headers: Record<string, string>,
  body: Uint8Array,
  path = "/",
) {
  const outgoing = httpRequest(endpoint + path, { method: "POST", headers });
  outgoing.on("error", () => {});
  outgoing.end(body);
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}

async function callInCbor(
  endpoint: string,
  operation: "ListStreams" | "GetRecords",
  accept?: string,
) {
  const { headers, body } = await signed(endpoint, CBOR_1_1, operation, {});
  return send(endpoint, { ...headers, ...(accept !== undefined && { accept }) }, body);
}

describe("an answer in CBOR", () => {
  it.each(ACCEPTS)("is bytes for who accepts %s", async (accept) => {
    const { status, headers, body } = await callInCbor(
      inject("apiEndpoint"),
      "ListStreams",
      accept,
    );
    expect([status, headers["content-type"]]).toEqual([200, CBOR]);
    expect(CBOR_1_1.decode(body)).toMatchObject({ HasMoreStreams: expect.any(Boolean) });
  });

  it.each(ACCEPTS)("that refuses is bytes, too, for who accepts %s", async (accept) => {
    const { status, headers, body } = await callInCbor(inject("apiEndpoint"), "GetRecords", accept);
    expect([status, headers["content-type"]]).toEqual([400, CBOR]);
    expect(CBOR_1_1.decode(body)).toMatchObject({ __type: "ValidationException" });
  });
});

it("takes a record larger than a page once was, and pages of more than Lambda answers at once", async () => {
  const StreamName = await freshStream();
  const StreamARN = (await sdk.call("DescribeStreamSummary", { StreamName }))
    .StreamDescriptionSummary!.StreamARN!;
  await sdk.call("UpdateMaxRecordSize", { StreamARN, MaxRecordSizeInKiB: 10_240 });
  for (const size of [4_500_000, 4_400_000]) {
    // The second waits for the seconds that the first one takes of the shard.
    await eventually("it is taken", async () => {
      const { headers, body } = await signed(inject("apiEndpoint"), CBOR_1_1, "PutRecord", {
        StreamName,
        PartitionKey: "k",
        Data: new Uint8Array(size),
      });
      const { status } = await send(inject("apiEndpoint"), headers, body);
      return status === 200 ? true : undefined;
    });
  }
  const ShardIterator = await iteratorAt(StreamName);
  const { Records } = await sdk.call("GetRecords", { ShardIterator });
  expect(Records!.map(({ Data }) => Data!.length)).toEqual([4_500_000, 4_400_000]);
});

describe("the gateway's own answers", () => {
  const JSON_TYPE = { "content-type": JSON_1_1.contentType };

  it.each<[string, Uint8Array, string, unknown[]]>([
    [
      "to too much",
      new Uint8Array(6.5 * 1024 * 1024).fill(32),
      "/",
      [413, "RequestEntityTooLargeException"],
    ],
    [
      "to far too much",
      new Uint8Array(10.5 * 1024 * 1024),
      "/",
      [413, "RequestEntityTooLargeException"],
    ],
    ["to a path that is none", Buffer.from("{}"), "//", [404, "UnknownOperationException"]],
  ])("are AWS's JSON: %s", async (_, large, path, [expectedStatus, name]) => {
    const { status, headers, body } = await send(inject("apiEndpoint"), JSON_TYPE, large, path);
    expect(status).toBe(expectedStatus);
    expect(headers).toMatchObject({
      "content-type": JSON_1_1.contentType,
      "x-amzn-errortype": name,
      "x-amzn-requestid": expect.any(String),
    });
    expect(JSON_1_1.decode(body)).toEqual({ __type: name, message: expect.any(String) });
  });
});

describe("where API Gateway gathers answers", () => {
  let stack: StackProcess;
  beforeAll(async () => {
    stack = await startStack({ environment: { HYDRANT_RESPONSES: "BUFFERED" } });
  });
  afterAll(() => stack.stop());

  it("CBOR is bytes only for who accepts it by its name", async () => {
    const [byName, byStar, unsaid] = await Promise.all(
      ACCEPTS.map((accept) => callInCbor(stack.apiEndpoint, "ListStreams", accept)),
    );
    expect(CBOR_1_1.decode(byName!.body)).toMatchObject({ StreamNames: [] });
    for (const { status, headers, body } of [byStar!, unsaid!]) {
      expect([status, headers["content-type"]]).toEqual([200, CBOR]);
      // What Java's clients cannot read: base64.
      expect(body).toEqual(Buffer.from(byName!.body.toString("base64")));
    }
  });

  it("JSON is as ever, and subscriptions are refused", async () => {
    const call = async (operation: "ListStreams" | "SubscribeToShard", input: object) => {
      const { headers, body } = await signed(stack.apiEndpoint, JSON_1_1, operation, input);
      const answer = await send(stack.apiEndpoint, headers, body);
      return [answer.status, JSON_1_1.decode(answer.body)];
    };
    expect(await call("ListStreams", {})).toEqual([
      200,
      expect.objectContaining({ StreamNames: [] }),
    ]);
    const ConsumerARN = "arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/c:1";
    const StartingPosition = { Type: "LATEST" };
    const input = { ConsumerARN, ShardId: "shardId-000000000000", StartingPosition };
    expect(await call("SubscribeToShard", input)).toEqual([
      400,
      expect.objectContaining({ __type: "UnsupportedOperationException" }),
    ]);
  });
});
