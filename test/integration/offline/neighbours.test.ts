/** Calls of STS and CloudWatch at the API's port, as SDKs put them. */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AnyRequest, AnyResponse } from "../../../offline/front/exchange.ts";
import { startFront, type Front } from "../../../offline/front/front.ts";
import { withNeighbours } from "../../../offline/front/neighbours.ts";
import { sendRaw } from "../../helpers/raw-http.ts";

let front: Front;
beforeAll(async () => {
  front = await startFront({ port: 0 });
  const api = async (_: AnyRequest, response: AnyResponse) => void response.end("the API");
  front.open(withNeighbours(api, "123456789012"));
});
afterAll(() => front.stop());

const signedFor = (service: string, keyId = "test") =>
  `AWS4-HMAC-SHA256 Credential=${keyId}/20260501/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;

const FORM = "application/x-www-form-urlencoded; charset=utf-8";

function call(
  headers: Readonly<Record<string, string>>,
  body: string | Buffer = "",
  path = "/",
  method = "POST",
) {
  const length = String(Buffer.byteLength(body));
  return sendRaw(`http://127.0.0.1:${front.port}${path}`, {
    method,
    headers: { ...headers, "content-length": length },
    body,
  });
}

describe("STS", () => {
  const query = { "content-type": FORM, authorization: signedFor("sts") };
  const identity =
    "<GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/test</Arn><UserId>test</UserId><Account>123456789012</Account></GetCallerIdentityResult>";

  it("says who calls", async () => {
    const { status, headers, text } = await call(
      query,
      "Action=GetCallerIdentity&Version=2011-06-15",
    );
    expect([status, headers["content-type"]]).toEqual([200, "text/xml"]);
    expect(text).toContain(identity);
  });

  it("says so to a request that was signed beforehand", async () => {
    const path =
      "/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Credential=test%2F20260501%2Fus-east-1%2Fsts%2Faws4_request";
    expect((await call({}, "", path, "GET")).text).toContain(identity);
  });

  it.each(["AssumeRole", "", "toString", "<b>"])("does not know %j", async (action) => {
    const { status, text } = await call(query, `Action=${encodeURIComponent(action)}`);
    expect(status).toBe(400);
    expect(text).toContain("<Type>Sender</Type><Code>InvalidAction</Code>");
    expect(text).not.toContain("<b>");
  });
});

describe("CloudWatch takes metrics", () => {
  const authorization = signedFor("monitoring");
  const form = "Action=PutMetricData&Version=2010-08-01&Namespace=KinesisProducerLibrary";

  it("in the query protocol", async () => {
    const { status, text } = await call({ "content-type": FORM, authorization }, form);
    expect(status).toBe(200);
    expect(text).toMatch(/^<PutMetricDataResponse xmlns="[^"]+"><ResponseMetadata>/);
  });

  it("that are compressed", async () => {
    const headers = { "content-type": FORM, "content-encoding": "gzip", authorization };
    expect((await call(headers, gzipSync(form))).status).toBe(200);
    const bomb = gzipSync(Buffer.alloc(2 * 1024 * 1024, form));
    expect((await call(headers, bomb)).status).toBe(413);
    expect((await call(headers, "no gzip")).status).toBe(413);
  });

  it("in AWS JSON", async () => {
    const { status, text } = await call(
      {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": "GraniteServiceVersion20100801.PutMetricData",
        authorization,
      },
      '{"Namespace":"a"}',
    );
    expect([status, text]).toEqual([200, "{}"]);
  });

  it("in CBOR", async () => {
    const headers = {
      "content-type": "application/cbor",
      "smithy-protocol": "rpc-v2-cbor",
      authorization,
    };
    const path = "/service/GraniteServiceVersion20100801/operation/";
    const taken = await call(headers, Buffer.of(0xa0), `${path}PutMetricData`);
    expect([taken.status, taken.headers["smithy-protocol"]]).toEqual([200, "rpc-v2-cbor"]);
    expect(taken.text).toBe(Buffer.of(0xa0).toString());
    const refused = await call(headers, Buffer.of(0xa0), `${path}ListMetrics`);
    expect(refused.status).toBe(400);
    // A map of two: "__type" of 6 bytes, "InvalidAction" of 13.
    expect(refused.text).toContain("y\u0000\u0006__typey\u0000\rInvalidAction");
  });

  it("but not more than CloudWatch does", async () => {
    const body = form.padEnd(1024 * 1024 + 1, "a");
    expect((await call({ "content-type": FORM, authorization }, body)).status).toBe(413);
  });
});

describe("everything else", () => {
  it.each([
    ["what is signed for Kinesis", { authorization: signedFor("kinesis") }],
    ["what is not signed", { "content-type": FORM }],
    ["what no key can have signed", { authorization: signedFor("sts", "a b") }],
    ["what is signed for what no service is called", { authorization: signedFor("toString") }],
  ])("is the API's: %s", async (_, headers) => {
    expect((await call(headers, "Action=GetCallerIdentity")).text).toBe("the API");
  });
});
