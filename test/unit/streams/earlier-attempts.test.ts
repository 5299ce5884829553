/** Repeated calls over the memory twins: what stands already is answered, and only the rest is put. */
import { describe, expect, it } from "vitest";
import { HOURS_TO_MS, RETRY_SEARCH_MAX_AGE_MS } from "../../../src/limits.ts";
import { createAppender } from "../../../src/log/append.ts";
import { unpackRecords } from "../../../src/log/frame.ts";
import { HASH_KEY_COUNT } from "../../../src/log/hash-key.ts";
import type { LogStore } from "../../../src/log/store.ts";
import { memoryBodies } from "../../../src/storage/memory/bodies.ts";
import type { Placeable } from "../../../src/streams/placement.ts";
import type { PutOutcome } from "../../../src/streams/put-outcome.ts";
import { putIntoStream } from "../../../src/streams/put.ts";
import { dataShardKey, type StreamView } from "../../../src/streams/stream.ts";
import { seededRandom } from "../../helpers/seeded-random.ts";
import { world } from "./reshard-world.ts";

const PROOF = new Uint8Array(16).fill(7);

/** A record at so many hundredths of the circle. */
function record(at: number, percent: number, byteCount = 10): Placeable {
  const data = Buffer.alloc(byteCount, `record ${at} `);
  const hashKey = (HASH_KEY_COUNT * BigInt(percent)) / 100n;
  return { at, record: { data, partitionKey: "key" }, hashKey };
}

async function setUp(shardCount: number) {
  const made = await world(shardCount);
  const { clock } = made;
  const random = seededRandom(1);
  const bodies = memoryBodies(random);
  return {
    ...made,
    /** One attempt in a process of its own, which remembers `known` of the stream. */
    async put(
      records: readonly Placeable[],
      attempt: number,
      {
        known,
        change,
      }: { readonly known?: StreamView; readonly change?: (log: LogStore) => LogStore } = {},
    ): Promise<readonly PutOutcome[] | "gone"> {
      const log = change ? change(made.log) : made.log;
      const appender = createAppender({ log, bodies, clock, random });
      const refresh = async () => {
        const stream = await made.dataStreams.get(made.stream.name);
        return stream && { stream, shards: await made.shards() };
      };
      const ports = { appender, log, clock, refresh };
      return putIntoStream(ports, known ?? (await made.view()), records, { proof: PROOF, attempt });
    },
    /** `shard: records' numbers`, in the log's order. */
    async standing(): Promise<readonly string[]> {
      const lines: string[] = [];
      for (const { index } of await made.shards()) {
        for await (const entry of made.log.read({
          shard: dataShardKey(made.stream, index),
          from: 0,
          to: Infinity,
        })) {
          if (entry.kind === "tombstone") lines.push(`${index}: tombstone`);
          else {
            const { body } = entry;
            const bytes = body.kind === "inline" ? body.bytes : await bodies.get(body.key);
            const numbers = unpackRecords(bytes).map(({ data }) =>
              /\d+/.exec(Buffer.from(data).toString("latin1"))?.at(0),
            );
            lines.push(`${index}: ${numbers.join(" ")}`);
          }
        }
      }
      return lines;
    },
  };
}

/** Writes to that shard of those that are begun fail, as if the process had died after its reservation. */
const dyingIn = (shardIndex: number) => (log: LogStore) => ({
  ...log,
  write: (block: Parameters<LogStore["write"]>[0]) =>
    Number(block.shard.split("/").at(-1)) === shardIndex
      ? Promise.reject(new Error("died"))
      : log.write(block),
});

/** Pushes the last digit of each shard whose reservations are looked at. */
const noting = (looked: string[]) => (log: LogStore) => ({
  ...log,
  head(shard: Parameters<LogStore["head"]>[0]) {
    looked.push(shard.slice(-1));
    return log.head(shard);
  },
});

const kinds = (outcomes: readonly PutOutcome[] | "gone") =>
  outcomes === "gone" ? outcomes : outcomes.map(({ kind }) => kind);
const shardsOf = (outcomes: readonly PutOutcome[] | "gone") =>
  outcomes === "gone"
    ? outcomes
    : outcomes.map((outcome) => ("shardIndex" in outcome ? outcome.shardIndex : undefined));

describe("a repeated call", () => {
  it("is answered from the parent after a split", async () => {
    const { put, split, standing } = await setUp(1);
    const records = [record(0, 10), record(1, 90), record(2, 20)];
    const first = await put(records, 1);
    await split(0);
    expect(await put(records, 2)).toEqual(first);
    expect(shardsOf(first)).toEqual([0, 0, 0]);
    expect(await standing()).toEqual(["0: 0 1 2"]);
  });

  it("is answered from both parents after a merge", async () => {
    const { put, merge, standing } = await setUp(2);
    const records = [record(0, 10), record(1, 90), record(2, 20)];
    const first = await put(records, 1);
    await merge(0, 1);
    expect(await put(records, 2)).toEqual(first);
    expect(shardsOf(first)).toEqual([0, 1, 0]);
    expect(await standing()).toEqual(["0: 0 2", "1: 1"]);
  });

  it("is answered from shards that are grandparents by now", async () => {
    const { put, split, merge, standing } = await setUp(2);
    const records = [record(0, 10), record(1, 30), record(2, 60), record(3, 90)];
    const first = await put(records, 1);
    await split(0);
    await merge(3, 1);
    await split(4);
    expect(await put(records, 2)).toEqual(first);
    expect(await standing()).toEqual(["0: 0 1", "1: 2 3"]);
  });

  it("puts what was not stored, and only that, into the shards of now", async () => {
    const { put, merge, split, standing } = await setUp(2);
    const records = [record(0, 10), record(1, 90), record(2, 20), record(3, 55)];
    const first = await put(records, 1, { change: dyingIn(1) });
    expect(kinds(first)).toEqual(["stored", "failed", "stored", "failed"]);
    await merge(0, 1);
    await split(2);
    const second = await put(records, 2);
    expect(kinds(second)).toEqual(["stored", "stored", "stored", "stored"]);
    expect(shardsOf(second)).toEqual([0, 4, 0, 4]);
    expect([second[0], second[2]]).toEqual([first[0], first[2]]);
    expect(await standing()).toEqual(["0: 0 2", "1: tombstone", "4: 1 3"]);
    await merge(3, 4);
    expect(await put(records, 3)).toEqual(second);
  });

  it("finds the rest that a second attempt put beside what the first one stored", async () => {
    const { put, merge, standing } = await setUp(2);
    const records = [record(0, 10), record(1, 90)];
    await put(records, 1, { change: dyingIn(1) });
    await merge(0, 1);
    const second = await put(records, 2);
    expect(await put(records, 3)).toEqual(second);
    expect(await standing()).toEqual(["0: 0", "1: tombstone", "2: 1"]);
  });

  it("finds what two attempts put into one shard, one after the other", async () => {
    const { put, merge, standing } = await setUp(2);
    const records = [record(0, 10), record(1, 90)];
    // The first record dies in its shard; the second meets the merge and is put into the child.
    const first = await put(records, 1, {
      change: (log) => ({
        ...dyingIn(0)(log),
        async reserve(shard, append) {
          if (shard.endsWith("1")) await merge(0, 1);
          return log.reserve(shard, append);
        },
      }),
    });
    expect(kinds(first)).toEqual(["failed", "stored"]);
    const second = await put(records, 2);
    expect(await standing()).toEqual(["0: tombstone", "2: 1", "2: 0"]);
    expect(await put(records, 3)).toEqual(second);
    expect(await standing()).toHaveLength(3);
  });

  it("is answered from children that its own process does not know of", async () => {
    const { put, split, view, standing } = await setUp(1);
    const records = [record(0, 10), record(1, 90)];
    const known = await view();
    await split(0);
    const first = await put(records, 1);
    expect(await put(records, 2, { known })).toEqual(first);
    expect(await standing()).toEqual(["1: 0", "2: 1"]);
  });

  it("is answered from a parent that is sealed and has no child yet", async () => {
    const { put, dataStreams, stream, standing } = await setUp(1);
    const records = [record(0, 10)];
    const first = await put(records, 1);
    await dataStreams.seal(stream, 0);
    expect(await put(records, 2)).toEqual(first);
    expect(await standing()).toEqual(["0: 0"]);
  });

  it("waits for a first attempt that is on its way in a shard closed since", async () => {
    const { put, split, standing } = await setUp(1);
    const records = [record(0, 10), record(1, 90)];
    const reserved = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const first = put(records, 1, {
      change: (log) => ({
        ...log,
        async write(block) {
          reserved.resolve();
          await held.promise;
          return log.write(block);
        },
      }),
    });
    await reserved.promise;
    await split(0);
    const second = put(records, 2);
    held.resolve();
    expect(await second).toEqual(await first);
    expect(await standing()).toEqual(["0: 0 1"]);
  });

  it("closes the place in a parent that its first attempt died at", async () => {
    const { put, split, standing } = await setUp(1);
    const records = [record(0, 10), record(1, 90)];
    await put(records, 1, { change: dyingIn(0) });
    await split(0);
    expect(shardsOf(await put(records, 2))).toEqual([1, 2]);
    expect(await standing()).toEqual(["0: tombstone", "1: 0", "2: 1"]);
  });

  it("is refused what its first attempt was refused by a parent that had no room", async () => {
    const { put, split, standing } = await setUp(1);
    const records = [record(0, 10, 600_000), record(1, 90, 600_000), record(2, 20)];
    const first = await put(records, 1);
    expect(kinds(first)).toEqual(["stored", "throttled", "throttled"]);
    await split(0);
    expect(await put(records, 2)).toEqual(first);
    expect(await standing()).toEqual(["0: 0"]);
  });

  it("is not found by another call", async () => {
    const { put, split, standing, clock, log, view } = await setUp(1);
    await put([record(0, 10)], 1);
    await split(0);
    const random = seededRandom(2);
    const appender = createAppender({ log, bodies: memoryBodies(random), clock, random });
    const other = { proof: new Uint8Array(16).fill(8), attempt: 2 };
    const ports = { appender, log, clock, refresh: view };
    await putIntoStream(ports, await view(), [record(0, 10)], other);
    expect(await standing()).toEqual(["0: 0", "1: 0"]);
  });

  it.each([
    [RETRY_SEARCH_MAX_AGE_MS, ["2", "0"]],
    [RETRY_SEARCH_MAX_AGE_MS + 1, ["2"]],
  ])("looks into a parent closed %i ms ago: shards %j", async (ageMs, expected) => {
    const { put, split, clock } = await setUp(1);
    await split(0);
    await clock.sleep(ageMs);
    const looked: string[] = [];
    await put([record(0, 90)], 2, { change: noting(looked) });
    expect(looked).toEqual(expected);
  });

  it("looks into that parent of a merged shard which covered its keys", async () => {
    const { put, merge } = await setUp(2);
    await merge(0, 1);
    const looked: string[] = [];
    await put([record(0, 90)], 2, { change: noting(looked) });
    expect(looked).toEqual(["2", "1"]);
  });

  it("is stored when the parent's blocks have expired", async () => {
    const { put, split, log, clock, standing } = await setUp(1);
    const records = [record(0, 10)];
    await put(records, 1);
    await split(0);
    await clock.sleep(24 * HOURS_TO_MS);
    log.expire(clock.now());
    expect(shardsOf(await put(records, 2))).toEqual([1]);
    expect(await standing()).toEqual(["1: 0"]);
  });

  it("finds no stream that was deleted, whatever stands in its shards", async () => {
    const { put, view, dataStreams, stream } = await setUp(1);
    const known = await view();
    await put([record(0, 10)], 1);
    await dataStreams.remove(stream);
    expect(await put([record(0, 10)], 2, { known })).toBe("gone");
  });
});

it.each([1, 2])("attempt %i is told that its stream is being deleted", async (attempt) => {
  const { put, view, dataStreams, stream } = await setUp(1);
  const known = await view();
  await put([record(0, 10)], 1);
  await dataStreams.update({ ...stream, revision: stream.revision + 1, status: "DELETING" });
  await dataStreams.seal(stream, 0);
  expect(await put([record(0, 10)], attempt, { known })).toBe("gone");
});

it("a first attempt looks for nothing", async () => {
  const { put } = await setUp(2);
  const silent = (log: LogStore): LogStore => ({
    ...log,
    head: () => Promise.reject(new Error("looked")),
    read: () => {
      throw new Error("looked");
    },
  });
  const outcomes = await put([record(0, 10), record(1, 90)], 1, { change: silent });
  expect(kinds(outcomes)).toEqual(["stored", "stored"]);
});
