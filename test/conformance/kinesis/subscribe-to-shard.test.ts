import { once } from "node:events";
import { type IncomingMessage, request as httpRequest } from "node:http";
import {
  DescribeStreamConsumerCommand,
  KinesisClient,
  PutRecordCommand,
  RegisterStreamConsumerCommand,
  SplitShardCommand,
  type StartingPosition,
  SubscribeToShardCommand,
  type SubscribeToShardEvent,
} from "@aws-sdk/client-kinesis";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import {
  arnOf,
  clientSending,
  expectRefusal,
  kinesisClient,
  newStream,
  untilActive,
  violations,
} from "./client.ts";
import { SHARD_0 } from "./records.ts";

const LATEST = { Type: "LATEST" } as const;
const TRIM_HORIZON = { Type: "TRIM_HORIZON" } as const;

async function newConsumer(client: KinesisClient) {
  const StreamName = await newStream(client);
  const { Consumer } = await client.send(
    new RegisterStreamConsumerCommand({ StreamARN: arnOf(StreamName), ConsumerName: "c" }),
  );
  const ConsumerARN = Consumer!.ConsumerARN!;
  await eventually("the consumer is ACTIVE", async () => {
    const command = new DescribeStreamConsumerCommand({ ConsumerARN });
    const { ConsumerDescription } = await client.send(command);
    return ConsumerDescription?.ConsumerStatus === "ACTIVE" || undefined;
  });
  return { StreamName, ConsumerARN };
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
  const { headers, body } = await signedSubscription(ConsumerARN);
  const outgoing = httpRequest(inject("apiEndpoint"), { method: "POST", headers });
  const leave = () => outgoing.destroy();
  onTestFinished(() => void leave());
  outgoing.end(body);
  const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
  incoming.on("error", () => {});
  return { incoming, leave };
}

/** What the SDK would send, for clients that speak HTTP/1.1. */
async function signedSubscription(ConsumerARN: string) {
  interface Signed {
    readonly headers: Record<string, string>;
    readonly body: string;
  }
  let caught: Signed | undefined;
  const client = new KinesisClient({
    endpoint: inject("apiEndpoint"),
    region: "us-east-1",
    maxAttempts: 1,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    requestHandler: {
      handle(request: Signed) {
        caught = request;
        return Promise.reject(new Error("caught"));
      },
    } as never,
  });
  const input = { ConsumerARN, ShardId: SHARD_0, StartingPosition: TRIM_HORIZON };
  await client.send(new SubscribeToShardCommand(input)).catch(() => undefined);
  if (caught === undefined) throw new Error("the SDK sent nothing");
  return caught;
}

const textsOf = (event: SubscribeToShardEvent | undefined) =>
  (event?.Records ?? []).map(({ Data }) => Buffer.from(Data!).toString());

const put = (client: KinesisClient, StreamName: string, text: string) =>
  client.send(new PutRecordCommand({ StreamName, PartitionKey: "k", Data: Buffer.from(text) }));

describe("SubscribeToShard: serialization", () => {
  it("refuses members of the wrong type before it streams", async () => {
    const input = { ConsumerARN: "a", ShardId: "0", StartingPosition: LATEST };
    await expectRefusal(
      clientSending('{"ConsumerARN":"a","ShardId":[]}').send(new SubscribeToShardCommand(input)),
      "SerializationException",
      /./,
    );
  });
});

describe("SubscribeToShard: validation", () => {
  it("names every violation at once", async () => {
    await expectRefusal(
      clientSending("{}").send(
        new SubscribeToShardCommand({ ConsumerARN: "a", ShardId: "0", StartingPosition: LATEST }),
      ),
      "ValidationException",
      violations(
        "Value null at 'consumerARN' failed to satisfy constraint: Member must not be null",
        "Value null at 'shardId' failed to satisfy constraint: Member must not be null",
        "Value null at 'startingPosition' failed to satisfy constraint: Member must not be null",
      ),
    );
  });

  it("takes no call without a right signature", async () => {
    const client = new KinesisClient({
      endpoint: inject("apiEndpoint"),
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "wrong" },
    });
    onTestFinished(() => client.destroy());
    const input = { ConsumerARN: "a", ShardId: "0", StartingPosition: LATEST };
    await expectRefusal(
      client.send(new SubscribeToShardCommand(input)),
      "InvalidSignatureException",
      /signature/,
    );
  });
});

describe("SubscribeToShard: behaviour", () => {
  it("pushes records as they come", async () => {
    const client = kinesisClient();
    const { StreamName, ConsumerARN } = await newConsumer(client);
    const { next } = await subscribe(ConsumerARN);
    expect(textsOf(await next())).toEqual([]);
    for (const text of ["a", "b", "c"]) {
      const { SequenceNumber } = await put(client, StreamName, text);
      const event = await next();
      expect(textsOf(event)).toEqual([text]);
      expect(event).toMatchObject({
        Records: [{ SequenceNumber, PartitionKey: "k" }],
        ContinuationSequenceNumber: SequenceNumber,
        MillisBehindLatest: 0,
      });
    }
  });

  it("goes on while nothing comes, with empty events", async () => {
    const { ConsumerARN } = await newConsumer(kinesisClient());
    const { next } = await subscribe(ConsumerARN, LATEST);
    for (let i = 0; i < 3; i++) expect((await next())?.Records).toEqual([]);
  });

  it("ends with the children of a shard that is split under it", async () => {
    const client = kinesisClient();
    const { StreamName, ConsumerARN } = await newConsumer(client);
    await put(client, StreamName, "last");
    const { next } = await subscribe(ConsumerARN);
    expect(textsOf(await next())).toEqual(["last"]);
    await client.send(
      new SplitShardCommand({
        StreamName,
        ShardToSplit: SHARD_0,
        NewStartingHashKey: String(2n ** 127n),
      }),
    );
    let end = await next();
    while (end?.ChildShards === undefined) end = await next();
    expect(end.ContinuationSequenceNumber).toBeUndefined();
    expect(end.ChildShards).toMatchObject([
      { ShardId: "shardId-000000000001", ParentShards: [SHARD_0] },
      { ShardId: "shardId-000000000002", ParentShards: [SHARD_0] },
    ]);
    expect(await next()).toBeUndefined();
    await untilActive(client, StreamName);
  });

  it("refuses a second subscription, and takes one as soon as the first client is gone", async () => {
    const { ConsumerARN } = await newConsumer(kinesisClient());
    const first = await subscribeOverHttp1(ConsumerARN);
    expect(first.incoming.statusCode).toBe(200);
    await expectRefusal(subscribe(ConsumerARN), "ResourceInUseException", /active subscription/);
    first.leave();
    const { next } = await eventually("the place is free", () => subscribe(ConsumerARN));
    expect((await next())?.Records).toEqual([]);
  });

  it("resumes from its continuation, and takes over from itself", async () => {
    const client = kinesisClient();
    const { StreamName, ConsumerARN } = await newConsumer(client);
    await put(client, StreamName, "a");
    const first = await subscribe(ConsumerARN);
    const { ContinuationSequenceNumber: SequenceNumber } = (await first.next())!;
    await put(client, StreamName, "b");
    const position = { Type: "AFTER_SEQUENCE_NUMBER", SequenceNumber } as const;
    // The SDK keeps a connection that nobody reads, so the new subscription takes the old one's place.
    const { next } = await eventually("it takes over", () => subscribe(ConsumerARN, position));
    expect(textsOf(await next())).toEqual(["b"]);
  });

  it("streams over HTTP/1.1, too, in chunks that arrive while it lasts", async () => {
    const client = kinesisClient();
    const { StreamName, ConsumerARN } = await newConsumer(client);
    const { incoming } = await subscribeOverHttp1(ConsumerARN);
    expect(incoming).toMatchObject({
      statusCode: 200,
      headers: {
        "content-type": "application/vnd.amazon.eventstream",
        "transfer-encoding": "chunked",
      },
    });
    await put(client, StreamName, "over HTTP/1.1");
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
