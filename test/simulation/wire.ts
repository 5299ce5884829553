/**
 * Between a process and everything outside it. Every call is two choice points, one before its effect and one
 * before its answer, and faults strike at the first.
 */
import type { Random } from "../../src/random.ts";
import { WORKER_ATTEMPTS } from "../../src/storage/clients.ts";
import { StoreThrottled } from "../../src/storage/memory/capacity.ts";
import { isBusy } from "../../src/storage/memory/limited.ts";
import { type FaultName, type Faults, InjectedFault } from "./faults.ts";
import type { Process, Scheduler } from "./scheduler.ts";

/** Faults that fit a kind of call: which of them refuse it, hide its answer, or carry it out twice. */
interface CallFaults {
  readonly refused: readonly FaultName[];
  readonly answerLost: readonly FaultName[];
  readonly repeated: readonly FaultName[];
  readonly straggling: readonly FaultName[];
  readonly late: readonly FaultName[];
}

const STORE: CallFaults = {
  refused: ["refused"],
  answerLost: ["answerLost"],
  repeated: ["repeated"],
  straggling: ["straggling"],
  late: ["late"],
};
const READ: CallFaults = {
  refused: ["refused"],
  answerLost: [],
  repeated: [],
  straggling: [],
  late: [],
};

export const CALL_FAULTS = {
  read: READ,
  log: STORE,
  checkpoint: { ...STORE, refused: ["refused", "throttledCheckpoint"] },
  plan: {
    ...STORE,
    refused: ["refused", "throttledPlan"],
    straggling: ["straggling", "stragglingPlan"],
  },
  queue: STORE,
  /** One try, see `eventBridgeClient`. */
  rule: { ...STORE, repeated: [], straggling: [], late: [] },
  objects: {
    refused: ["s3Refused", "s3Conflict"],
    answerLost: ["s3TimedOut"],
    repeated: ["s3Repeated"],
    straggling: ["straggling"],
    late: ["late"],
  },
  /** Calls of minutes ago must not make anew what was removed since: no network keeps them that long. */
  mapping: { ...STORE, straggling: [], late: [] },
  destination: {
    ...STORE,
    refused: ["destinationRefused"],
    answerLost: ["destinationUnheard"],
  },
  receiver: {
    refused: ["receiverAway"],
    answerLost: ["receiverUnheard"],
    repeated: [],
    straggling: ["receiverStraggles"],
    late: ["receiverLate"],
  },
  /** Of the one who sets the scene: the order is by chance, nothing fails, and a busy store is asked again. */
  safe: { refused: [], answerLost: [], repeated: [], straggling: [], late: [] },
} as const satisfies Record<string, CallFaults>;

/** Of the clients that are not prompt: `src/storage/clients.ts`, and the SDK's standard retry strategy. */
const SDK_ATTEMPTS = 4;
const SDK_THROTTLED_BASE_MS = 1000;
const SDK_DELAY_MAX_MS = 20_000;
const WORKERS = /^(deliver|consume)#/;
const BUSY_RETRY_MS = 500;
const REPEAT_MAX_MS = 15_000;
const LATE_MAX_MS = 20_000;
const STRAGGLING_MAX_MS = 60_000;

/** What a call failed with whose client had sent it twice. */
const repeatedly = new WeakSet<Error>();

/** Whether the client inside had sent a call again that failed so: of the first attempt nobody knows. */
export function isOfRepeated(error: unknown): boolean {
  return error instanceof Error && repeatedly.has(error);
}

export type CallKind = keyof typeof CALL_FAULTS;

/** They read so much in a moment that they stand in their own way, and ask again, as the SDK does. */
const READ_MUCH = /^(sweep|pauser)#/;

const isPatient = ({ name }: Process, kind: CallKind) =>
  kind === "safe" || (kind === "read" && READ_MUCH.test(name));

export interface Wire {
  call<Answer>(
    process: Process,
    kind: CallKind,
    label: string,
    effect: () => Promise<Answer>,
  ): Promise<Answer>;
  /** Calls made so far: in AWS, each is billed. */
  callCount(): number;
}

export interface WireOptions {
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly random: Random;
  /** Whether clients repeat what was refused for its rate, as the SDK's do; the prompt calls tell of it as an answer. */
  readonly repeatsThrottled: boolean;
}

export function createWire({ scheduler, faults, random, repeatsThrottled }: WireOptions): Wire {
  function struck(names: readonly FaultName[]): FaultName | undefined {
    return names.find((name) => faults.strikes(name));
  }

  let callCount = 0;

  return {
    callCount: () => callCount,
    call(process, kind, label, effect) {
      callCount += 1;
      const kinds: CallFaults = CALL_FAULTS[kind];
      return new Promise((resolve, reject) => {
        const answer = (text: string, act: () => void) =>
          scheduler.add(process, `${label}: ${text}`, act);
        const fails = (fault: FaultName) =>
          answer(fault, () => reject(new InjectedFault(`${label}: ${fault}`)));
        /** Whether the client inside has sent it before: of that attempt nobody knows. */
        let isRepeated = false;
        const carryOut = (repeatCount = 0): Promise<unknown> =>
          effect().then(
            (value) => answer("answers", () => resolve(value)),
            (error: unknown) => {
              if (isRepeated && error instanceof Error) repeatedly.add(error);
              if (!isBusy(error)) return answer("throws", () => reject(error));
              if (repeatsThrottled && error instanceof StoreThrottled) {
                const attempts = WORKERS.test(process.name) ? WORKER_ATTEMPTS : SDK_ATTEMPTS;
                if (repeatCount < attempts - 1) {
                  const mostMs = Math.min(
                    2 ** repeatCount * SDK_THROTTLED_BASE_MS,
                    SDK_DELAY_MAX_MS,
                  );
                  const delayMs = random.fraction() * mostMs;
                  const again = () => void carryOut(repeatCount + 1);
                  return void scheduler.after(process, delayMs, `${label}, again`, again);
                }
              }
              if (!isPatient(process, kind) || repeatsThrottled)
                return answer("busy", () => reject(new InjectedFault(label)));
              scheduler.after(process, BUSY_RETRY_MS, `${label}, again`, () => void carryOut());
            },
          );
        const unheard = () => void effect().catch(() => {});

        scheduler.add(
          process,
          label,
          () => {
            const refused = struck(kinds.refused);
            if (refused) return fails(refused);
            const lost = struck(kinds.answerLost);
            if (lost) {
              unheard();
              return fails(lost);
            }
            if (struck(kinds.repeated)) {
              unheard();
              isRepeated = true;
              const delayMs = random.fraction() < 0.5 ? 0 : random.fraction() * REPEAT_MAX_MS;
              return void scheduler.after(
                process,
                delayMs,
                `${label}, repeated`,
                () => void carryOut(),
              );
            }
            const late = struck(kinds.late);
            if (late) {
              const delayMs = random.fraction() * LATE_MAX_MS;
              scheduler.after(undefined, delayMs, `${label}, late`, unheard);
              return fails(late);
            }
            if (struck(kinds.straggling)) {
              isRepeated = true;
              const delayMs = random.fraction() * STRAGGLING_MAX_MS;
              scheduler.after(undefined, delayMs, `${label}, straggling`, unheard);
            }
            void carryOut();
          },
          unheard,
        );
      });
    },
  };
}

/** The wire as one process uses it. */
export type Call = <Answer>(
  kind: CallKind,
  label: string,
  effect: () => Promise<Answer>,
) => Promise<Answer>;

export function callsFrom(process: Process, wire: Wire): Call {
  return (kind, label, effect) => wire.call(process, kind, label, effect);
}
