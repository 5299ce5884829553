/** The user's function, well-behaved or not, behind the invoker's port. */
import type { FunctionInvoker } from "../../src/delivery/ports.ts";
import type { Random } from "../../src/random.ts";
import type { Faults } from "./faults.ts";
import { partitionKeys, recordOf, transformed } from "./payload.ts";
import type { Process, Scheduler } from "./scheduler.ts";

interface TransformEvent {
  readonly records: readonly { readonly recordId: string; readonly data: string }[];
}

interface ReturnedRecord {
  readonly recordId: string;
  readonly result: "Ok" | "Dropped" | "ProcessingFailed";
  readonly data: string;
  readonly metadata?: { readonly partitionKeys: object };
}

const FUNCTION_PREFIX = "arn:aws:lambda:us-east-1:000000000000:function:";
export const FUNCTION_ARN = `${FUNCTION_PREFIX}transform`;
/** Lets few records fail, until somebody mends it. */
export const FLAWED_FUNCTION_ARN = `${FUNCTION_PREFIX}flawed`;
const FLAWED = /[248]\.\d$/;

/** The code of the user's flawed function, which he may mend. */
export interface UsersCode {
  isMended: boolean;
}

export interface FunctionOptions {
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly random: Random;
  readonly usersCode: UsersCode;
  readonly onDropped: (record: string) => void;
}

const SLOW_MAX_MS = 40_000;

/** Records whose name ends so are dropped by every well-behaved answer. */
const DROPPED = /7\.0$/;

export function invokerOf(process: Process, options: FunctionOptions): FunctionInvoker {
  const { scheduler, faults, random } = options;
  return {
    invoke: (functionArn, payload) =>
      new Promise((resolve) => {
        const answer = () => {
          if (faults.strikes("functionTimedOut"))
            return resolve({ kind: "failed", timedOut: true, message: "Task timed out after 3 s" });
          if (faults.strikes("functionFailed"))
            return resolve({ kind: "failed", timedOut: false, message: "thrown by the function" });
          if (faults.strikes("functionOversized"))
            return resolve({ kind: "failed", timedOut: false, message: "Response too large" });
          const isFlawed = functionArn === FLAWED_FUNCTION_ARN && !options.usersCode.isMended;
          const event = JSON.parse(payload) as TransformEvent;
          const records = transformRecords(event, isFlawed, options);
          resolve({ kind: "returned", payload: JSON.stringify({ records }) });
        };
        const delayMs = faults.strikes("functionSlow") ? random.fraction() * SLOW_MAX_MS : 0;
        scheduler.after(process, delayMs, "the function answers", answer);
      }),
  };
}

function transformRecords(
  { records }: TransformEvent,
  isFlawed: boolean,
  { faults, random, onDropped }: FunctionOptions,
): readonly ReturnedRecord[] {
  const isFickle = faults.strikes("functionFickle");
  const returned: ReturnedRecord[] = [];
  for (const { recordId, data } of records) {
    const record = recordOf(Buffer.from(data, "base64"));
    if (faults.strikes("functionWrongIds")) {
      if (random.fraction() < 0.5) continue;
      returned.push({ recordId: `${recordId}?`, result: "Ok", data });
    }
    if (DROPPED.test(record)) {
      returned.push({ recordId, result: "Dropped", data: "" });
      onDropped(record);
    } else if ((isFlawed && FLAWED.test(record)) || (isFickle && random.fraction() < 0.5)) {
      returned.push({ recordId, result: "ProcessingFailed", data: "" });
    } else {
      const comment = isFickle ? `x${"y".repeat(random.fraction() * 20)}` : "x";
      const bytes = Buffer.from(transformed(record, comment));
      const draw = isFickle ? Math.floor(random.fraction() * 3) : undefined;
      const metadata = { partitionKeys: partitionKeys(record, draw) };
      returned.push({ recordId, result: "Ok", data: bytes.toString("base64"), metadata });
    }
  }
  return returned;
}
