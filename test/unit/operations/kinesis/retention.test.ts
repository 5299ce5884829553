/** Raising and lowering retention, and what becomes of records that are there already. */
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  BLOCK_EXPIRY_SLACK_MS,
  RETENTION_CHANGE_BUDGET_MS,
  SHARDS_AT_ONCE,
} from "../../../../src/limits.ts";
import { groupCommit } from "../../../../src/log/group-commit.ts";
import { extendExpiry, type ExtendedStream } from "../../../../src/streams/extend-expiry.ts";
import { finishStreams } from "../../../../src/streams/unfinished.ts";
import { isWithinRetention } from "../../../../src/streams/retention.ts";
import { type DataStream, dataShardKey } from "../../../../src/streams/stream.ts";
import { harness, inUse, invalidArgument, NOW_MS, ACCOUNT_ID } from "./harness.ts";

const HOUR_MS = 3_600_000;
const CLICKS = { StreamName: "clicks" };

const prune = async () => true;

function reportFailure(_: DataStream, error: unknown): never {
  throw error;
}

async function setUp(shardCount = 2) {
  const world = harness();
  const { context, create, dataStreams, log, call } = world;
  await create("clicks", { ShardCount: shardCount });
  const stream = (await dataStreams.get("clicks")) as DataStream;
  const shard = dataShardKey(stream, 1);
  const append = groupCommit(context.append);
  const put = (data: Uint8Array = Buffer.from("x")) =>
    append(shard, { records: [{ data, partitionKey: "k" }], retentionMs: 24 * HOUR_MS });
  return {
    ...world,
    shard,
    put,
    raise: (RetentionPeriodHours: number) =>
      call("IncreaseStreamRetentionPeriod", { ...CLICKS, RetentionPeriodHours }),
    lower: (RetentionPeriodHours: number) =>
      call("DecreaseStreamRetentionPeriod", { ...CLICKS, RetentionPeriodHours }),
    current: async () => (await dataStreams.get("clicks")) as DataStream,
    async bodyKeys() {
      const keys: string[] = [];
      for await (const entry of log.read({ shard, from: 0, to: Infinity })) {
        if (entry.kind === "data" && entry.body.kind === "object") keys.push(entry.body.key);
      }
      return keys;
    },
    async standing() {
      let count = 0;
      for await (const _ of log.read({ shard, from: 0, to: Infinity })) count++;
      return count;
    },
  };
}

describe("the retention period", () => {
  it("is shown at once, and setting it to what it is changes nothing", async () => {
    const { raise, lower, call, current } = await setUp();
    expect(await raise(48)).toEqual({ value: {} });
    const { revision } = await current();
    expect(await raise(48)).toEqual({ value: {} });
    expect(await lower(48)).toEqual({ value: {} });
    expect((await current()).revision).toBe(revision);
    const { value } = await call("DescribeStreamSummary", CLICKS);
    expect(value.StreamDescriptionSummary).toMatchObject({
      RetentionPeriodHours: 48,
      StreamStatus: "ACTIVE",
    });
  });

  it("has bounds and a direction", async () => {
    const { raise, lower } = await setUp();
    expect(await lower(23)).toEqual(
      invalidArgument(
        "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too short.",
      ),
    );
    expect(await raise(8761)).toEqual(
      invalidArgument(
        "Maximum allowed retention period is 8760 hours. Requested retention period (8761 hours) is too long.",
      ),
    );
    await raise(25);
    expect(await raise(24)).toEqual(
      invalidArgument(
        "Requested retention period (24 hours) for stream clicks can not be shorter than existing retention period (25 hours). Use DecreaseRetentionPeriod API.",
      ),
    );
    expect(await lower(26)).toEqual(
      invalidArgument(
        "Requested retention period (26 hours) for stream clicks can not be longer than existing retention period (25 hours). Use IncreaseRetentionPeriod API.",
      ),
    );
  });

  it("is left alone while the stream is being created", async () => {
    const { call } = harness();
    await call("CreateStream", { ...CLICKS, ShardCount: 1 });
    expect(
      await call("IncreaseStreamRetentionPeriod", { ...CLICKS, RetentionPeriodHours: 48 }),
    ).toEqual(
      inUse(`Stream clicks under account ${ACCOUNT_ID} not ACTIVE, instead in state CREATING`),
    );
  });
});

describe("records that are there already", () => {
  it("outlive their old expiry when retention is raised", async () => {
    const { put, raise, advance, log, context, standing, current } = await setUp();
    for (let i = 0; i < 25; i++) await put();
    advance(20 * HOUR_MS);
    await raise(72);
    expect(await current()).not.toHaveProperty("extension");
    advance(30 * HOUR_MS + BLOCK_EXPIRY_SLACK_MS);
    log.expire(context.clock.now());
    expect(await standing()).toBe(25);
    advance(23 * HOUR_MS);
    log.expire(context.clock.now());
    expect(await standing()).toBe(0);
  });

  it("stay gone when they had expired before", async () => {
    const { put, raise, advance, context, current } = await setUp();
    await put();
    const arrivedAtMs = context.clock.now();
    advance(24 * HOUR_MS + 1);
    await raise(72);
    const nowMs = context.clock.now();
    expect(isWithinRetention(await current(), arrivedAtMs, nowMs)).toBe(false);
    expect(isWithinRetention(await current(), arrivedAtMs + 2, nowMs)).toBe(true);
  });

  it("are out of reach at once when it is lowered, and stay so when it is raised again", async () => {
    const { raise, lower, advance, context, current } = await setUp();
    await raise(72);
    const arrivedAtMs = context.clock.now();
    advance(30 * HOUR_MS);
    expect(isWithinRetention(await current(), arrivedAtMs, context.clock.now())).toBe(true);
    await lower(24);
    expect(isWithinRetention(await current(), arrivedAtMs, context.clock.now())).toBe(false);
    await raise(72);
    expect(isWithinRetention(await current(), arrivedAtMs, context.clock.now())).toBe(false);
  });

  it("live longer, too, when their writer had not heard of the raise", async () => {
    const { put, raise, advance, log, context, standing } = await setUp();
    await raise(72);
    await put();
    advance(71 * HOUR_MS + BLOCK_EXPIRY_SLACK_MS);
    log.expire(context.clock.now());
    expect(await standing()).toBe(1);
  });

  it("take their large bodies along", async () => {
    const { put, raise, bodyKeys, bodies } = await setUp();
    const large = randomBytes(20_000);
    await put(large);
    const [short] = await bodyKeys();
    expect(short).toMatch(/^day\//);
    await raise(72);
    // Its writer has not heard of the raise.
    await put(large);
    const keys = await bodyKeys();
    expect(keys[0]).toBe(short!.replace("day/", "week/"));
    expect(keys[1]).toMatch(/^week\//);
    await raise(8760);
    for (const key of await bodyKeys()) {
      expect(key).toMatch(/^year\//);
      expect(Buffer.from(await bodies.get(key)).includes(large)).toBe(true);
    }
  });

  it("are gone through in several runs when one does not suffice", async () => {
    const { put, call, advance, log, context, standing, current, isSweepOn } = await setUp();
    for (let i = 0; i < 35; i++) await put();
    const pages: number[] = [];
    const slow = {
      ...context.blockExpiry,
      extendExpiry: (...page: Parameters<typeof log.extendExpiry>) => {
        advance(RETENTION_CHANGE_BUDGET_MS);
        pages.push(page[0].to);
        return log.extendExpiry(...page);
      },
    };
    const ports = { ...context, blockExpiry: slow, prune, reportFailure };
    const request = { ...CLICKS, RetentionPeriodHours: 72 };
    expect(await call("IncreaseStreamRetentionPeriod", request, ports)).toEqual({ value: {} });
    expect(await current()).toHaveProperty("extension");
    expect(isSweepOn()).toBe(true);
    expect(await finishStreams(ports, context.clock.now() + 1)).toBe(false);
    expect(await finishStreams(ports, Number.POSITIVE_INFINITY)).toBe(true);
    // Ten blocks a page: what one run has done, the next does not do again.
    expect(pages).toEqual([35, 25, 15, 5]);
    expect(await current()).not.toHaveProperty("extension");
    advance(50 * HOUR_MS + BLOCK_EXPIRY_SLACK_MS);
    log.expire(context.clock.now());
    expect(await standing()).toBe(35);
  });

  it("are left to the sweep by a call that dies among them", async () => {
    const { put, call, context, current, isSweepOn } = await setUp();
    await put();
    const dying = { ...context.blockExpiry, extendExpiry: () => Promise.reject(new Error("died")) };
    const request = { ...CLICKS, RetentionPeriodHours: 72 };
    const raise = call("IncreaseStreamRetentionPeriod", request, { blockExpiry: dying });
    await expect(raise).rejects.toThrow("died");
    expect(isSweepOn()).toBe(true);
    expect(
      await finishStreams({ ...context, prune, reportFailure }, Number.POSITIVE_INFINITY),
    ).toBe(true);
    expect(await current()).not.toHaveProperty("extension");
  });

  it("do not call the sweep when there is nothing to go through", async () => {
    const { raise, isSweepOn } = await setUp();
    expect(await raise(24)).toEqual({ value: {} });
    expect(isSweepOn()).toBe(false);
  });

  it("are looked for in many empty shards for no longer than the call has", async () => {
    const { call, advance, context, current } = await setUp(40);
    const noted = new Set<string>();
    const slow = {
      ...context.blockExpiry,
      async beginExtension(
        ...[shard, raise]: Parameters<typeof context.blockExpiry.beginExtension>
      ) {
        advance(RETENTION_CHANGE_BUDGET_MS / SHARDS_AT_ONCE);
        noted.add(shard);
        return context.blockExpiry.beginExtension(shard, raise);
      },
    };
    const ports = { ...context, blockExpiry: slow, prune, reportFailure };
    const request = { ...CLICKS, RetentionPeriodHours: 72 };
    const startedAtMs = context.clock.now();
    await call("IncreaseStreamRetentionPeriod", request, ports);
    expect(context.clock.now() - startedAtMs).toBe(RETENTION_CHANGE_BUDGET_MS);
    expect(noted.size).toBe(SHARDS_AT_ONCE);
    expect(await current()).toHaveProperty("extension");
    expect(await finishStreams(ports, Number.POSITIVE_INFINITY)).toBe(true);
    expect(noted.size).toBe(40);
    expect(await current()).not.toHaveProperty("extension");
  });

  it("are the next raise's business for one who still walks for the last", async () => {
    const { put, raise, context, current } = await setUp();
    await put();
    const behind = { ...(await current()), extension: 2 } as ExtendedStream;
    await context.dataStreams.update({ ...behind, revision: behind.revision + 1 });
    const late = { ...context, clock: { ...context.clock, now: () => Number.POSITIVE_INFINITY } };
    await raise(72);
    const again = { ...(await current()), retentionHours: 96, extension: 9 } as ExtendedStream;
    await context.dataStreams.update({ ...again, revision: again.revision + 1 });
    expect(await extendExpiry(late, [behind], 0, reportFailure)).toBe(false);
    expect(await extendExpiry(context, [behind], Infinity, reportFailure)).toBe(true);
    expect(await current()).toHaveProperty("extension", 9);
    expect(await extendExpiry(context, [again], Infinity, reportFailure)).toBe(true);
    expect(await current()).not.toHaveProperty("extension");
  });

  it("wait for no other stream that is in trouble", async () => {
    const { call, create, context, current, dataStreams } = await setUp();
    await create("broken");
    const late = { ...context, clock: { ...context.clock, now: () => Number.POSITIVE_INFINITY } };
    for (const StreamName of ["broken", "clicks"]) {
      const request = { StreamName, RetentionPeriodHours: 72 };
      await call("IncreaseStreamRetentionPeriod", request, late);
    }
    expect(await current()).toHaveProperty("extension");
    const failed: string[] = [];
    const ports = {
      ...context,
      dataStreams: {
        ...dataStreams,
        shards: (stream: DataStream) =>
          stream.name === "broken" ? Promise.reject(new Error("no")) : dataStreams.shards(stream),
      },
      prune,
      reportFailure: ({ name }: DataStream) => void failed.push(name),
    };
    expect(await finishStreams(ports, Number.POSITIVE_INFINITY)).toBe(false);
    expect(failed).toEqual(["broken"]);
    expect(await current()).not.toHaveProperty("extension");
  });

  it("are not kept longer than what comes after a lowering", async () => {
    const { put, raise, lower, advance, log, context, standing } = await setUp();
    await raise(72);
    await lower(24);
    await put();
    advance(24 * HOUR_MS + BLOCK_EXPIRY_SLACK_MS + 1);
    log.expire(context.clock.now());
    expect(await standing()).toBe(0);
  });
});

describe("isWithinRetention", () => {
  it("is exact to the millisecond", () => {
    const stream = { retentionHours: 24 };
    expect(isWithinRetention(stream, NOW_MS - 24 * HOUR_MS, NOW_MS)).toBe(true);
    expect(isWithinRetention(stream, NOW_MS - 24 * HOUR_MS - 1, NOW_MS)).toBe(false);
  });
});
