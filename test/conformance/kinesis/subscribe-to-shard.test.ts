import { once } from "node:events";
import { type IncomingMessage, request as httpRequest } from "node:http";
import {
  KinesisClient,
  type StartingPosition,
  SubscribeToShardCommand,
  type SubscribeToShardEvent,
} from "@aws-sdk/client-kinesis";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { JSON_1_1 } from "./callers/encoding.ts";
import { signed } from "./callers/raw-call.ts";
import { ACCOUNT_ID, expectRefusal, kinesisClient } from "./client.ts";
import { conformance } from "./conformance.ts";
import { A_CONSUMER_ARN, freshConsumer } from "./consumers.ts";
import { itRunsDry } from "./dry-run.ts";
import { putText, SHARD_0, SHARD_1, SHARD_2, textsOf } from "./reading.ts";
import {
  bad,
  LIST_FOR_SCALAR,
  matching,
  missing,
  STRUCTURE_WANTED,
  TEXT_FOR_TIME,
} from "./sentences.ts";
import { freshStream, sdk, untilActive } from "./streams.ts";
import { KEY, clientConfig } from "../target.ts";

const LATEST = { Type: "LATEST" } as const;
const TRIM_HORIZON = { Type: "TRIM_HORIZON" } as const;

async function newConsumer() {
  const StreamName = await freshStream();
  return { StreamName, ConsumerARN: await freshConsumer(StreamName) };
}

async function subscribe(ConsumerARN: string, StartingPosition: StartingPosition = TRIM_HORIZON) {
  const { EventStream } = await kinesisClient().send(
    new SubscribeToShardCommand({ ConsumerARN, ShardId: SHARD_0, StartingPosition }),
  );
  const messages = EventStream![Symbol.asyncIterator]();
  async function next(): Promise<SubscribeToShardEvent | undefined> {
    const { value, done } = await messages.next();
    if (done === true) return undefined;
    return value.SubscribeToShardEvent;
  }
  return { next };
}

async function subscribeOverHttp1(ConsumerARN: string) {
  const endpoint = inject("apiEndpoint");
  const input = { ConsumerARN, ShardId: SHARD_0, StartingPosition: TRIM_HORIZON };
  const { headers, body } = await signed(endpoint, JSON_1_1, "SubscribeToShard", input);
  const outgoing = httpRequest(endpoint, { method: "POST", headers });
  const leave = () => outgoing.destroy();
  onTestFinished(() => void leave());
  outgoing.end(body);
  const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
  incoming.on("error", () => {});
  return { incoming, leave };
}

const textsIn = (event: SubscribeToShardEvent | undefined) => textsOf(event?.Records ?? []);

conformance("SubscribeToShard", {
  serialization: {
    "takes no list for a shard": [{ ShardId: [] }, LIST_FOR_SCALAR],
    "takes no text for a position": [{ StartingPosition: "LATEST" }, STRUCTURE_WANTED],
    "takes no text for a time": [{ StartingPosition: { Timestamp: "now" } }, TEXT_FOR_TIME],
  },
  validation: {
    "wants a consumer, a shard and a position": [
      {},
      missing("consumerARN"),
      missing("shardId"),
      missing("startingPosition"),
    ],
    "looks into the position": [
      { ConsumerARN: "app", ShardId: SHARD_0, StartingPosition: { SequenceNumber: "x" } },
      bad("consumerARN", "app", A_CONSUMER_ARN),
      missing("startingPosition.type"),
      bad("startingPosition.sequenceNumber", "x", matching(String.raw`0|([1-9]\d{0,128})`)),
    ],
  },
  behaviour(subject) {
    const { call, refuses } = subject;
    itRunsDry(subject, async (StreamName) => ({
      ConsumerARN: await freshConsumer(StreamName),
      ShardId: SHARD_0,
      StartingPosition: TRIM_HORIZON,
    }));

    it("finds no consumer and no shard where none is", async () => {
      const StreamName = await freshStream();
      const ConsumerARN = await freshConsumer(StreamName);
      const nobody = `${ConsumerARN}0`;
      await refuses(
        { ConsumerARN: nobody, ShardId: SHARD_0, StartingPosition: LATEST },
        "ResourceNotFoundException",
        `Consumer ${nobody}, account ${ACCOUNT_ID} not found.`,
      );
      await refuses(
        { ConsumerARN, ShardId: "shardId-7", StartingPosition: LATEST },
        "ResourceNotFoundException",
        `Shard shardId-000000000007 in stream ${StreamName} under account ${ACCOUNT_ID} does not exist`,
      );
      await refuses(
        { ConsumerARN, ShardId: SHARD_0, StartingPosition: { Type: "AT_SEQUENCE_NUMBER" } },
        "InvalidArgumentException",
        /Request specified AT_SEQUENCE_NUMBER and no StartingSequenceNumber\.$/,
      );
    });

    it("sends what the shard holds", async () => {
      const StreamName = await freshStream();
      const ConsumerARN = await freshConsumer(StreamName);
      const SequenceNumber = await putText(StreamName, "hello");
      const { EventStream } = await call({
        ConsumerARN,
        ShardId: SHARD_0,
        StartingPosition: TRIM_HORIZON,
      });
      for await (const { SubscribeToShardEvent: event } of EventStream!) {
        if (event!.Records!.length === 0) continue;
        expect(textsIn(event)).toEqual(["hello"]);
        expect(event).toMatchObject({
          Records: [{ SequenceNumber, PartitionKey: "a" }],
          MillisBehindLatest: 0,
        });
        expect(BigInt(event!.ContinuationSequenceNumber!)).toBeGreaterThan(BigInt(SequenceNumber));
        expect(event).not.toHaveProperty("ChildShards");
        break;
      }
    });
  },
});

describe("SubscribeToShard through the SDK for JavaScript", () => {
  it("takes no call without a right signature", async () => {
    const client = new KinesisClient({
      ...clientConfig(),
      credentials: { ...KEY, secretAccessKey: "wrong" },
    });
    onTestFinished(() => client.destroy());
    const input = { ConsumerARN: "a", ShardId: "0", StartingPosition: LATEST };
    await expectRefusal(
      client.send(new SubscribeToShardCommand(input)),
      "InvalidSignatureException",
      /signature/,
    );
  });
  it("pushes records as they come", async () => {
    const { StreamName, ConsumerARN } = await newConsumer();
    const { next } = await subscribe(ConsumerARN);
    expect(textsIn(await next())).toEqual([]);
    for (const text of ["a", "b", "c"]) {
      const SequenceNumber = await putText(StreamName, text);
      const event = await next();
      expect(textsIn(event)).toEqual([text]);
      expect(event).toMatchObject({
        Records: [{ SequenceNumber, PartitionKey: "a" }],
        MillisBehindLatest: 0,
      });
    }
  });

  it("goes on while nothing comes, with empty events", async () => {
    const { ConsumerARN } = await newConsumer();
    const { next } = await subscribe(ConsumerARN, LATEST);
    for (let i = 0; i < 3; i++) expect((await next())?.Records).toEqual([]);
  });

  it("ends with the children of a shard that is split under it", async () => {
    const { StreamName, ConsumerARN } = await newConsumer();
    await putText(StreamName, "last");
    const { next } = await subscribe(ConsumerARN);
    expect(textsIn(await next())).toEqual(["last"]);
    const NewStartingHashKey = String(2n ** 127n);
    await sdk.call("SplitShard", { StreamName, ShardToSplit: SHARD_0, NewStartingHashKey });
    let end = await next();
    while (end?.ChildShards === undefined) end = await next();
    expect(end.ContinuationSequenceNumber).toBeUndefined();
    expect(end.ChildShards).toMatchObject([
      { ShardId: SHARD_1, ParentShards: [SHARD_0] },
      { ShardId: SHARD_2, ParentShards: [SHARD_0] },
    ]);
    expect(await next()).toBeUndefined();
    await untilActive(StreamName);
  });

  it("refuses a second subscription, and takes one as soon as the first client is gone", async () => {
    const { ConsumerARN } = await newConsumer();
    const first = await subscribeOverHttp1(ConsumerARN);
    expect(first.incoming.statusCode).toBe(200);
    await eventually("a second has passed", async () => {
      await expectRefusal(subscribe(ConsumerARN), "ResourceInUseException", /active subscription/);
      return true;
    });
    first.leave();
    const { next } = await eventually("the place is free", () => subscribe(ConsumerARN));
    expect((await next())?.Records).toEqual([]);
  });

  it("takes one call a second", async () => {
    const { ConsumerARN } = await newConsumer();
    await eventually("two calls come within a second", async () => {
      await expectRefusal(subscribe(ConsumerARN), "LimitExceededException", /Rate exceeded/);
      return true;
    });
  });

  it.each(["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"] as const)(
    "resumes %s its continuation without a repeat, and takes over from itself",
    async (Type) => {
      const { StreamName, ConsumerARN } = await newConsumer();
      await putText(StreamName, "a");
      const first = await subscribe(ConsumerARN);
      const { ContinuationSequenceNumber: SequenceNumber } = (await first.next())!;
      await putText(StreamName, "b");
      const position = { Type, SequenceNumber };
      // The SDK keeps a connection that nobody reads, so the new subscription takes the old one's place.
      const { next } = await eventually("it takes over", () => subscribe(ConsumerARN, position));
      expect(textsIn(await next())).toEqual(["b"]);
    },
  );

  it("streams over HTTP/1.1, too, in chunks that arrive while it lasts", async () => {
    const { StreamName, ConsumerARN } = await newConsumer();
    const { incoming } = await subscribeOverHttp1(ConsumerARN);
    expect(incoming).toMatchObject({
      statusCode: 200,
      headers: {
        "content-type": "application/vnd.amazon.eventstream",
        "transfer-encoding": "chunked",
      },
    });
    await putText(StreamName, "over HTTP/1.1");
    const expected = Buffer.from("over HTTP/1.1").toString("base64");
    let text = "";
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      text += chunk.toString("latin1");
      if (text.includes(expected)) break;
    }
    expect(text).toContain("initial-response");
    expect(text).toContain(expected);
  });
});
