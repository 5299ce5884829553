/** What a fault run is asked to do. */
import { parseArgs } from "node:util";

export interface FaultOptions {
  readonly durationMs: number;
  readonly seed: number;
  /** Keep the stack's data even if all went well. */
  readonly keepsData: boolean;
  /** Whether the stack's DynamoDB has the limits of AWS's. */
  readonly capacity: Capacity;
  /** So much into one stream that it needs several lanes, and until it has one again. */
  readonly isAboutLanes: boolean;
  /** Twenty changes of where and how is delivered to, while records come and the stack dies. */
  readonly isAboutUpdates: boolean;
  /** Records that fail, redriven while the stack dies, several redrives at once. */
  readonly isAboutRedrives: boolean;
}

export type Capacity = "off" | "aws";

export const HELP = `Kills and starves a real stack while producers write, then counts every record.

  npm run test:faults -- [options]

  --seconds N    how long faults are injected (60)
  --minutes N    the same in minutes
  --seed N       the seed of the fault plan and of what is sent (by chance)
  --capacity aws with the limits of DynamoDB, as npm start has them (off)
  --lanes        large records into one stream, a kill and a restart; ends when its lanes have become one again
  --updates      two streams whose destinations change twenty times meanwhile, in all that an update can change
  --redrives     three streams of which records fail, mended and spoiled meanwhile, and redriven all the time
  --keep         keep the stack's data and the history afterwards; a failed run always does
  --help         this text
`;

const DEFAULT_SECONDS = 60;

/** `undefined`: the help was asked for. `freshSeed` is taken when none is given. */
export function readOptions(args: readonly string[], freshSeed: number): FaultOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: "string" },
      minutes: { type: "string" },
      seed: { type: "string" },
      capacity: { type: "string" },
      lanes: { type: "boolean" },
      updates: { type: "boolean" },
      redrives: { type: "boolean" },
      keep: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return undefined;
  const seconds =
    positive("--seconds", values.seconds) ??
    60 * (positive("--minutes", values.minutes) ?? DEFAULT_SECONDS / 60);
  return {
    durationMs: 1000 * seconds,
    seed: Math.floor(positive("--seed", values.seed) ?? freshSeed),
    keepsData: values.keep ?? false,
    capacity: readCapacity(values.capacity),
    isAboutLanes: values.lanes ?? false,
    isAboutUpdates: values.updates ?? false,
    isAboutRedrives: values.redrives ?? false,
  };
}

export function readCapacity(text = "off"): Capacity {
  if (text !== "off" && text !== "aws") {
    throw new Error(`--capacity must be off or aws, got ${text}`);
  }
  return text;
}

function positive(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${name} must be a number above 0, got ${text}`);
  return value;
}
