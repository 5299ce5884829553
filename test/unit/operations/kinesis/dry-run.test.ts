import { describe, expect, it } from "vitest";
import { memoryReadWindows } from "../../../../src/storage/memory/read-windows.ts";
import { memorySubscriptions } from "../../../../src/storage/memory/subscriptions.ts";
import { dataShardKey } from "../../../../src/streams/stream.ts";
import { ACCOUNT_ID, arnOf, harness, TRANSITION_MS } from "./harness.ts";

const StreamName = "clicks";
const ShardId = "shardId-000000000000";
const Data = Buffer.from("x").toString("base64");
const BEYOND_THE_CIRCLE = String(2n ** 128n);
const PASSED = {
  error: {
    name: "DryRunOperationException",
    message: "The request would have succeeded, but the DryRun parameter is set.",
  },
};
const TOO_FAST = {
  error: {
    name: "ThrottlingException",
    message: `Rate exceeded for dry runs on stream clicks under account ${ACCOUNT_ID}.`,
  },
};

async function setUp() {
  const subscriptions = memorySubscriptions();
  const push = { subscriptions, signal: new AbortController().signal };
  const made = harness({ push, readWindows: memoryReadWindows() });
  const { call, create, advance, dataStreams, log } = made;
  await create(StreamName);
  const registered = await call("RegisterStreamConsumer", {
    StreamARN: arnOf(StreamName),
    ConsumerName: "app",
  });
  advance(TRANSITION_MS);
  const latest = { StreamName, ShardId, ShardIteratorType: "LATEST" };
  const { value } = await call("GetShardIterator", latest);
  const { ConsumerARN } = registered.value.Consumer;
  const inputs: Readonly<Record<string, object>> = {
    PutRecord: { StreamName, PartitionKey: "a", Data },
    PutRecords: { StreamName, Records: [{ PartitionKey: "a", Data }] },
    GetRecords: { ShardIterator: value.ShardIterator },
    GetShardIterator: latest,
    SubscribeToShard: { ConsumerARN, ShardId, StartingPosition: { Type: "LATEST" } },
  };
  const stream = (await dataStreams.get(StreamName))!;
  const shard = dataShardKey(stream, 0);
  const consumerId = `app:${stream.consumers![0]!.createdAtMs}`;
  return {
    ...made,
    dryRun: (operation: string, members: object = {}) =>
      call(operation, { ...inputs[operation], DryRun: true, ...members }),
    head: () => log.head(shard),
    holder: () => subscriptions.holder({ shard, consumerId }),
  };
}

const OPERATIONS = [
  "PutRecord",
  "PutRecords",
  "GetRecords",
  "GetShardIterator",
  "SubscribeToShard",
] as const;

describe("a dry run", () => {
  it.each(OPERATIONS)("of %s says that the call would succeed, and does nothing", async (name) => {
    const { dryRun, head, holder, advance } = await setUp();
    const before = await head();
    for (let i = 0; i < 3; i++) {
      expect(await dryRun(name)).toEqual(PASSED);
      advance(1000);
    }
    expect(await head()).toEqual(before);
    expect(await holder()).toBeUndefined();
  });

  it.each(OPERATIONS)("of %s is refused when another one came within the second", async (name) => {
    const { dryRun, advance } = await setUp();
    expect(await dryRun("PutRecord")).toEqual(PASSED);
    expect(await dryRun(name)).toEqual(TOO_FAST);
    advance(1000);
    expect(await dryRun(name)).toEqual(PASSED);
  });

  it("takes nothing of what readers may take, and slows down no other stream's", async () => {
    const { dryRun, call, create } = await setUp();
    const { value } = await call("GetShardIterator", {
      StreamName,
      ShardId,
      ShardIteratorType: "TRIM_HORIZON",
    });
    expect(await dryRun("GetRecords")).toEqual(PASSED);
    for (let i = 0; i < 5; i++) {
      const page = await call("GetRecords", { ShardIterator: value.ShardIterator });
      expect(page.error).toBeUndefined();
    }
    await create("other");
    expect(await dryRun("PutRecord", { StreamName: "other" })).toEqual(PASSED);
  });

  it.each([
    ["PutRecord", { ExplicitHashKey: BEYOND_THE_CIRCLE }, "InvalidArgumentException"],
    ["PutRecord", { SequenceNumberForOrdering: "9".repeat(60) }, "InvalidArgumentException"],
    ["PutRecord", { StreamName: "nothing" }, "ResourceNotFoundException"],
    ["PutRecord", { Data: Buffer.alloc(1_048_577).toString("base64") }, "ValidationException"],
    ["PutRecords", { Records: [] }, "ValidationException"],
    [
      "PutRecords",
      { Records: [{ Data, PartitionKey: "a", ExplicitHashKey: BEYOND_THE_CIRCLE }] },
      "InvalidArgumentException",
    ],
    ["GetRecords", { ShardIterator: "nonsense" }, "InvalidArgumentException"],
    ["GetShardIterator", { ShardId: "9" }, "ResourceNotFoundException"],
    ["GetShardIterator", { ShardIteratorType: "AT_TIMESTAMP" }, "InvalidArgumentException"],
    [
      "SubscribeToShard",
      { ConsumerARN: `${arnOf(StreamName)}/consumer/nobody:1` },
      "ResourceNotFoundException",
    ],
    ["SubscribeToShard", { ShardId: "9" }, "ResourceNotFoundException"],
  ])("of %s with %o is refused as the call would be", async (name, members, error) => {
    const { dryRun } = await setUp();
    expect((await dryRun(name, members)).error?.name).toBe(error);
    // And does not count.
    expect(await dryRun(name)).toEqual(PASSED);
  });

  it("of an old iterator is refused for its age", async () => {
    const { dryRun, advance } = await setUp();
    advance(300_001);
    expect((await dryRun("GetRecords")).error?.name).toBe("ExpiredIteratorException");
  });
});
