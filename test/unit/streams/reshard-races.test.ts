/**
 * Producers, reshards, dying processes and helpful strangers at once, in as many orders as the seeds make of the
 * ports' delays.
 */
import { expect, it } from "vitest";
import { hashKeyOf } from "../../../src/log/hash-key.ts";
import { memoryBodies } from "../../../src/storage/memory/bodies.ts";
import { parentIndexes } from "../../../src/streams/lineage.ts";
import { putIntoStream } from "../../../src/streams/put.ts";
import type { PutOutcome } from "../../../src/streams/put-outcome.ts";
import { beginReshard, resumeReshard } from "../../../src/streams/reshard.ts";
import { dataShardKey, type Shard } from "../../../src/streams/stream.ts";
import { seededRandom } from "../../helpers/seeded-random.ts";
import { randomPlan } from "./random-plan.ts";
import { mortal, ProcessDied, slow } from "../../helpers/faulty-ports.ts";
import { world } from "./reshard-world.ts";

const KEYS = ["a", "b", "c", "d", "e", "f"];
const PUTS_PER_KEY = 25;
const RESHARDS = 6;

type Stored = Extract<PutOutcome, { kind: "stored" }>;

async function run(seed: number) {
  const random = seededRandom(seed);
  const pick = (count: number) => Math.floor(random.fraction() * count);
  const made = await world(1 + pick(4));
  const { clock } = made;
  const log = slow(made.log, clock, random);
  const dataStreams = slow(made.dataStreams, clock, random);
  const bodies = memoryBodies(random);
  const stored = new Map<string, Stored[]>(KEYS.map((key) => [key, []]));
  const over = new AbortController();

  const view = async () => {
    const stream = (await dataStreams.get(made.stream.name))!;
    return { stream, shards: await dataStreams.shards(stream) };
  };

  async function produce(key: string): Promise<void> {
    // Two processes take turns, each with what it remembers of the stream: one may know of a child before the other.
    const known = [await view(), await view()];
    for (let i = 0; i < PUTS_PER_KEY; i++) {
      const record = { data: Buffer.from(`${key}${i}`), partitionKey: key };
      const process = pick(2);
      const refresh = async () => (known[process] = await view());
      if (pick(4) === 0) await refresh();
      const outcomes = await putIntoStream(
        { log, bodies, clock, random, refresh },
        known[process]!,
        [{ at: 0, record, hashKey: hashKeyOf(key) }],
        undefined,
      );
      if (outcomes === "gone") throw new Error("the stream is there");
      const [outcome] = outcomes;
      if (outcome?.kind === "stored") stored.get(key)!.push(outcome);
      await clock.sleep(pick(4) * pick(200));
    }
  }

  /** Plans at random on the stream as it is, begins, and dies now and then. */
  async function reshard(): Promise<void> {
    for (let i = 0; i < RESHARDS; i++) {
      const { stream, shards } = await view();
      const plan = randomPlan(stream, shards, clock.now(), pick);
      const at = pick(3) === 0 ? 1 + pick(8) : Number.POSITIVE_INFINITY;
      const dying = mortal(dataStreams, at, pick(2) === 0 ? "before" : "after");
      const ports = made.portsOn(dying);
      try {
        const begun = plan && (await beginReshard(ports, stream, plan.reshard, plan.scaling));
        if (begun) await resumeReshard(ports, begun);
      } catch (error) {
        if (!(error instanceof ProcessDied)) throw error;
      }
      await clock.sleep(pick(1500));
    }
  }

  /** Meets the stream at any time, and finishes what is pending, as every operation may. */
  async function interfere(): Promise<void> {
    while (!over.signal.aborted) {
      await clock.sleep(pick(600));
      const stream = await dataStreams.get(made.stream.name);
      if (stream) await resumeReshard(made.portsOn(dataStreams), stream);
    }
  }

  const strangers = [interfere(), interfere()];
  await Promise.all([...KEYS.map(produce), reshard(), reshard()]);
  over.abort();
  await Promise.all(strangers);
  await resumeReshard(made.ports, await made.current());
  return { made, stored };
}

it.each(Array.from({ length: 25 }, (_, i) => i + 1))(
  "keeps every record in its order through reshards that race, seed %i",
  { timeout: 30_000 },
  async (seed) => {
    const { made, stored } = await run(seed);
    await made.expectAtRest();
    const shards = await made.shards();
    const taken = [...stored.values()].flat();
    expect(taken.length).toBeGreaterThan((KEYS.length * PUTS_PER_KEY) / 2);

    // What was acknowledged stands once, and below the end of its shard.
    const logged = (await Promise.all(shards.map((shard) => recordCount(made, shard)))).reduce(
      (sum, count) => sum + count,
    );
    expect(logged).toBe(taken.length);
    expect(new Set(taken.map(({ sequenceNumber }) => sequenceNumber)).size).toBe(taken.length);

    for (const outcomes of stored.values()) {
      outcomes.slice(1).forEach((outcome, i) => {
        const before = outcomes[i]!;
        expect(BigInt(outcome.sequenceNumber)).toBeGreaterThan(BigInt(before.sequenceNumber));
        expect(descendsFrom(shards, outcome.shardIndex, before.shardIndex)).toBe(true);
      });
    }
  },
);

async function recordCount({ log, stream }: Awaited<ReturnType<typeof world>>, shard: Shard) {
  let count = 0;
  const range = { shard: dataShardKey(stream, shard.index), from: 0, to: Infinity };
  for await (const entry of log.read(range)) {
    if (entry.kind === "data") count += entry.recordCount;
    if (shard.closed) expect(entry.index).toBeLessThan(shard.closed.finalBlockIndex);
  }
  return count;
}

/** Whether a reader that finishes parents first comes to `index` at or after `ancestor`. */
function descendsFrom(shards: readonly Shard[], index: number, ancestor: number): boolean {
  if (index === ancestor) return true;
  return parentIndexes(shards[index]!).some((parent) => descendsFrom(shards, parent, ancestor));
}
