/**
 * One caller must not stop the others: the running stack answers what costs it most as it answers any other mistake,
 * from somebody without a key and from the holder of one, and another client's calls meanwhile. What each kind of
 * request costs is counted in `test/unit/hostile`.
 */
import { describe, expect, inject, test } from "vitest";
import { ListStreamsCommand } from "@aws-sdk/client-kinesis";
import { signedHeaders } from "../../bin/hydrant/sign.ts";
import { CBOR_1_1, JSON_1_1 } from "../../src/wire/codec.ts";
import { kinesisClient } from "../conformance/kinesis/client.ts";
import { type RawResponse, sendRaw } from "../helpers/raw-http.ts";

const endpoint = inject("apiEndpoint");
const PUT = "Kinesis_20131202.PutRecords";

type Send = () => Promise<RawResponse>;

function ofAnybody(contentType: string, body: Uint8Array | string): Send {
  const headers = { "content-type": contentType, "x-amz-target": PUT };
  return () => sendRaw(endpoint, { headers, body });
}

function ofAHolder(target: string, input: object): Send {
  const body = JSON.stringify(input);
  const connection = {
    endpoint: new URL(endpoint),
    region: "us-east-1",
    accessKeyId: "test",
    secretAccessKey: "test",
  };
  const service = target.startsWith("Kinesis") ? "kinesis" : "hydrant";
  return () => {
    const headers = { "content-type": JSON_1_1, "x-amz-target": target };
    return sendRaw(endpoint, {
      headers: signedHeaders(connection, service, headers, body, Date.now()),
      body,
    });
  };
}

const CHUNKS = Buffer.concat([
  Buffer.from("a161615f", "hex"),
  Buffer.alloc(4_400_000, 0x40),
  Buffer.of(0xff),
]);
const BUSY_ARN = `arn:aws${":kinesis:".repeat(1111)}${":000000000000:".repeat(714)}`;

const REQUESTS: readonly [string, Send, string, RegExp][] = [
  ["CBOR of millions of chunks", ofAnybody(CBOR_1_1, CHUNKS), "SerializationException", /^$/],
  [
    "JSON of opened lists",
    ofAnybody(JSON_1_1, "[".repeat(5_900_000)),
    "SerializationException",
    /^$/,
  ],
  [
    "JSON of empty lists",
    ofAnybody(JSON_1_1, `[${"[],".repeat(1_900_000)}[]]`),
    "SerializationException",
    /^$/,
  ],
  [
    "a name of megabytes",
    ofAHolder("Kinesis_20131202.DescribeStream", { StreamName: "!".repeat(5_500_000) }),
    "ValidationException",
    /^1 validation error detected: Value '!{1024}\.\.\.' at 'streamName' failed to satisfy constraint: Member must have length less than or equal to 128$/,
  ],
  [
    "an ARN that keeps its pattern busy",
    ofAHolder("Kinesis_20131202.ListTagsForResource", { ResourceARN: BUSY_ARN }),
    "ValidationException",
    /Member must have length less than or equal to 2048$/,
  ],
  [
    "an event source of megabytes",
    ofAHolder("Hydrant_20261122.CreateEventSourceMapping", {
      EventSourceArn: `arn:aws:${"a".repeat(5_500_000)}`,
      FunctionName: "any",
    }),
    "ValidationException",
    /Member must have length less than or equal to 2048$/,
  ],
];

describe("the running stack", () => {
  test.each(REQUESTS)("answers %s", async (_, send, name, sentence) => {
    const { status, headers, text } = await send();
    expect(status).toBe(400);
    expect(headers["x-amzn-errortype"]).toBe(name);
    const isText = headers["content-type"] === JSON_1_1;
    const { message = "" } = (isText ? JSON.parse(text) : {}) as { readonly message?: string };
    expect(message).toMatch(sentence);
  });

  test("answers another client while it is sent all of them, again and again", async () => {
    const over = new AbortController();
    const attackers = REQUESTS.map(async ([, send]) => {
      let answerCount = 0;
      for (; !over.signal.aborted; answerCount++) await send();
      return answerCount;
    });
    const client = kinesisClient();
    try {
      for (let calls = 0; calls < 8; calls++) await client.send(new ListStreamsCommand({}));
    } finally {
      over.abort();
    }
    for (const answerCount of await Promise.all(attackers)) expect(answerCount).toBeGreaterThan(0);
  });
});
