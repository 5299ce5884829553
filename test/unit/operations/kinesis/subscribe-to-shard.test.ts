import { describe, expect, it } from "vitest";
import type { OperationContext } from "../../../../src/operations/context.ts";
import { kinesisService } from "../../../../src/operations/kinesis/index.ts";
import { memorySubscriptions } from "../../../../src/storage/memory/subscriptions.ts";
import { EventStream } from "../../../../src/wire/event-stream.ts";
import { decodeJson, encodeJson } from "../../../../src/wire/json.ts";
import { arnOf, harness, inUse, NOW_MS } from "./harness.ts";

interface Event {
  readonly Records: readonly { readonly SequenceNumber: string; readonly Data: string }[];
  readonly ContinuationSequenceNumber?: string;
  readonly MillisBehindLatest: number;
  readonly ChildShards?: readonly { readonly ShardId: string }[];
}

interface Position {
  readonly Type: string;
  readonly SequenceNumber?: string;
  readonly Timestamp?: number;
}

const SHARD_0 = "shardId-000000000000";
const TRIM_HORIZON = { Type: "TRIM_HORIZON" };
const LATEST = { Type: "LATEST" };

async function fanOut() {
  const kinesis = harness();
  const { call, context, advance, create } = kinesis;
  await create("s");
  const registered = await call("RegisterStreamConsumer", {
    StreamARN: arnOf("s"),
    ConsumerName: "c",
  });
  const ConsumerARN = registered.value.Consumer.ConsumerARN as string;
  advance(1000);
  const subscriptions = memorySubscriptions();

  async function subscribe(
    StartingPosition: Position,
    {
      ShardId = SHARD_0,
      signal = new AbortController().signal,
      maxCount,
    }: { ShardId?: string; signal?: AbortSignal; maxCount?: number } = {},
  ): Promise<AsyncGenerator<Event>> {
    const row = kinesisService.operations.get("SubscribeToShard");
    if (row?.kind !== "operation") throw new Error("SubscribeToShard is not offered");
    const input = decodeJson(row.input, { ConsumerARN, ShardId, StartingPosition });
    const push = { subscriptions, signal, ...(maxCount !== undefined && { maxCount }) };
    const pushing: OperationContext = { ...context, push };
    const output = await row.handle(input, pushing);
    if (!(output instanceof EventStream)) throw new Error("no stream of events");
    return asJson(output);
  }

  const put = async (text: string) =>
    (
      await call("PutRecord", {
        StreamName: "s",
        PartitionKey: "k",
        Data: Buffer.from(text).toString("base64"),
      })
    ).value.SequenceNumber as string;

  return { ...kinesis, ConsumerARN, subscribe, put };
}

async function* asJson({ events, release }: EventStream): AsyncGenerator<Event> {
  try {
    for await (const event of events) yield JSON.parse(encodeJson(event)) as Event;
  } finally {
    await release();
  }
}

async function next(events: AsyncGenerator<Event>): Promise<Event> {
  const { value, done } = await events.next();
  if (done === true) throw new Error("the events are over");
  return value;
}

const textsOf = ({ Records }: Event) =>
  Records.map(({ Data }) => Buffer.from(Data, "base64").toString());

/** Reads on until records come. */
async function nextTexts(events: AsyncGenerator<Event>): Promise<string[]> {
  for (;;) {
    const event = await next(events);
    if (event.Records.length > 0) return textsOf(event);
  }
}

async function rest(events: AsyncGenerator<Event>): Promise<Event[]> {
  const all: Event[] = [];
  for await (const event of events) all.push(event);
  return all;
}

describe("SubscribeToShard: events", () => {
  it("push what stands and what comes", async () => {
    const { subscribe, put } = await fanOut();
    const number = await put("a");
    const events = await subscribe(TRIM_HORIZON);
    const first = await next(events);
    expect(textsOf(first)).toEqual(["a"]);
    expect(first.MillisBehindLatest).toBe(0);
    expect(BigInt(first.ContinuationSequenceNumber!)).toBeGreaterThan(BigInt(number));
    await put("b");
    await put("c");
    expect(await nextTexts(events)).toEqual(["b", "c"]);
  });

  it("come at least every five seconds while there is nothing, and end after five minutes", async () => {
    const { subscribe, context } = await fanOut();
    const startedAtMs = context.clock.now();
    let lastMs = startedAtMs;
    for await (const event of await subscribe(LATEST)) {
      expect(context.clock.now() - lastMs).toBeLessThanOrEqual(5000);
      expect(event).toMatchObject({ Records: [], MillisBehindLatest: 0 });
      expect(event).not.toHaveProperty("ChildShards");
      lastMs = context.clock.now();
    }
    expect(context.clock.now() - startedAtMs).toBe(300_000);
  });

  it("say how far behind they are", async () => {
    const { subscribe, put, advance } = await fanOut();
    const large = "x".repeat(700_000);
    await put(large);
    advance(1000);
    await put(large);
    advance(10_000);
    const events = await subscribe(TRIM_HORIZON);
    expect((await next(events)).MillisBehindLatest).toBe(11_000);
    expect((await next(events)).MillisBehindLatest).toBe(0);
  });

  it("carry a continuation that rises without records, and resumes there by AT_ and AFTER_ alike", async () => {
    const { subscribe, put, context } = await fanOut();
    await put("before");
    const gone = new AbortController();
    const idle = await subscribe(LATEST, { signal: gone.signal });
    const continuations = [
      (await next(idle)).ContinuationSequenceNumber!,
      (await next(idle)).ContinuationSequenceNumber!,
    ];
    expect(BigInt(continuations[1]!)).toBeGreaterThan(BigInt(continuations[0]!));
    gone.abort();
    expect(await rest(idle)).toEqual([]);
    const number = await put("after");
    expect(BigInt(number)).toBeGreaterThan(BigInt(continuations[1]!));
    for (const SequenceNumber of continuations) {
      for (const Type of ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"]) {
        await context.clock.sleep(5000);
        expect(await nextTexts(await subscribe({ Type, SequenceNumber }))).toEqual(["after"]);
      }
    }
  });

  it("resume behind what was pushed, by AT_ and AFTER_ alike, also in the middle of a call's records", async () => {
    const { subscribe, call, advance } = await fanOut();
    const texts = ["a", "b", "c"].map((text) => text.padEnd(330_000, "x"));
    const Records = texts.map((text) => ({
      Data: Buffer.from(text).toString("base64"),
      PartitionKey: "k",
    }));
    await call("PutRecords", { StreamName: "s", Records });
    const gone = new AbortController();
    const events = await subscribe(TRIM_HORIZON, { signal: gone.signal });
    const [first, second] = [await next(events), await next(events)];
    gone.abort();
    await rest(events);
    expect(first.Records.length).toBeLessThan(texts.length);
    const numbers = [...first.Records, ...second.Records].map((r) => BigInt(r.SequenceNumber));
    const continuation = BigInt(first.ContinuationSequenceNumber!);
    const at = first.Records.length;
    expect(continuation).toBeGreaterThan(numbers[at - 1]!);
    expect(continuation).toBeLessThan(numbers[at]!);
    for (const Type of ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"]) {
      advance(5000);
      const SequenceNumber = first.ContinuationSequenceNumber!;
      expect(await nextTexts(await subscribe({ Type, SequenceNumber }))).toEqual(texts.slice(at));
      advance(5000);
      const atTheEnd = { Type, SequenceNumber: second.ContinuationSequenceNumber! };
      expect((await next(await subscribe(atTheEnd))).Records).toEqual([]);
    }
  });

  it("resume an empty shard without losing its first record", async () => {
    const { subscribe, put, advance } = await fanOut();
    const { ContinuationSequenceNumber } = await next(await subscribe(LATEST));
    await put("first");
    for (const Type of ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"]) {
      advance(5000);
      const position = { Type, SequenceNumber: ContinuationSequenceNumber! };
      expect(await nextTexts(await subscribe(position))).toEqual(["first"]);
    }
  });

  it("begin after a record, at a record, and at a time", async () => {
    const { subscribe, put, advance } = await fanOut();
    const a = await put("a");
    advance(2000);
    await put("b");
    const from = async (position: Position) => {
      advance(5000);
      return textsOf(await next(await subscribe(position)));
    };
    expect(await from({ Type: "AT_SEQUENCE_NUMBER", SequenceNumber: a })).toEqual(["a", "b"]);
    expect(await from({ Type: "AFTER_SEQUENCE_NUMBER", SequenceNumber: a })).toEqual(["b"]);
    const Timestamp = (NOW_MS + 2000) / 1000;
    expect(await from({ Type: "AT_TIMESTAMP", Timestamp })).toEqual(["b"]);
  });

  it("end with the children when the shard was split, and give no continuation", async () => {
    const { subscribe, put, call } = await fanOut();
    await put("last");
    await call("SplitShard", {
      StreamName: "s",
      ShardToSplit: SHARD_0,
      NewStartingHashKey: String(2n ** 127n),
    });
    const events = await rest(await subscribe(TRIM_HORIZON));
    expect(events.flatMap(textsOf)).toEqual(["last"]);
    const end = events.at(-1)!;
    expect(end.ChildShards).toMatchObject([
      { ShardId: "shardId-000000000001", ParentShards: [SHARD_0] },
      { ShardId: "shardId-000000000002", ParentShards: [SHARD_0] },
    ]);
    expect(end).not.toHaveProperty("ContinuationSequenceNumber");
  });
});

describe("SubscribeToShard: one per consumer and shard", () => {
  it("refuses a second one for five seconds, then lets it take over", async () => {
    const { subscribe, advance } = await fanOut();
    const first = await subscribe(LATEST);
    await next(first);
    advance(1000);
    await expect(subscribe(LATEST)).rejects.toThrow("Another active subscription exists");
    advance(4000);
    const second = await subscribe(LATEST);
    await expect(rest(first)).rejects.toMatchObject({ name: "ResourceInUseException" });
    // The first one's end leaves the place to the second.
    advance(1000);
    await expect(subscribe(LATEST)).rejects.toMatchObject({ name: "ResourceInUseException" });
    expect((await next(second)).Records).toEqual([]);
  });

  it("takes one call a second, refused ones among them", async () => {
    const { subscribe, advance } = await fanOut();
    const tooSoon = {
      name: "LimitExceededException",
      message:
        "Rate exceeded for consumer c at shardId-000000000000 in stream s under account 123456789012.",
    };
    await subscribe(LATEST);
    await expect(subscribe(LATEST)).rejects.toMatchObject(tooSoon);
    advance(1000);
    await expect(subscribe(LATEST)).rejects.toMatchObject({ name: "ResourceInUseException" });
    await expect(subscribe(LATEST)).rejects.toMatchObject(tooSoon);
  });

  it("frees the place when the client goes, for the next second's call", async () => {
    const { subscribe, advance } = await fanOut();
    const gone = new AbortController();
    const first = await subscribe(LATEST, { signal: gone.signal });
    await next(first);
    gone.abort();
    expect(await rest(first)).toEqual([]);
    advance(1000);
    const second = await subscribe(LATEST);
    await next(second);
    await second.return(undefined);
    advance(1000);
    await next(await subscribe(LATEST));
  });

  it("are bounded in number, and make room for one another", async () => {
    const { subscribe, advance, call } = await fanOut();
    await call("SplitShard", {
      StreamName: "s",
      ShardToSplit: SHARD_0,
      NewStartingHashKey: String(2n ** 127n),
    });
    advance(1000);
    const shard1 = { ShardId: "shardId-000000000001", maxCount: 1 };
    const shard2 = { ...shard1, ShardId: "shardId-000000000002" };
    const full = {
      name: "LimitExceededException",
      message:
        "Subscriptions at this endpoint are limited to 1 at a time. Try again later, or raise the limit.",
    };
    const first = await subscribe(LATEST, shard1);
    await next(first);
    await expect(subscribe(LATEST, shard2)).rejects.toMatchObject(full);
    // Its client comes back before its end is known: refused for the moment, but the earlier one gives way.
    advance(5000);
    await expect(subscribe(LATEST, shard1)).rejects.toMatchObject(full);
    await expect(rest(first)).rejects.toMatchObject({ name: "ResourceInUseException" });
    advance(1000);
    await next(await subscribe(LATEST, shard2));
  });

  it("give back their places though nobody ever reads them", async () => {
    const { subscribe, advance } = await fanOut();
    await subscribe(LATEST, { maxCount: 1 });
    // As if its function had died without a word.
    advance(330_000);
    await next(await subscribe(LATEST, { maxCount: 1 }));
  });

  it("ends when the consumer is deregistered", async () => {
    const { subscribe, call, ConsumerARN, advance } = await fanOut();
    const events = await subscribe(LATEST);
    await next(events);
    await call("DeregisterStreamConsumer", { ConsumerARN });
    advance(5000);
    await expect(rest(events)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await expect(subscribe(LATEST)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  it("ends when the stream is deleted", async () => {
    const { subscribe, call } = await fanOut();
    const events = await subscribe(LATEST);
    await next(events);
    await call("DeleteStream", { StreamName: "s", EnforceConsumerDeletion: true });
    await expect(rest(events)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
});

describe("SubscribeToShard: refusals", () => {
  it("sends clients of an endpoint that cannot stream elsewhere", async () => {
    const { call, ConsumerARN } = await fanOut();
    const input = { ConsumerARN, ShardId: SHARD_0, StartingPosition: LATEST };
    expect((await call("SubscribeToShard", input)).error).toMatchObject({
      name: "UnsupportedOperationException",
      message: expect.stringContaining("not offered at this endpoint"),
    });
  });

  it("wants an ACTIVE consumer", async () => {
    const { call } = await fanOut();
    const { value } = await call("RegisterStreamConsumer", {
      StreamARN: arnOf("s"),
      ConsumerName: "young",
    });
    const { ConsumerARN } = value.Consumer as { ConsumerARN: string };
    const push = { subscriptions: memorySubscriptions(), signal: new AbortController().signal };
    const input = { ConsumerARN, ShardId: SHARD_0, StartingPosition: LATEST };
    expect(await call("SubscribeToShard", input, { push })).toEqual(
      inUse(
        `Consumer ${ConsumerARN} under account 123456789012 not ACTIVE, instead in state CREATING`,
      ),
    );
  });

  it("wants a shard that is there and a position that is whole", async () => {
    const { subscribe } = await fanOut();
    await expect(subscribe(LATEST, { ShardId: "shardId-000000000007" })).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    await expect(subscribe({ Type: "AT_SEQUENCE_NUMBER" })).rejects.toMatchObject({
      name: "InvalidArgumentException",
    });
    // Nothing of it takes the place.
    await next(await subscribe(LATEST));
  });
});
