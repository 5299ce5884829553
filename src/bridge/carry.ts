/**
 * Brings records into a stream without loss: what is refused for now is put again, for as long as the function may run;
 * what the stream will never take is kept aside; and whatever is neither stored nor kept is told to be left, so that the
 * source brings it again. Calls are named after what is in them, so that what comes again is the same call, and stored once:
 *
 *     a, b, c ──▶ call(a, b, c): a stands, b and c are refused ──▶ call(b, c): all stand
 *     again, after a crash: the proof of call(a, b, c) says the same, and so does that of call(b, c)
 *
 * For that the records of a call are left as a whole, or not at all: a batch then begins again where a call began.
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
  const { target } = ports;
  const asked = await patiently(ports, options, () => target.refusals(items));
  if (asked.kind === "left")
    return { storedCount: 0, keptCount: 0, left: items, error: asked.error };
  const reasons = asked.value;
  const kept = await keepAll(
    ports,
    items.flatMap((item, i) => {
      const reason = reasons[i];
      return reason === undefined ? [] : [{ item, reason }];
    }),
    options,
  );
  // Its source would begin again amid a call.
  if (isBatch && kept.left.length > 0) return { ...kept, left: items };
  const fitting = items.filter((_, i) => reasons[i] === undefined);
  const units = isBatch ? cut(fitting, target) : fitting.map((item) => [item]);
  let storedCount = 0;
  for (const [at, unit] of units.entries()) {
    const put = await putUnit(ports, unit, options);
    if (put.kind === "left") {
      const left = units.slice(at).flat();
      return joined([kept, { storedCount, keptCount: 0, left, error: put.error }]);
    }
    storedCount += unit.length;
  }
  return joined([kept, { storedCount, keptCount: 0, left: [] }]);
}

async function keepAll(
  ports: CarryPorts,
  refused: readonly { readonly item: Brought; readonly reason: string }[],
  options: CarryOptions,
): Promise<Carried> {
  for (const [keptCount, { item, reason }] of refused.entries()) {
    const kept = await patiently(ports, options, () =>
      ports.keepAside(item, reason).then(() => true),
    );
    if (kept.kind === "done") continue;
    const left = refused.slice(keptCount).map((one) => one.item);
    return { storedCount: 0, keptCount, left, error: kept.error };
  }
  return { storedCount: 0, keptCount: refused.length, left: [] };
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

function putUnit(
  ports: CarryPorts,
  unit: readonly Brought[],
  options: CarryOptions,
): Promise<Patience<true>> {
  let rest = unit;
  let attempt = 1;
  return patiently(ports, options, async () => {
    const ids = rest.map(({ id }) => id);
    const invocationId = derivedUuid("bridge", options.bridge, ...ids);
    const results = await ports.target.put(rest, { invocationId, attempt: attempt++ });
    if (results.includes("unknown")) return undefined;
    rest = rest.filter((_, i) => results[i] !== "stored");
    attempt = 1;
    return rest.length === 0 ? true : undefined;
  });
}

type Patience<Value> =
  | { readonly kind: "done"; readonly value: Value }
  /** No attempt was, or will be: the last one's reason. */
  | { readonly kind: "left"; readonly error: unknown };

/** Tries again, with pauses that double, for as long as there is time. @param attempt `undefined`: not yet */
export async function patiently<Value>(
  { clock, random }: Pick<CarryPorts, "clock" | "random">,
  { deadlineMs }: Pick<CarryOptions, "deadlineMs">,
  attempt: () => Promise<Value | undefined>,
): Promise<Patience<Value>> {
  let error: unknown = BUSY;
  for (let round = 0; clock.now() < deadlineMs; round++) {
    try {
      const value = await attempt();
      if (value !== undefined) return { kind: "done", value };
      error = BUSY;
    } catch (thrown) {
      error = thrown;
      if (isFinal(thrown)) break;
    }
    const pause = pauseMs(round, random);
    if (clock.now() + pause >= deadlineMs) break;
    await clock.sleep(pause);
  }
  return { kind: "left", error };
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
