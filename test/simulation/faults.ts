/**
 * Everything that goes wrong, by name. Each run draws from its seed which faults it has and how often; `max` is
 * the highest chance, per step for the faults marked so and per occasion for all others.
 */
import type { Random } from "../../src/random.ts";

interface Fault {
  readonly max: number;
  readonly means: string;
  /** The one world in which it happens. */
  readonly only?: WorldName;
}

/** Receivers are in the world of deliveries, and draw their faults apart. */
export type WorldName = "delivery" | "consumers" | "receivers";

const TABLE = {
  // Processes, per step
  crash: {
    max: 0.004,
    means: "a process dies between two steps; what was on the wire may still happen",
  },
  doorbellDies: { max: 0.03, means: "the doorbell's process dies between two steps" },
  freeze: { max: 0.005, means: "a process stands still for 0.5 s to 2 h, then goes on" },
  impatience: { max: 0.05, means: "time passes although something is pending" },
  stray: { max: 0.002, means: "another code path wakes a reader as well" },
  ttl: { max: 0.002, means: "expired entries vanish, also in the middle of a read" },
  recreate: { max: 0.0006, means: "the stream is deleted and created again under its name" },
  lanesOpened: {
    max: 0.01,
    only: "delivery",
    means: "a stream gets one to three more lanes, whatever its load",
  },
  lanesTended: {
    max: 0.02,
    only: "delivery",
    means: "another sweep looks at the lanes, finds them too many and has little patience",
  },
  updated: {
    max: 0.004,
    only: "delivery",
    means: "a stream is told to deliver elsewhere, otherwise and at other times",
  },
  tagged: {
    max: 0.01,
    only: "delivery",
    means: "somebody sets, removes or lists tags of a stream, beside all who change it otherwise",
  },
  paused: {
    max: 0.003,
    only: "delivery",
    means: "a stream is paused for up to five minutes, in which it delivers nothing",
  },
  encrypted: {
    max: 0.006,
    only: "delivery",
    means: "a stream's records are encrypted from now on, under another key, or not any more",
  },
  keyRefused: {
    max: 0.003,
    only: "delivery",
    means: "a key of encrypted streams cannot be used for up to two minutes",
  },
  bucketCloses: {
    max: 0.004,
    only: "delivery",
    means: "the bucket that a stream delivers to refuses all calls for up to five minutes",
  },
  replayed: {
    max: 0.003,
    only: "delivery",
    means:
      "a part of a stream's log, or all, is delivered once more, elsewhere and otherwise, and some of that stopped",
  },
  redriven: {
    max: 0.006,
    only: "delivery",
    means:
      "somebody redrives a stream's failed records, twice at times, has their objects tagged or moved, and stops some of that",
  },
  located: {
    max: 0.004,
    only: "delivery",
    means: "somebody asks where the records of a producer's call are",
  },
  outage: {
    max: 0.0002,
    means: "nothing moves for about as long as records are kept, or their blocks",
  },
  silence: { max: 0.0004, means: "nothing moves for one to four hours" },
  writersDie: { max: 0.002, means: "a crowd of writers dies, each with its place taken" },
  // Drawn once per process
  skew: { max: 1, means: "a process's clock is wrong by up to 15 min" },
  // Any call to a store
  refused: { max: 0.04, means: "a call fails before it has an effect" },
  answerLost: { max: 0.04, means: "a call takes effect and its answer is lost" },
  repeated: { max: 0.04, means: "the client repeats a call inside, its first answer being lost" },
  straggling: {
    max: 0.04,
    means: "the client repeats a call inside, and the first one arrives later",
  },
  stragglingPlan: { max: 0.4, means: "as straggling, for plans" },
  late: { max: 0.02, means: "a call is given up and takes effect later" },
  writerStalls: { max: 0.06, means: "a writer stands still between taking its place and writing" },
  fillerStalls: {
    max: 0.5,
    means: "a reader stands still between giving up a hole and closing it",
  },
  // Throttling
  throttledCounter: { max: 0.1, means: "the shard's counter is too busy" },
  throttledLog: { max: 0.1, means: "the log is too busy for a block" },
  throttledProof: { max: 0.1, means: "the state table is too busy for a call's proof" },
  throttledCheckpoint: { max: 0.1, means: "leases and checkpoints cannot be written" },
  throttledPlan: { max: 0.1, means: "plans cannot be written" },
  // Wake-ups
  doorbellLost: {
    max: 0.3,
    means: "the table's stream stays silent about a write until all faults are over",
  },
  doorbellDoubled: { max: 0.3, means: "the table's stream tells of a write twice" },
  doorbellLate: { max: 0.3, means: "a doorbell rings up to a minute later, after others" },
  timerLost: { max: 0.2, means: "a wake-up message is lost" },
  timerDoubled: { max: 0.2, means: "a wake-up message is delivered twice, at once or in turn" },
  timerEarly: { max: 0.2, means: "a wake-up message shows before its delay is over" },
  // S3
  s3Refused: { max: 0.2, only: "delivery", means: "S3 answers 500 or 503" },
  s3TimedOut: { max: 0.1, only: "delivery", means: "S3 commits and the answer does not arrive" },
  s3Conflict: { max: 0.1, only: "delivery", means: "S3 answers 409 to a conditional write" },
  s3Repeated: {
    max: 0.1,
    only: "delivery",
    means: "the client repeats a write inside and meets its own object: 412",
  },
  // The transform
  functionTimedOut: { max: 0.2, means: "the function runs into its time limit" },
  functionFailed: { max: 0.2, means: "the function throws" },
  functionOversized: { max: 0.1, only: "delivery", means: "the function's answer is too large" },
  functionSlow: { max: 0.3, means: "the function takes up to 40 s" },
  functionWrongIds: {
    max: 0.2,
    only: "delivery",
    means: "ids are missing, doubled or unknown in the answer",
  },
  functionFickle: {
    max: 1,
    only: "delivery",
    means: "the function answers differently every time",
  },
  // Between client and service
  requestLost: { max: 0.1, means: "a request never arrives" },
  requestLate: { max: 0.1, means: "a request arrives after its client gave up" },
  responseLost: { max: 0.1, means: "the answer does not reach the client" },
  // The functions of mappings, and what is told of their failures
  functionThrottled: { max: 0.2, only: "consumers", means: "Lambda refuses to run the function" },
  functionPartial: {
    max: 0.2,
    only: "consumers",
    means: "the function names a record that failed, of no fault of its own",
  },
  functionConfused: {
    max: 0.1,
    only: "consumers",
    means: "the function names a failed record that it was not sent",
  },
  invocationLost: {
    max: 0.1,
    only: "consumers",
    means: "the function runs and its answer is lost",
  },
  destinationRefused: {
    max: 0.3,
    only: "consumers",
    means: "a report of failures fails before it is there",
  },
  destinationUnheard: {
    max: 0.2,
    only: "consumers",
    means: "a report of failures is there and its answer is lost",
  },
  // What takes records in S3's place
  receiverAway: { max: 0.3, only: "receivers", means: "a receiver is not there" },
  receiverUnheard: {
    max: 0.3,
    only: "receivers",
    means: "a receiver takes what it is sent and its answer is lost",
  },
  receiverLate: {
    max: 0.2,
    only: "receivers",
    means: "what a receiver is sent arrives after the sender gave up",
  },
  receiverStraggles: {
    max: 0.3,
    only: "receivers",
    means: "the client repeats a request inside, and the first one arrives later",
  },
  receiverBusy: {
    max: 0.4,
    only: "receivers",
    means: "a receiver refuses a batch or a record for now",
  },
  receiverAwaits: { max: 0.6, only: "receivers", means: "a receiver acknowledges a batch later" },
  receiverForgets: {
    max: 0.5,
    only: "receivers",
    means: "a receiver never acknowledges a batch that it took",
  },
} as const satisfies Readonly<Record<string, Fault>>;

export type FaultName = keyof typeof TABLE;
export const FAULTS: Readonly<Record<FaultName, Fault>> = TABLE;
export const FAULT_NAMES = Object.keys(TABLE) as FaultName[];

/** Each world draws its own, so that a new fault in one leaves the runs of the other as they are. */
export function faultsOf(world: WorldName): readonly FaultName[] {
  return FAULT_NAMES.filter((name) => {
    const { only } = FAULTS[name];
    return world === "receivers" ? only === world : (only ?? world) === world;
  });
}

/**
 * - `calm`: nothing goes wrong, only the order of events is by chance
 * - `prompt`: only what the service must put right by itself within seconds
 * - `rough`: about half of all faults
 */
export type Weather = "calm" | "prompt" | "rough";

export type FaultRates = Readonly<Record<FaultName, number>>;

/** In prompt weather wake-ups must still be answered in time, so nothing is lost and S3 soon recovers. */
const PROMPT: Partial<Record<FaultName, number>> = {
  doorbellDies: 0.03,
  encrypted: 0.006,
  paused: 0.003,
  doorbellDoubled: 0.3,
  s3Refused: 0.2,
  writersDie: 0.002,
};
/** How often S3 refuses in prompt weather: four back-offs in a row are over well before the sweep. */
const PROMPT_REFUSED_MAX_COUNT = 4;

export function weatherOf(seed: number): Weather {
  if (seed % 10 === 0) return "calm";
  return seed % 10 === 5 ? "prompt" : "rough";
}

export function drawRates(
  weather: Weather,
  random: Random,
  names: readonly FaultName[],
): FaultRates {
  const rates = names.map((name) => {
    const isOn = random.fraction() < 0.5;
    const rate = random.fraction() * FAULTS[name].max;
    if (weather === "rough") return [name, isOn ? rate : 0];
    return [name, weather === "prompt" ? (PROMPT[name] ?? 0) : 0];
  });
  const none = FAULT_NAMES.map((name) => [name, 0] as const);
  return Object.fromEntries([...none, ...rates]) as FaultRates;
}

export interface Faults {
  readonly rates: FaultRates;
  /** Whether it happens now; never again once faults are switched off. */
  strikes(name: FaultName): boolean;
  isOn(): boolean;
  switchOff(): void;
  /** How often each has struck. */
  readonly counts: Record<FaultName, number>;
}

/** Thrown by faults; every other error that reaches an actor's end is a finding. */
export class InjectedFault extends Error {
  override readonly name = "InjectedFault";
}

export function createFaults(rates: FaultRates, weather: Weather, random: Random): Faults {
  const isSpent = (name: FaultName) =>
    weather === "prompt" && name === "s3Refused" && counts[name] >= PROMPT_REFUSED_MAX_COUNT;
  const counts = Object.fromEntries(FAULT_NAMES.map((name) => [name, 0])) as Faults["counts"];
  let isOn = true;
  return {
    rates,
    counts,
    isOn: () => isOn,
    switchOff() {
      isOn = false;
    },
    strikes(name) {
      if (!isOn || rates[name] === 0 || isSpent(name)) return false;
      if (random.fraction() >= rates[name]) return false;
      counts[name] += 1;
      return true;
    },
  };
}
