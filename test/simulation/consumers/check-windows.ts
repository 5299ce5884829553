/**
 * G11, tumbling windows: what an invocation is given as state was returned in this window before, holds no record
 * twice and none of the batch; and in the end each record that was handled in a window is in the state that its last
 * invocation was given. Simulated functions keep the records they have handled in their state. When windows are
 * switched off, those that are open have no last invocation.
 */
import type { Check, Part } from "./checker.ts";
import type { ConsumerEventOf } from "./history.ts";
import { isWanted, type Mapping } from "./mapping-book.ts";

type Invoked = ConsumerEventOf<"invoked">;

/** One mapping's windows. */
interface Windows {
  /** By shard and begin: the states that were returned. */
  readonly returned: Map<string, Set<string>>;
  /** By shard and begin: how often the last invocation failed. */
  readonly lastFailures: Map<string, number>;
  /** By record: the invocation that handled it in a window. */
  readonly handled: Map<string, Invoked>;
  readonly failed: Set<string>;
  readonly closed: Set<string>;
  /** By shard: the last run that knew of no windows. An invocation of an earlier one may end behind it. */
  readonly withoutWindows: Map<number, number>;
}

export function checkWindows({ log, book, fail, options: { retentionMs } }: Check) {
  const mappings = new Map<string, Windows>();

  function windowsOf(mapping: string): Windows {
    const windows = mappings.get(mapping) ?? newWindows();
    mappings.set(mapping, windows);
    return windows;
  }

  function checkState(event: Invoked, state: readonly string[]): void {
    const { call, mapping, records } = event;
    const known = windowsOf(mapping).returned.get(windowOf(event));
    const isKnown = state.length === 0 || known?.has(state.join());
    if (!isKnown) {
      fail("G11", `call ${call} was given a state that was not returned: ${state.join()}`);
    }
    const all = [...state, ...records];
    if (new Set(all).size < all.length) {
      fail("G11", `call ${call} held ${records.join()} beside the state ${state.join()}`);
    }
  }

  /** A record whose success was not heard of may have been given up afterwards, or not be wanted any more. */
  function checkClosed(mapping: Mapping, windows: Windows, endMs: number): void {
    const { lastFailures, handled, failed, closed } = windows;
    const { maximumRetryCount, maximumAgeMs, revisions } = mapping;
    for (const [id, invoked] of handled) {
      const rec = log.records.get(id);
      if (rec === undefined || closed.has(id) || failed.has(id)) continue;
      if (book.isGone(rec) || rec.arrivedAtMs + retentionMs / 2 < endMs) continue;
      if (maximumAgeMs < Infinity || ![...revisions.values()].every((by) => isWanted(by, rec)))
        continue;
      const place = windowOf(invoked);
      if ((lastFailures.get(place) ?? 0) > maximumRetryCount) continue;
      fail("G11", `${id} was in no state that ${mapping.uuid} was given at the end of ${place}`);
    }
  }

  return {
    visitor: {
      leased(event) {
        const { handled, closed, withoutWindows } = windowsOf(event.mapping);
        if (book.goesBy(event).windowSeconds > 0) return;
        withoutWindows.set(event.shard, event.epoch);
        for (const [id, { shard }] of handled) {
          if (shard === event.shard && !closed.has(id)) handled.delete(id);
        }
      },

      invoked(event) {
        if (event.state) checkState(event, event.state);
      },

      returned({ call, outcome }) {
        const invoked = book.callOf(call);
        const { mapping, records, state, window } = invoked;
        const windows = windowsOf(mapping);
        const { returned, lastFailures, handled, failed, closed, withoutWindows } = windows;
        const place = windowOf(invoked);
        if (outcome.kind === "failure") {
          if (window?.isFinal) lastFailures.set(place, (lastFailures.get(place) ?? 0) + 1);
          for (const id of records) failed.add(id);
          return;
        }
        const count = outcome.kind === "partial" ? outcome.count : records.length;
        const succeeded = records.slice(0, count);
        for (const id of records.slice(count)) failed.add(id);
        if (state === undefined || window === undefined) {
          for (const id of succeeded) handled.delete(id);
          return;
        }
        if (window.isFinal) {
          for (const id of state) closed.add(id);
          return;
        }
        const isOutlived = (withoutWindows.get(invoked.shard) ?? 0) > invoked.epoch;
        if (!isOutlived) for (const id of succeeded) handled.set(id, invoked);
        const states = returned.get(place) ?? new Set();
        returned.set(place, states.add([...state, ...succeeded].join()));
      },
    },

    finish(endMs) {
      for (const [uuid, windows] of mappings) {
        const mapping = book.mappings.get(uuid)!;
        if (mapping.facts.status === "enabled") checkClosed(mapping, windows, endMs);
      }
    },
  } satisfies Part;
}

function windowOf({ shard, window }: Invoked): string {
  return `${shard} ${window?.start}`;
}

function newWindows(): Windows {
  return {
    returned: new Map(),
    lastFailures: new Map(),
    handled: new Map(),
    failed: new Set(),
    closed: new Set(),
    withoutWindows: new Map(),
  };
}
