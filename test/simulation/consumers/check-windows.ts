/**
 * G11, tumbling windows: what an invocation is given as state was returned in this window before, holds no record
 * twice and none of the batch; and in the end each record that was handled in a window is in the state that its last
 * invocation was given. Simulated functions keep the records they have handled in their state.
 */
import type { Violation } from "../checker.ts";
import type { ConsumerEvent, ConsumerEventOf } from "./history.ts";

type Invoked = ConsumerEventOf<"invoked">;

/** One mapping's windows. */
interface Windows {
  maximumRetryCount: number;
  isLimited: boolean;
  isEnabled: boolean;
  /** By shard and begin: the states that were returned. */
  readonly returned: Map<string, Set<string>>;
  /** By shard and begin: how often the last invocation failed. */
  readonly lastFailures: Map<string, number>;
  /** By record: the shard and the begin of its window. */
  readonly handled: Map<string, string>;
  readonly failed: Set<string>;
  readonly closed: Set<string>;
}

export function checkWindows(
  events: readonly ConsumerEvent[],
  { retentionMs }: { readonly retentionMs: number },
): readonly Violation[] {
  const violations: Violation[] = [];
  const mappings = new Map<string, Windows>();
  const calls = new Map<number, Invoked>();
  const arrivedAtMs = new Map<string, number>();

  const endMs = events.at(-1)?.atMs ?? 0;

  function fail(message: string): void {
    violations.push({ guarantee: "G11", message });
  }

  for (const event of events) {
    if (event.kind === "mapping") noteMapping(event);
    else if (event.kind === "logged") {
      for (const { id } of event.records) arrivedAtMs.set(id, event.arrivedAtMs);
    } else if (event.kind === "invoked") checkState(event);
    else if (event.kind === "returned") noteOutcome(event, calls.get(event.call)!);
  }
  for (const [uuid, windows] of mappings) if (windows.isEnabled) checkClosed(uuid, windows);
  return violations;

  function noteMapping(event: ConsumerEventOf<"mapping">): void {
    const windows = mappings.get(event.mapping) ?? newWindows();
    mappings.set(event.mapping, windows);
    const { status, maximumRetryCount = Infinity, maximumAgeMs } = event;
    windows.maximumRetryCount = Math.min(windows.maximumRetryCount, maximumRetryCount);
    windows.isLimited ||= maximumAgeMs !== undefined;
    windows.isEnabled = status === "enabled";
  }

  function checkState(event: Invoked): void {
    const { call, mapping, records, state } = event;
    calls.set(call, event);
    if (state === undefined) return;
    const known = mappings.get(mapping)!.returned.get(windowOf(event));
    const isKnown = state.length === 0 || known?.has(state.join());
    if (!isKnown) fail(`call ${call} was given a state that was not returned: ${state.join()}`);
    const all = [...state, ...records];
    if (new Set(all).size < all.length) {
      fail(`call ${call} held ${records.join()} beside the state ${state.join()}`);
    }
  }

  function noteOutcome({ outcome }: ConsumerEventOf<"returned">, invoked: Invoked): void {
    const { mapping, records, state, window } = invoked;
    if (state === undefined || window === undefined) return;
    const { returned, lastFailures, handled, failed, closed } = mappings.get(mapping)!;
    const place = windowOf(invoked);
    if (outcome.kind === "failure") {
      if (window.isFinal) lastFailures.set(place, (lastFailures.get(place) ?? 0) + 1);
      for (const id of records) failed.add(id);
      return;
    }
    if (window.isFinal) {
      for (const id of state) closed.add(id);
      return;
    }
    const count = outcome.kind === "partial" ? outcome.count : records.length;
    for (const id of records.slice(count)) failed.add(id);
    for (const id of records.slice(0, count)) handled.set(id, place);
    const states = returned.get(place) ?? new Set();
    returned.set(place, states.add([...state, ...records.slice(0, count)].join()));
  }

  /** A record whose success was not heard of may have been given up afterwards, or have expired. */
  function checkClosed(uuid: string, windows: Windows): void {
    const { maximumRetryCount, isLimited, lastFailures, handled, failed, closed } = windows;
    for (const [id, place] of handled) {
      if ((arrivedAtMs.get(id) ?? endMs) + retentionMs / 2 < endMs) continue;
      if (closed.has(id) || failed.has(id) || isLimited) continue;
      if ((lastFailures.get(place) ?? 0) > maximumRetryCount) continue;
      fail(`${id} was in no state that ${uuid} was given at the end of ${place}`);
    }
  }
}

function windowOf({ shard, window }: Invoked): string {
  return `${shard} ${window?.start}`;
}

function newWindows(): Windows {
  return {
    maximumRetryCount: Infinity,
    isLimited: false,
    isEnabled: false,
    returned: new Map(),
    lastFailures: new Map(),
    handled: new Map(),
    failed: new Set(),
    closed: new Set(),
  };
}
