/**
 * Destinations that are not S3: a twin for each kind of promise, over the code that drives all of them. Some seeds have streams that
 * deliver to one. Faults are drawn apart, so that runs without receivers are what they would be if there were none.
 *
 * - `id`: a batch is taken once by its id; that another one comes under it is a surprise
 * - `document`: each record is a document under its own id, and some are refused
 * - `position`: a channel takes what lies behind the position that it has; what is refused must not be overtaken
 * - `commit`: all of a flush at once, once by its id
 * - `copy`: the objects of a flush, in one transaction with a note of it
 */
import { DELIVERY_READER } from "../../src/delivery/delivery-stream.ts";
import type { HttpEndpointSettings } from "../../src/delivery/destinations/http-endpoint/settings.ts";
import type {
  BatchSender,
  FailedDelivery,
  ObjectFollower,
  Receiver,
  RecordOutcome,
  SettleRun,
  StandingObject,
} from "../../src/delivery/destinations/receivers/port.ts";
import type { ReceiverPorts } from "../../src/delivery/destinations/receivers/ports.ts";
import type { ReceiverKind } from "../../src/delivery/destinations/receivers/registry.ts";
import type { ReceiverSettings } from "../../src/delivery/destinations/receivers/settings.ts";
import type { Passing } from "../../src/delivery/stages/outcome.ts";
import type { Random } from "../../src/random.ts";
import { seededRandom } from "../helpers/seeded-random.ts";
import {
  createFaults,
  drawRates,
  type Faults,
  faultsOf,
  InjectedFault,
  type Weather,
} from "./faults.ts";
import { deliveredRecord, recordOf } from "./payload.ts";
import type { Happening } from "./twins.ts";
import type { Call } from "./wire.ts";

export const PROMISES = ["id", "document", "position", "commit", "copy"] as const;

export type PromiseKind = (typeof PROMISES)[number];

/** Of a stream, for good. */
export interface ReceiverShape {
  readonly promise: PromiseKind;
  /** Gives up within seconds; what the receiver took without anybody hearing of it then stands among the failed as well. */
  readonly isImpatient: boolean;
}

/** Objects below it count as delivered when they are copied. */
export const COPIED_FOLDER = "copied/";

const ALL_SEEDS = 4;
const IMPATIENT_SHARE = 0.3;
const PATIENT_SECONDS = 10_000_000;
const IMPATIENT_SECONDS = 4;

/** Records whose name ends so are refused for good, where a receiver looks at records. */
const REFUSED = /5\.1$/;

const BUSY = { errorCode: "Receiver.Busy", errorMessage: "busy" };
const NO = { errorCode: "Receiver.Refused", errorMessage: "refused", details: { why: "it is" } };

export interface ReceiverWeather {
  readonly random: Random;
  readonly faults: Faults;
  /** `undefined`: streams of this run deliver to S3. */
  drawShape(): ReceiverShape | undefined;
}

export function receiverWeather(seed: number, weather: Weather): ReceiverWeather {
  const random = seededRandom(seed * 7919 + 13);
  const faults = createFaults(drawRates(weather, random, faultsOf("receivers")), weather, random);
  return {
    random,
    faults,
    drawShape() {
      if (seed % ALL_SEEDS !== ALL_SEEDS - 1) return undefined;
      const promise = PROMISES[Math.floor(random.fraction() * PROMISES.length)]!;
      return { promise, isImpatient: random.fraction() < IMPATIENT_SHARE };
    },
  };
}

/** As it stands in a stream: what it promises is in its name. */
export function receiverSettings({ promise, isImpatient }: ReceiverShape): HttpEndpointSettings {
  return {
    kind: "http-endpoint",
    place: `a receiver by ${promise}`,
    roleArn: "arn:aws:iam::000000000000:role/firehose",
    retrySeconds: isImpatient ? IMPATIENT_SECONDS : PATIENT_SECONDS,
    url: "https://receiver.example.com",
    name: promise,
    contentEncoding: "NONE",
    commonAttributes: [],
  };
}

export function receiverShapeOf({
  receiver,
}: {
  readonly receiver?: { readonly kind: string };
}): ReceiverShape | undefined {
  if (receiver === undefined) return undefined;
  const { name, retrySeconds } = receiver as HttpEndpointSettings;
  return { promise: name as PromiseKind, isImpatient: retrySeconds === IMPATIENT_SECONDS };
}

/** Where a flush's records come from. */
interface Origin {
  readonly stream: string;
  readonly reader: string;
  readonly from?: string | undefined;
  readonly isImpatient: boolean;
}

/** The truth of what receivers have. */
export interface ReceiverTwins {
  byId(id: string, origin: Origin, records: readonly Passing[]): void;
  byDocument(origin: Origin, records: readonly Passing[]): void;
  position(channel: string): string;
  byPosition(channel: string, position: string, origin: Origin, records: readonly Passing[]): void;
  byCommit(id: string, origin: Origin, records: readonly Passing[]): void;
  byCopy(id: string, objects: readonly StandingObject[]): void;
  /** Whether a receiver of an impatient stream has it. */
  mayBeUnheard(stream: string, reader: string, record: string): boolean;
  /** An object stands that counts as delivered only when it is copied. */
  standsToBeCopied(object: StandingObject, event: Happening): void;
}

export function receiverTwins(note: (happening: Happening) => void): ReceiverTwins {
  const taken = new Map<string, string>();
  const documents = new Set<string>();
  const positions = new Map<string, string>();
  const doubtful = new Set<string>();
  const standing = new Map<string, Happening>();
  const copied = new Set<string>();
  let count = 0;

  function arrive(
    { stream, reader, from, isImpatient }: Origin,
    records: readonly Passing[],
  ): void {
    if (records.length === 0) return;
    const found = records.map(({ data }) =>
      deliveredRecord(Buffer.from(data).toString().trimEnd()),
    );
    for (const { record } of isImpatient ? found : []) {
      doubtful.add(`${stream} ${reader} ${record}`);
    }
    count += 1;
    note({
      kind: "object",
      stream,
      reader,
      key: `received/${count}`,
      records: found.map(({ record }) => record),
      texts: found.map(({ text }) => text),
      isReceived: true,
      ...(from !== undefined && { from }),
    });
  }

  function once(id: string, origin: Origin, records: readonly Passing[]): void {
    const contents = records.map(({ data }) => Buffer.from(data).toString()).join("\n");
    const before = taken.get(id);
    taken.set(id, contents);
    if (before === undefined) return arrive(origin, records);
    if (before === contents) return;
    note({ kind: "surprise", message: `other records were sent under ${id}` });
  }

  return {
    byId: once,
    byCommit: once,
    byDocument(origin, records) {
      const idOf = ({ record: { recordId, partIndex = 0 } }: Passing) =>
        `${origin.stream} ${origin.reader} ${recordId} ${partIndex}`;
      const fresh = records.filter((record) => !documents.has(idOf(record)));
      for (const record of fresh) documents.add(idOf(record));
      arrive(origin, fresh);
    },
    position: (channel) => positions.get(channel) ?? "",
    byPosition(channel, position, origin, records) {
      if (position <= (positions.get(channel) ?? "")) return;
      positions.set(channel, position);
      arrive(origin, records);
    },
    byCopy(id, objects) {
      if (copied.has(id)) return;
      copied.add(id);
      for (const { bucket, key } of objects) {
        const event = standing.get(`${bucket} ${key}`);
        if (event === undefined)
          note({ kind: "surprise", message: `${key} was copied and is not there` });
        else note(event);
      }
    },
    mayBeUnheard: (stream, reader, record) => doubtful.has(`${stream} ${reader} ${record}`),
    standsToBeCopied: ({ bucket, key }, event) => void standing.set(`${bucket} ${key}`, event),
  };
}

export interface SimulatedReceivers {
  readonly twins: ReceiverTwins;
  readonly faults: Faults;
  readonly random: Random;
  readonly call: Call;
  /** The object of failed records that is redriven. */
  readonly redriven: () => string | undefined;
  readonly mutate: (kind: ReceiverKind) => ReceiverKind;
}

export function simulatedReceivers(world: SimulatedReceivers): ReceiverPorts {
  const unused = () => Promise.reject(new Error("nobody asks it"));
  return {
    http: { send: unused },
    secrets: { read: unused },
    open: ({ settings }) => world.mutate(KINDS[promiseOf(settings)](world)),
  };
}

/** It stands in the name of the endpoint that the stream is made with. */
function promiseOf(settings: ReceiverSettings): PromiseKind {
  if (settings.kind !== "http-endpoint") throw new Error(`nobody simulates ${settings.kind}`);
  return settings.name as PromiseKind;
}

const KINDS: Readonly<Record<PromiseKind, (world: SimulatedReceivers) => ReceiverKind>> = {
  id: (world) => ({ kind: "batches", sender: byId(world) }),
  document: (world) => ({ kind: "batches", sender: byDocument(world) }),
  position: (world) => ({ kind: "batches", sender: byPosition(world) }),
  commit: (world) => ({ kind: "whole", receiver: byCommit(world) }),
  copy: (world) => ({ kind: "behind-objects", follower: byCopy(world) }),
};

const SENDER = {
  errorOutputType: "http-endpoint-failed",
  bounds: { maxCount: 3, maxBytes: 200 },
  sizeOf: ({ data }: Passing) => data.length,
} as const;

function originOf({ redriven }: SimulatedReceivers, { flush }: SettleRun): Origin {
  const { stream, readerId } = flush;
  const from = redriven();
  const reader = from === undefined ? readerId : DELIVERY_READER;
  const { isImpatient = false } = receiverShapeOf(stream.destination) ?? {};
  return { stream: `${stream.name}/${stream.generation}`, reader, from, isImpatient };
}

/** `undefined`: the call failed, and may have had its effect. */
async function answered<Answer>(
  call: Promise<Answer>,
): Promise<{ readonly answer: Answer } | undefined> {
  try {
    return { answer: await call };
  } catch (error) {
    if (error instanceof InjectedFault) return undefined;
    throw error;
  }
}

const isRefused = ({ record }: Passing) => REFUSED.test(recordOf(record.data));

const problemOf = (record: Passing): FailedDelivery | undefined =>
  isRefused(record) ? NO : undefined;

function byId(world: SimulatedReceivers): BatchSender {
  const { twins, faults, call } = world;
  return {
    ...SENDER,
    async send({ id, records, memo }, run) {
      if (memo !== undefined) {
        // It was acknowledged, or nobody knows any more.
        return faults.strikes("receiverForgets")
          ? { kind: "retry", error: BUSY }
          : { kind: "delivered" };
      }
      if (faults.strikes("receiverBusy")) return { kind: "retry", error: BUSY };
      if (records.length === 1 && isRefused(records[0]!)) return { kind: "failed", error: NO };
      const take = async () => twins.byId(id, originOf(world, run), records);
      if (!(await answered(call("receiver", `batch ${id.slice(0, 8)}`, take)))) {
        return { kind: "retry", error: BUSY, isAway: true };
      }
      return faults.strikes("receiverAwaits")
        ? { kind: "awaited", memo: { ack: 1 }, afterMs: 2000 }
        : { kind: "delivered" };
    },
  };
}

function byDocument(world: SimulatedReceivers): BatchSender {
  const { twins, faults, call } = world;
  return {
    ...SENDER,
    problemOf,
    async send({ records }, run) {
      const outcomes = records.map((): RecordOutcome =>
        faults.strikes("receiverBusy") ? { kind: "retry", error: BUSY } : { kind: "delivered" },
      );
      const taken = records.filter((_record, i) => outcomes[i]!.kind === "delivered");
      const take = async () => twins.byDocument(originOf(world, run), taken);
      return (await answered(call("receiver", "documents", take)))
        ? { kind: "each", records: outcomes }
        : { kind: "retry", error: BUSY, isAway: true };
    },
  };
}

function byPosition(world: SimulatedReceivers): BatchSender {
  const { twins, faults, call } = world;
  return {
    ...SENDER,
    problemOf,
    async send({ index, records }, run) {
      const away = { kind: "retry", error: BUSY, isAway: true } as const;
      const { flush } = run;
      const origin = originOf(world, run);
      const channel = [origin.stream, flush.readerId, flush.shardIndex].join(" ");
      const position = [flush.span.from.blockIndex, index]
        .map((number) => String(number).padStart(9, "0"))
        .join();
      const known = await answered(call("read", "position", async () => twins.position(channel)));
      if (known === undefined || faults.strikes("receiverBusy")) return away;
      if (position <= known.answer) return { kind: "delivered" };
      const take = async () => twins.byPosition(channel, position, origin, records);
      return (await answered(call("receiver", "append", take))) ? { kind: "delivered" } : away;
    },
  };
}

function byCommit(world: SimulatedReceivers): Receiver {
  const { twins, faults, call } = world;
  return {
    errorOutputType: "iceberg-failed",
    async settle(parcel, run) {
      const records: Passing[] = [];
      for (let index = 0; index < parcel.pieceCount; index += 1) {
        for (const record of await parcel.piece(index)) {
          if (!isRefused(record)) records.push(record);
          else if (run.state === undefined) run.fail(record, NO);
        }
      }
      if (run.state === undefined && (await run.save({ fileCount: 1 })) === "fenced") {
        return { kind: "fenced" };
      }
      if (faults.strikes("receiverBusy")) return { kind: "retry", error: BUSY };
      const take = async () =>
        twins.byCommit(run.flush.idOf("commit"), originOf(world, run), records);
      return (await answered(call("receiver", "commit", take)))
        ? { kind: "settled" }
        : { kind: "retry", error: BUSY };
    },
  };
}

function byCopy({ twins, faults, call }: SimulatedReceivers): ObjectFollower {
  return {
    async settle(objects, run) {
      if (faults.strikes("receiverBusy")) return { kind: "retry", error: BUSY };
      const take = async () => twins.byCopy(run.flush.idOf("copy"), objects);
      if (!(await answered(call("receiver", "copy", take)))) return { kind: "retry", error: BUSY };
      if ((await run.save({ isCopied: true })) === "fenced") return { kind: "fenced" };
      return { kind: "settled" };
    },
    async givenUp(objects, run) {
      twins.byCopy(run.flush.idOf("copy"), objects);
    },
  };
}
