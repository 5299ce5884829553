/**
 * Brings records into a stream without loss: what is refused for now is put again, for as long as the function may run;
 * what the stream will never take is kept aside; and whatever is neither stored nor kept is told to be left, so that the
 * source brings it again. Calls are named after what is in them, so that what comes again is the same call, and stored once:
 *
 *     a, b, c ──▶ call(a, b, c): a stands, b and c are refused ──▶ call(b, c): all stand
 *     again, after a crash: the proof of call(a, b, c) says the same, and so does that of call(b, c)
 *
 * For that a batch is left as a whole, or not at all: its source then begins again where the call began.
 */
import type { Clock } from "../clock.ts";
import { derivedUuid } from "../derived-uuid.ts";
import { serviceError, ServiceError } from "../errors.ts";
import {
  BRIDGE_PAUSE_MAX_MS,
  BRIDGE_PAUSE_MIN_MS,
  BRIDGE_SEQUENCES_AT_ONCE_MAX_COUNT,
} from "../limits.ts";
import type { Random } from "../random.ts";
import type { Brought, Sequence } from "./brought.ts";
import type { BridgeTarget } from "./target.ts";

/** Where records are kept that the stream never takes. */
export type KeepAside = (item: Brought, reason: string) => Promise<void>;

export interface CarryPorts {
  readonly target: BridgeTarget;
  readonly keepAside: KeepAside;
  readonly clock: Clock;
  readonly random: Random;
}

export interface CarryOptions {
  /** Names its calls apart from those of other bridges. */
  readonly bridge: string;
  /** No attempt is begun from then on. */
  readonly deadlineMs: number;
}

export interface Carried {
  readonly storedCount: number;
  readonly keptCount: number;
  /** What the source is to bring again. */
  readonly left: readonly Brought[];
  /** Why anything is left: the first reason. */
  readonly error?: unknown;
}

export async function carry(
  ports: CarryPorts,
  sequences: readonly Sequence[],
  options: CarryOptions,
): Promise<Carried> {
  const carried: Carried[] = [];
  let next = 0;
  const work = async () => {
    for (let i = next++; i < sequences.length; i = next++) {
      carried[i] = await carrySequence(ports, sequences[i]!, options);
    }
  };
  const workerCount = Math.min(BRIDGE_SEQUENCES_AT_ONCE_MAX_COUNT, sequences.length);
  await Promise.all(Array.from({ length: workerCount }, work));
  return joined(carried);
}

function joined(carried: readonly Carried[]): Carried {
  const error = carried.find((one) => one.error !== undefined)?.error;
  return {
    storedCount: carried.reduce((sum, { storedCount }) => sum + storedCount, 0),
    keptCount: carried.reduce((sum, { keptCount }) => sum + keptCount, 0),
    left: carried.flatMap(({ left }) => left),
    ...(error !== undefined && { error }),
  };
}

async function carrySequence(
  ports: CarryPorts,
  { items, isBatch }: Sequence,
  options: CarryOptions,
): Promise<Carried> {
  let refusals: readonly (string | undefined)[];
  try {
    refusals = await ports.target.refusals(items);
  } catch (error) {
    return { storedCount: 0, keptCount: 0, left: items, error };
  }
  const fitting = items.filter((_, i) => refusals[i] === undefined);
  const refused = items.flatMap((item, i) => {
    const reason = refusals[i];
    return reason === undefined ? [] : [{ item, reason }];
  });
  const kept = await keepAll(ports, refused);
  const units = isBatch ? cut(fitting, ports.target) : fitting.map((item) => [item]);
  let storedCount = 0;
  for (const [at, unit] of units.entries()) {
    const error = await putUnit(ports, unit, options);
    if (error === undefined) {
      storedCount += unit.length;
      continue;
    }
    const left = units.slice(at).flat();
    return joined([kept, { storedCount, keptCount: 0, left, error }]);
  }
  return joined([kept, { storedCount, keptCount: 0, left: [] }]);
}

async function keepAll(
  { keepAside }: CarryPorts,
  refused: readonly { readonly item: Brought; readonly reason: string }[],
): Promise<Carried> {
  const left: Brought[] = [];
  let firstError: unknown;
  for (const { item, reason } of refused) {
    try {
      await keepAside(item, reason);
    } catch (error) {
      left.push(item);
      firstError ??= error;
    }
  }
  const keptCount = refused.length - left.length;
  return { storedCount: 0, keptCount, left, ...(left.length > 0 && { error: firstError }) };
}

/** Into calls, by what is in them alone, so that the same items are always cut in the same way. */
function cut(items: readonly Brought[], target: BridgeTarget): readonly (readonly Brought[])[] {
  const { callMaxCount, callMaxBytes } = target;
  const units: Brought[][] = [];
  let byteCount = Infinity;
  for (const item of items) {
    const bytes = target.bytesOf(item);
    byteCount += bytes;
    const last = units.at(-1);
    if (last !== undefined && last.length < callMaxCount && byteCount <= callMaxBytes) {
      last.push(item);
    } else {
      units.push([item]);
      byteCount = bytes;
    }
  }
  return units;
}

/** @returns why some of it may not be stored; `undefined`: all of it is */
async function putUnit(
  { target, clock, random }: CarryPorts,
  unit: readonly Brought[],
  { bridge, deadlineMs }: CarryOptions,
): Promise<unknown> {
  let rest = unit;
  let attempt = 1;
  for (let round = 0; ; round++) {
    const invocationId = derivedUuid("bridge", bridge, ...rest.map(({ id }) => id));
    let error: unknown = BUSY;
    try {
      const results = await target.put(rest, { invocationId, attempt });
      if (results.includes("unknown")) attempt++;
      else {
        rest = rest.filter((_, i) => results[i] !== "stored");
        attempt = 1;
      }
    } catch (thrown) {
      error = thrown;
      attempt++;
    }
    if (rest.length === 0) return undefined;
    const pause = pauseMs(round, random);
    if (isFinal(error) || clock.now() + pause >= deadlineMs) return error;
    await clock.sleep(pause);
  }
}

const BUSY = serviceError("ServiceUnavailableException", "The stream was busy for too long.");

/** What no attempt changes: a stream that is not there, or a right that is missing. */
function isFinal(error: unknown): boolean {
  return error instanceof ServiceError && error.row.fault === "client" && !error.row.retryable;
}

/** Doubling, with jitter. */
function pauseMs(round: number, random: Random): number {
  const ms = Math.min(BRIDGE_PAUSE_MIN_MS * 2 ** Math.min(round, 30), BRIDGE_PAUSE_MAX_MS);
  return Math.round(ms * (0.5 + random.fraction() / 2));
}
