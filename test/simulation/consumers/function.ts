/**
 * The functions of the mappings, each well-behaved or not, and what stands between them and the consumer. A function
 * runs in a process of its own: it goes on when the consumer that waits for it dies.
 */
import type { BatchInvoker, BatchResult, FailureDestination } from "../../../src/consumer/ports.ts";
import type { FailedBatch } from "../../../src/consumer/failure-document.ts";
import type { Process } from "../scheduler.ts";
import type { LoggedRecord, Outcome } from "./history.ts";
import { type EventRecord, usersIn } from "./payload.ts";
import type { WitnessedRun } from "./run-witness.ts";
import type { ConsumerWorld } from "./world.ts";

/** How a mapping's function behaves for as long as it stands. */
export interface FunctionShape {
  /** Its name is the same for all mappings of that number. */
  readonly number: number;
  readonly reportsItemFailures: boolean;
  /** So often it fails with a record that is poison; for ever: `Infinity`. */
  readonly poisonCount: number;
  /** It names poison by itself rather than throw. */
  readonly namesPoison: boolean;
}

interface FunctionEvent {
  readonly Records: readonly EventRecord[];
  readonly window?: { readonly start: string };
  readonly state?: { readonly ids?: readonly string[] };
  readonly isFinalInvokeForWindow?: boolean;
}

/** What a function is sent, with the user records in each of its records. */
interface Received extends Pick<FunctionEvent, "window" | "state"> {
  readonly isFinal: boolean;
  readonly records: readonly {
    readonly sequenceNumber: string;
    readonly users: readonly LoggedRecord[];
  }[];
}

interface Answer {
  readonly outcome: Outcome;
  readonly result: BatchResult;
}

const SLOW_MAX_MS = 40_000;
const TIMED_OUT_AFTER_MS = 3000;

export function invokerOf(
  process: Process,
  witnessed: WitnessedRun,
  world: ConsumerWorld,
): BatchInvoker {
  const { scheduler, faults, random, note } = world;
  return {
    invoke: (_functionArn, payload) =>
      new Promise((resolve) => {
        const answer = (text: string, result: BatchResult) =>
          scheduler.add(process, `the function ${text}`, () => resolve(result));
        const run = (onEnd: (result: BatchResult) => void) => {
          const received = receive(payload, world);
          const call = world.nextCall();
          note({ kind: "invoked", call, ...witnessed, ...described(received) });
          const isTimedOut = faults.strikes("functionTimedOut");
          const slowMs = faults.strikes("functionSlow") ? random.fraction() * SLOW_MAX_MS : 0;
          const durationMs = slowMs + (isTimedOut ? TIMED_OUT_AFTER_MS : 0);
          scheduler.after(undefined, durationMs, `call ${call} ends`, () => {
            const { outcome, result } = isTimedOut
              ? failed("Task timed out after 3.00 seconds")
              : behave(witnessed.mapping, received, world);
            note({ kind: "returned", call, outcome });
            onEnd(result);
          });
        };
        scheduler.add(
          process,
          "invoke",
          () => {
            if (faults.strikes("functionThrottled")) {
              return answer("is throttled", refused("TooManyRequests", "Rate exceeded"));
            }
            const isLost = faults.strikes("invocationLost");
            if (isLost) answer("is not heard", refused("ConnectionFailed", "socket hang up"));
            run(isLost ? () => {} : (result) => answer("answers", result));
          },
          () => run(() => {}),
        );
      }),
  };
}

function receive(payload: string, { places }: ConsumerWorld): Received {
  const { Records, isFinalInvokeForWindow: isFinal = false, ...rest } = parseEvent(payload);
  const records = Records.map((record) => ({
    sequenceNumber: record.kinesis.sequenceNumber,
    users: usersIn(record, places),
  }));
  return { ...rest, isFinal, records };
}

function parseEvent(payload: string): FunctionEvent {
  return JSON.parse(payload) as FunctionEvent;
}

function idsOf(records: Received["records"]): readonly string[] {
  return records.flatMap(({ users }) => users.map(({ id }) => id));
}

function described({ records, window, isFinal, state }: Received) {
  return {
    records: idsOf(records),
    recordCount: records.length,
    ...(window && { window: { start: window.start, isFinal }, state: state?.ids ?? [] }),
  };
}

const FACTS = { requestId: "request", statusCode: 200, executedVersion: "$LATEST" };

function refused(code: string, message: string): BatchResult {
  return { kind: "refused", code: `Lambda.${code}`, message };
}

function failed(message: string): Answer {
  const result = { kind: "failed", functionError: "Unhandled", message, facts: FACTS } as const;
  return { outcome: { kind: "failure" }, result };
}

function behave(mapping: string, received: Received, world: ConsumerWorld): Answer {
  const { faults, random } = world;
  const { records, window, state } = received;
  const shape = world.functions.get(mapping)!;
  if (faults.strikes("functionFailed")) return failed("thrown by the function");
  // It meets all of them at once: were it one at a time, many would block their shard for hours.
  const poisoned = records
    .map(({ users }) => users.filter((user) => isPoison(mapping, user, shape, world)).length > 0)
    .indexOf(true);
  if (poisoned >= 0 && !shape.namesPoison) return failed("cannot digest it");
  if (!shape.reportsItemFailures) return returned(records.length);
  if (faults.strikes("functionConfused")) {
    const batchItemFailures = [{ itemIdentifier: "unknown" }];
    const result = {
      kind: "returned",
      payload: json({ batchItemFailures }),
      facts: FACTS,
    } as const;
    return { outcome: { kind: "failure" }, result };
  }
  const isFickle = records.length > 0 && faults.strikes("functionPartial");
  const fickle = isFickle ? Math.floor(random.fraction() * records.length) : -1;
  const named = [poisoned, fickle].filter((index) => index >= 0);
  if (named.length === 0) return returned(records.length);
  // Records of one aggregate share their number: the first of them is meant.
  const { sequenceNumber } = records[Math.min(...named)]!;
  return returned(records.findIndex((record) => record.sequenceNumber === sequenceNumber));

  function returned(count: number): Answer {
    const isWhole = count === records.length;
    const handled = idsOf(records.slice(0, count));
    const response = {
      ...(window && { state: { ids: [...(state?.ids ?? []), ...handled] } }),
      ...(!isWhole && {
        batchItemFailures: [{ itemIdentifier: records[count]!.sequenceNumber }],
      }),
    };
    return {
      outcome: isWhole ? { kind: "success" } : { kind: "partial", count: handled.length },
      result: { kind: "returned", payload: json(response), facts: FACTS },
    };
  }
}

const json = (value: object) => JSON.stringify(value);

/** Most poison is digested in the end. */
function isPoison(
  mapping: string,
  { id, kind }: LoggedRecord,
  { poisonCount }: FunctionShape,
  { tastes }: ConsumerWorld,
): boolean {
  if (kind !== "poison") return false;
  const taste = `${mapping} ${id}`;
  const count = tastes.get(taste) ?? 0;
  tastes.set(taste, count + 1);
  return count < poisonCount;
}

type ReportedRecords = { readonly payload: { readonly Records: readonly EventRecord[] } };
type Condition = FailedBatch["condition"];

/** Queue and bucket in one: what is told of a failure is durable when it is noted. */
export function destinationOf(
  process: Process,
  witnessed: WitnessedRun,
  { wire, note, places }: ConsumerWorld,
): FailureDestination {
  return {
    report: (destination, { document, object }) =>
      wire.call(process, "destination", "report", async () => {
        const { requestContext, KinesisBatchInfo: batch } = JSON.parse(document) as {
          requestContext: { condition: Condition; approximateInvokeCount: number };
          KinesisBatchInfo: {
            batchSize: number;
            startSequenceNumber: string;
            endSequenceNumber: string;
          };
        };
        const { Records } = (JSON.parse(object.body) as ReportedRecords).payload;
        const [first, last] = [Records[0]!.kinesis, Records.at(-1)!.kinesis];
        if (
          batch.batchSize !== Records.length ||
          batch.startSequenceNumber !== first.sequenceNumber ||
          batch.endSequenceNumber !== last.sequenceNumber
        ) {
          throw new Error(`the report says ${document} and holds ${Records.length} records`);
        }
        const { condition, approximateInvokeCount: invokeCount } = requestContext;
        const records = Records.flatMap((record) => usersIn(record, places).map(({ id }) => id));
        note({
          kind: "reported",
          ...witnessed,
          destination,
          condition,
          invokeCount,
          records,
          recordCount: Records.length,
        });
      }),
  };
}
