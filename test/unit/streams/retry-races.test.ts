/**
 * Calls that are sent again while their stream is resharded: each attempt but the last dies at some step of its
 * own, in a process with its own memory of the stream, and the next one begins when it is over, or before, so that up
 * to all of them are under way at once. Their proofs are throttled now and then.
 */
import { expect, it } from "vitest";
import type { ProofStore } from "../../../src/log/proof.ts";
import { unpackRecords } from "../../../src/log/frame.ts";
import { hashKeyOf } from "../../../src/log/hash-key.ts";
import { parseSequenceNumber } from "../../../src/log/sequence.ts";
import { memoryBodies } from "../../../src/storage/memory/bodies.ts";
import { memoryProofs } from "../../../src/storage/memory/proofs.ts";
import type { PutOutcome } from "../../../src/streams/put-outcome.ts";
import { putIntoStream } from "../../../src/streams/put.ts";
import { beginReshard, resumeReshard } from "../../../src/streams/reshard.ts";
import { dataShardKey } from "../../../src/streams/stream.ts";
import { seededRandom } from "../../helpers/seeded-random.ts";
import { randomPlan } from "./random-plan.ts";
import { mortality, ProcessDied, slow, wrapped } from "../../helpers/faulty-ports.ts";
import { world } from "./reshard-world.ts";

const KEYS = ["a", "b", "c", "d", "e", "f", "g", "h"];
const PRODUCERS = 4;
const CALLS_PER_PRODUCER = 8;
const RESHARDS = 10;
const ATTEMPTS_MAX = 5;
/** Some are more than a shard takes in a second. */
const RECORD_SIZES_BYTES = [20, 20, 20, 400_000];

async function run(seed: number) {
  const random = seededRandom(seed);
  const pick = (count: number) => Math.floor(random.fraction() * count);
  const made = await world(1 + pick(4));
  const { clock } = made;
  const bodies = memoryBodies(random);
  // What `read` answers is no promise, so nobody waits or dies there.
  const { read } = made.log;
  const log = { ...slow(made.log, clock, random), read };
  const dataStreams = slow(made.dataStreams, clock, random);
  const kept = slow(memoryProofs(), clock, random);
  const proofs: ProofStore = {
    ...kept,
    replace: (...proof) =>
      pick(20) === 0 ? Promise.resolve({ kind: "throttled" }) : kept.replace(...proof),
  };
  /** By record: where its last attempt says that it is. */
  const answers = new Map<string, PutOutcome>();
  /** Records of which several attempts were under way at once. */
  const overlapped = new Set<string>();
  let deathCount = 0;

  const view = async () => {
    const stream = (await dataStreams.get(made.stream.name))!;
    return { stream, shards: await dataStreams.shards(stream) };
  };
  const processes = await Promise.all([view(), view(), view()]);

  async function attempt(
    records: Parameters<typeof putIntoStream>[2],
    request: Parameters<typeof putIntoStream>[3],
    isLast: boolean,
  ): Promise<readonly PutOutcome[] | undefined> {
    const process = pick(processes.length);
    const refresh = async () => (processes[process] = await view());
    const diesAt = isLast ? Number.POSITIVE_INFINITY : 1 + pick(30);
    const dies = mortality(diesAt, pick(2) === 0 ? "before" : "after");
    const dying = { ...wrapped(log, dies), read };
    try {
      const ports = { log: dying, proofs: wrapped(proofs, dies), bodies, clock, random, refresh };
      const outcomes = await putIntoStream(ports, processes[process]!, records, request);
      if (outcomes === "gone") throw new Error("the stream is there");
      const hasDied = outcomes.some(({ kind }) => kind === "failed");
      if (hasDied) deathCount++;
      // The answer may be lost although the process lived.
      return hasDied || (!isLast && pick(2) === 0) ? undefined : outcomes;
    } catch (error) {
      if (!(error instanceof ProcessDied)) throw error;
      deathCount++;
      return undefined;
    }
  }

  async function produce(producer: number): Promise<void> {
    for (let call = 0; call < CALLS_PER_PRODUCER; call++) {
      const names = KEYS.flatMap((key) =>
        Array.from({ length: pick(4) }, (_, i) => `${producer}.${call}.${key}${i}`),
      );
      const records = names.map((name, at) => {
        const partitionKey = `${producer}${/[a-z]/.exec(name)?.at(0)}`;
        const data = Buffer.alloc(RECORD_SIZES_BYTES[pick(RECORD_SIZES_BYTES.length)]!, `${name} `);
        return { at, record: { data, partitionKey }, hashKey: hashKeyOf(partitionKey) };
      });
      const callId = random.bytes(32);
      let outcomes: readonly PutOutcome[] | undefined;
      const abandoned: Promise<unknown>[] = [];
      for (let number = 1; outcomes === undefined; number++) {
        const isLast = number === ATTEMPTS_MAX;
        const sent = attempt(records, { callId, attempt: number }, isLast);
        if (!isLast && pick(3) === 0) abandoned.push(sent);
        else outcomes = await sent;
        await clock.sleep(pick(3) * pick(outcomes === undefined ? 100 : 1000));
      }
      await Promise.all(abandoned);
      if (abandoned.length > 0) for (const name of names) overlapped.add(name);
      names.forEach((name, at) => answers.set(name, outcomes[at]!));
    }
  }

  async function reshard(): Promise<void> {
    for (let i = 0; i < RESHARDS; i++) {
      await clock.sleep(pick(1500));
      const { stream, shards } = await view();
      const plan = randomPlan(stream, shards, clock.now(), pick);
      const ports = made.portsOn(dataStreams);
      const begun = plan && (await beginReshard(ports, stream, plan.reshard, plan.scaling));
      if (begun) await resumeReshard(ports, begun);
    }
  }

  await Promise.all([...Array.from({ length: PRODUCERS }, (_, i) => produce(i)), reshard()]);
  await resumeReshard(made.ports, await made.current());
  return { made, bodies, answers, overlapped, deathCount };
}

it.each(Array.from({ length: 25 }, (_, i) => i + 1))(
  "stores the records of repeated calls once and where the answer says, seed %i",
  { timeout: 30_000 },
  async (seed) => {
    const { made, bodies, answers, overlapped, deathCount } = await run(seed);
    await made.expectAtRest();
    expect(deathCount).toBeGreaterThan(0);

    const places = new Map<string, string[]>();
    for (const { index } of await made.shards()) {
      const range = { shard: dataShardKey(made.stream, index), from: 0, to: Infinity };
      for await (const entry of made.log.read(range)) {
        if (entry.kind === "tombstone") continue;
        const { body } = entry;
        const bytes = body.kind === "inline" ? body.bytes : await bodies.get(body.key);
        unpackRecords(bytes).forEach(({ data }, i) => {
          const name = Buffer.from(data).toString("latin1").split(" ", 1).join();
          places.set(name, [...(places.get(name) ?? []), `${index} ${entry.index} ${i}`]);
        });
      }
    }
    const said = [...answers].flatMap(([name, outcome]) => {
      if (outcome.kind !== "stored") return [];
      const fields = parseSequenceNumber(outcome.sequenceNumber)!;
      expect(fields.shardIndex).toBe(outcome.shardIndex);
      return [[name, [`${fields.shardIndex} ${fields.blockIndex} ${fields.position}`]]] as const;
    });
    expect(said.length).toBeGreaterThan(answers.size / 4);
    // An attempt that its producer no longer waits for may still store what the last one was refused.
    const known = [...places].filter(([name, { length }]) => {
      const outcome = answers.get(name);
      return outcome?.kind === "stored" || length !== 1 || !overlapped.has(name);
    });
    expect(Object.fromEntries(known)).toEqual(Object.fromEntries(said));
  },
);
