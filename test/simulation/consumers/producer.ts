/**
 * A client of PutRecords as the SDKs are: one invocation id per call, an attempt that is not answered in time is sent
 * again with the same id, and records that were not taken are sent in a new call. Keys are shared among producers.
 */
import { createHash } from "node:crypto";
import type { ProducerRequest } from "../../../src/log/record.ts";
import { ServiceError } from "../../../src/errors.ts";
import { callId } from "../../../src/log/retry.ts";
import { putRecords } from "../../../src/operations/kinesis/put-records.ts";
import { aggregate } from "../../helpers/aggregate.ts";
import { InjectedFault } from "../faults.ts";
import type { RecordKind } from "./history.ts";
import { payloadOf } from "./payload.ts";
import { STREAM_NAME } from "./ports.ts";
import type { ConsumerWorld } from "./world.ts";

export interface ConsumerProducer {
  readonly name: string;
  readonly keys: readonly string[];
  readonly callCount: number;
  /** Longest pause between two calls. */
  readonly pauseMaxMs: number;
  readonly patienceMs: number;
  readonly poisonShare: number;
  readonly aggregates: boolean;
  /** Goes on after the others have stopped, and until all is taken. */
  readonly isProbe: boolean;
}

interface NewRecord {
  readonly name: string;
  readonly key: string;
  readonly kind: RecordKind;
}

/** As one entry of a call: a record, or an aggregate of some of one key. */
interface Entry {
  readonly names: readonly string[];
  readonly PartitionKey: string;
  readonly Data: Uint8Array;
}

const ATTEMPTS_MAX_COUNT = 4;
/** No attempt is begun later than this, as no SDK would. */
const PERSISTENCE_MS = 15 * 60_000;
const CALLS_PER_ENTRY_MAX_COUNT = 3;
const RECORDS_MAX_COUNT = 5;
const FILLING_MAX_BYTES = 40;
const OTHER_SHARE = 0.25;
const REUSED_ID_SHARE = 0.05;
/** Who knows that nothing is wrong any more sends on what was refused, for longer than it may take. */
const PROBE_PATIENCE_MS = 120_000;
const PROBE_PAUSE_MS = 1000;

export async function produce(world: ConsumerWorld, producer: ConsumerProducer): Promise<void> {
  const { random } = world;
  const pending: Promise<void>[] = [];
  for (let number = 0; number < producer.callCount; number++) {
    if (!producer.isProbe && !world.isOpen()) break;
    await pause(world, random.fraction() * producer.pauseMaxMs);
    const sending = sendAll(world, producer, number);
    pending.push(sending);
    // Now and then the next call starts before this one is answered.
    if (random.fraction() < 0.7) await sending;
  }
  await Promise.all(pending);
}

function pause({ scheduler }: ConsumerWorld, durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    scheduler.after(undefined, durationMs, "producer goes on", resolve);
  });
}

async function sendAll(
  world: ConsumerWorld,
  producer: ConsumerProducer,
  number: number,
): Promise<void> {
  const { note, scheduler } = world;
  const { isProbe } = producer;
  let entries = newEntries(world, producer, number);
  const names = entries.flatMap((entry) => entry.names);
  note({ kind: "sent", names, ...(isProbe && { isProbe }) });
  const giveUpAtMs = scheduler.now() + PROBE_PATIENCE_MS;
  const mayGoOn = (round: number) =>
    isProbe ? scheduler.now() < giveUpAtMs : round < CALLS_PER_ENTRY_MAX_COUNT;
  for (let round = 0; entries.length > 0 && mayGoOn(round); round++) {
    if (isProbe && round > 0) await pause(world, PROBE_PAUSE_MS);
    const call = `${producer.name}-${number}/${round}`;
    note({ kind: "called", names: entries.flatMap((entry) => entry.names) });
    const stored = await sendCall(world, producer, call, entries);
    scheduler.note(`${call}: ${stored?.filter(Boolean).length ?? "no answer"}`);
    if (stored === undefined && isProbe) continue;
    if (stored === undefined) return;
    entries.forEach((entry, i) => {
      const place = stored[i];
      if (place === undefined) return;
      entry.names.forEach((name, sub) =>
        note({ kind: "acknowledged", name, id: `${place}/${sub}` }),
      );
    });
    entries = entries.filter((_entry, i) => stored[i] === undefined);
  }
}

function newEntries(
  { random }: ConsumerWorld,
  { name, keys, poisonShare, aggregates, isProbe }: ConsumerProducer,
  number: number,
): readonly Entry[] {
  const count = isProbe ? keys.length : 1 + Math.floor(random.fraction() * RECORDS_MAX_COUNT);
  const records = Array.from({ length: count }, (_, i): NewRecord => {
    const chance = random.fraction();
    const kind = chance < poisonShare ? "poison" : chance > 1 - OTHER_SHARE ? "other" : "plain";
    const key = keys[isProbe ? i : Math.floor(random.fraction() * keys.length)]!;
    return { name: `${name}-${number}.${i}`, key, kind };
  });
  const dataOf = ({ name: record, kind }: NewRecord) =>
    payloadOf({ name: record, kind, filling: "z".repeat(random.fraction() * FILLING_MAX_BYTES) });
  const isAggregate = aggregates && random.fraction() < 0.5;
  if (!isAggregate) {
    return records.map((record) => ({
      names: [record.name],
      PartitionKey: record.key,
      Data: dataOf(record),
    }));
  }
  return [...Map.groupBy(records, ({ key }) => key)].map(([key, own]) => ({
    names: own.map((record) => record.name),
    PartitionKey: key,
    Data: aggregate(own.map((record) => ({ partitionKey: key, data: dataOf(record) }))),
  }));
}

/** The place of each entry that was stored, as far as the client was told. */
async function sendCall(
  world: ConsumerWorld,
  producer: ConsumerProducer,
  call: string,
  entries: readonly Entry[],
): Promise<readonly (string | undefined)[] | undefined> {
  const { random, scheduler } = world;
  const payloadSha256 = createHash("sha256")
    .update(Buffer.concat(entries.map(({ Data }) => Data)))
    .digest("hex");
  // Now and then another payload comes under an id that was used before: that is another call.
  const isReused = random.fraction() < REUSED_ID_SHARE;
  if (isReused) world.situations.meet("reusedId");
  const id = callId({
    accessKeyId: "test",
    target: "Kinesis_20131202.PutRecords",
    invocationId: isReused ? `${producer.name}-reused` : call,
    payloadSha256: world.mutant.ignoresPayloads ? "" : payloadSha256,
  });
  const giveUpAtMs = scheduler.now() + PERSISTENCE_MS;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX_COUNT; attempt++) {
    const producerRequest = { callId: id, attempt };
    const answer = await exchange(world, producer, { call, producerRequest, entries });
    if (answer !== undefined) return answer;
    await new Promise<void>((resolve) => {
      const pauseMs = random.fraction() * 1000 * attempt;
      scheduler.after(undefined, pauseMs, `${call} again`, resolve);
    });
    if (scheduler.now() > giveUpAtMs) return undefined;
  }
  return undefined;
}

interface Request {
  readonly call: string;
  readonly producerRequest: ProducerRequest;
  readonly entries: readonly Entry[];
}

type Places = readonly (string | undefined)[];

/** One attempt; `undefined` when it failed, or its client lost patience. */
function exchange(
  world: ConsumerWorld,
  { patienceMs }: ConsumerProducer,
  request: Request,
): Promise<Places | undefined> {
  const { scheduler, faults, random } = world;
  return new Promise((resolve) => {
    const { call } = request;
    const giveUp = scheduler.after(undefined, patienceMs, `${call} gives up`, () =>
      resolve(undefined),
    );
    const deliver = async () => {
      const places = await serve(world, request);
      if (faults.strikes("responseLost")) return;
      scheduler.add(undefined, `answer to ${call} arrives`, () => {
        giveUp();
        resolve(places);
      });
    };
    if (faults.strikes("requestLost")) return;
    if (faults.strikes("requestLate")) {
      const delayMs = patienceMs * (0.5 + random.fraction());
      scheduler.after(undefined, delayMs, `${call} arrives late`, () => void deliver());
    } else scheduler.add(undefined, `${call} arrives`, () => void deliver());
  });
}

async function serve(
  world: ConsumerWorld,
  { call, producerRequest, entries }: Request,
): Promise<Places | undefined> {
  const { situations, places } = world;
  const { process, context } = world.pickApi();
  const { attempt: number } = producerRequest;
  const ended = situations.begun(call, { process, number, shardCount: places.shardCount() });
  try {
    const answer = await putRecords.handle(
      { StreamName: STREAM_NAME, Records: [...entries] },
      { ...context, producerRequest },
    );
    const isFailed = answer.Records.some(({ ErrorCode }) => ErrorCode === "InternalFailure");
    if (isFailed && !world.mayCallsFail) world.surprise(new Error("a record failed"));
    const stored = answer.Records.map(
      ({ SequenceNumber }) => SequenceNumber && places.placeOf(SequenceNumber),
    );
    const shards = new Set(stored.flatMap((place) => place?.split("/")[0] ?? []));
    if (shards.size > 1) situations.meet(shards.size > 2 ? "manyShards" : "twoShards");
    return stored;
  } catch (error) {
    const isKnown = error instanceof ServiceError;
    const isExpected = error instanceof InjectedFault && world.mayCallsFail;
    if (!isKnown && !isExpected) world.surprise(error);
    return undefined;
  } finally {
    ended();
  }
}
