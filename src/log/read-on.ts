/**
 * Reading a shard in order, over whatever is missing. A reader passes an index that it cannot see in two cases only: a
 * tombstone stands there, or no write to it can be accepted any more (`aged.ts`). Before anything else it waits, and then
 * closes the hole with a tombstone under the same write-once condition that the writer uses, so that exactly one of the
 * two stands.
 *
 * Holes come in crowds, so they are waited for together: the reader looks at all that is missing up to where it wants to
 * read, waits the fill timeout once from that look, and closes exactly those of them that stayed away.
 */
import type { Clock } from "../clock.ts";
import { HOLE_FILL_TIMEOUT_MS, HOLE_POLL_INTERVAL_MS } from "../limits.ts";
import { agedBeforeMs, arrivedBefore, isBehindAged, isWholeBefore } from "./aged.ts";
import { lifetimeMs } from "./lifetime.ts";
import type { LogEntry, LogStore, ReadRange, ShardHead, ShardKey } from "./store.ts";

/** From `index` to `to`, exclusive, nothing stands that can be read, and nothing ever will. */
export interface Gone {
  readonly kind: "gone";
  readonly index: number;
  readonly to: number;
}

/**
 * What a reader would wait for now: `holes`: what something stands behind; `all`: the last that was reserved as well,
 * whose writers are most likely at work.
 */
export type Patience = "nothing" | "holes" | "all";

export interface ReadOnPorts {
  readonly log: Pick<LogStore, "read" | "fill" | "lastMark" | "nextMark">;
  readonly clock: Clock;
}

export interface ReadOnOptions {
  readonly shard: ShardKey;
  readonly from: number;
  /** Read before; what was reserved since is not looked at. */
  readonly head: ShardHead;
  /** How much the reader wants, about; holes behind that are left to the next. */
  readonly byteCount: number;
  /** Asked whenever something is missing; the reading ends when the answer is not enough. */
  readonly patience: () => Patience;
  /** What arrived before cannot be read any more, so that it need not be looked for. */
  readonly horizonMs: number;
  /** Tombstones live as long as the records around them. */
  readonly retentionMs: number;
  /** Ends then, once it has passed anything at all; absent: never. */
  readonly deadlineMs?: number;
}

/** How many tombstones are written at once. */
const FILL_CONCURRENCY = 25;
/** How much later those are tried again that could not be closed: limits of DynamoDB are of a second. */
const FILL_AGAIN_MS = 1000;
/** How many holes are closed together, so that memory and time stay bounded whatever is missing. */
const HOLES_MAX_COUNT = 10_000;
/** How many indexes are asked for at once, so that over an empty stretch it is seen how far the reading came. */
const STRETCH_BLOCKS = 10_000;

/** The entries of a shard from an index on, and in their place among them what is gone. */
export async function* readOn(
  ports: ReadOnPorts,
  options: ReadOnOptions,
): AsyncGenerator<LogEntry | Gone, undefined> {
  const { log, clock } = ports;
  const { shard, from, head, deadlineMs = Number.POSITIVE_INFINITY } = options;
  let next = from;
  let agedBelow = 0;
  let look: Look | undefined;
  while (next < head.blockIndex && (next === from || clock.now() < deadlineMs)) {
    const to = Math.min(head.blockIndex, next + STRETCH_BLOCKS);
    const beforeMs = agedBeforeMs(clock.now());
    if (isWholeBefore(head, beforeMs)) agedBelow = head.blockIndex;
    let isEmpty = true;
    for await (const entry of log.read({ shard, from: next, to })) {
      if (entry.index > next) {
        if (isBehindAged(entry, beforeMs)) agedBelow = Math.max(agedBelow, entry.index);
        if (agedBelow < entry.index) break;
        yield { kind: "gone", index: next, to: entry.index };
      }
      isEmpty = false;
      yield entry;
      next = entry.index + 1;
    }
    let goneTo = Math.min(to, agedBelow);
    if (next < goneTo) {
      // What has expired may be millions.
      const at = { shard, head, from: goneTo };
      if (isEmpty) goneTo = Math.max(goneTo, await arrivedBefore(log, at, options.horizonMs));
      yield { kind: "gone", index: next, to: goneTo };
      next = goneTo;
    }
    if (next >= to) continue;

    const patience = options.patience();
    if (patience === "nothing") return;
    if (look === undefined || next >= look.to) {
      const fillAtMs = clock.now() + HOLE_FILL_TIMEOUT_MS;
      const sight = await lookAhead(ports, options, next);
      agedBelow =
        sight.agedBelow ?? (await arrivedBefore(log, { shard, head, from: next }, beforeMs));
      if (next < agedBelow) continue;
      const lookedTo = patience === "holes" ? sight.visibleTo : sight.to;
      if (lookedTo <= next) return;
      look = { to: lookedTo, fillAtMs };
    }
    await settle(ports, options, next, look);
  }
}

/** All that is missing below `to` was missing, and reserved, when it was looked at, the fill timeout before `fillAtMs`. */
interface Look {
  readonly to: number;
  readonly fillAtMs: number;
}

interface Sight {
  /** How far the look went. */
  readonly to: number;
  /** Behind the last entry that was seen; nothing was when that is where the look began. */
  readonly visibleTo: number;
  /** Below it, all is aged; absent: nothing that was seen says so. */
  readonly agedBelow?: number;
}

/** Looks from a hole on as far as the reader wants to read, or until the hole turns out to be aged. */
async function lookAhead(
  { log, clock }: ReadOnPorts,
  { shard, head, byteCount }: ReadOnOptions,
  from: number,
): Promise<Sight> {
  let next = from;
  let visibleTo = from;
  let holeCount = 0;
  let firstOffset: number | undefined;
  while (next < head.blockIndex && holeCount < HOLES_MAX_COUNT) {
    const to = Math.min(head.blockIndex, next + STRETCH_BLOCKS);
    const beforeMs = agedBeforeMs(clock.now());
    for await (const entry of log.read({ shard, from: next, to })) {
      if (isBehindAged(entry, beforeMs)) return { to, visibleTo, agedBelow: entry.index };
      holeCount += entry.index - next;
      next = entry.index + 1;
      visibleTo = next;
      if (entry.kind === "tombstone") continue;
      firstOffset ??= entry.byteOffset;
      const isEnough = entry.byteOffset + entry.byteCount - firstOffset >= byteCount;
      if (isEnough || holeCount >= HOLES_MAX_COUNT) return { to: next, visibleTo };
    }
    holeCount += to - next;
    next = to;
  }
  return { to: next, visibleTo };
}

/** Returns as soon as the first hole shows, or once all of the look that stayed away are closed. */
async function settle(
  { log, clock }: ReadOnPorts,
  { shard, retentionMs, deadlineMs = Number.POSITIVE_INFINITY }: ReadOnOptions,
  from: number,
  { to, fillAtMs }: Look,
): Promise<void> {
  for (let nowMs = clock.now(); nowMs < fillAtMs; nowMs = clock.now()) {
    await clock.sleep(Math.min(HOLE_POLL_INTERVAL_MS, fillAtMs - nowMs));
    if ((await missingIn(log, { shard, from, to: from + 1 })).length === 0) return;
  }
  let holes = await missingIn(log, { shard, from, to });
  for (let isFirst = true; holes.length > 0; isFirst = false) {
    const options = { shard, retentionMs, deadlineMs };
    const { left, error } = await closeAll({ log, clock }, options, holes);
    if (left.length === 0) return;
    const isOver = clock.now() >= deadlineMs;
    // What is closed can be passed.
    if (isOver && left[0] !== holes[0]) return;
    // A table that is too busy for all of them takes the rest later; to look and to wait anew would keep it busier.
    const isGettingOn = isFirst || left.length < holes.length;
    if (isOver || !isGettingOn) throw error;
    await clock.sleep(FILL_AGAIN_MS);
    holes = left;
  }
}

/**
 * Answers those that are not closed, in order, and why the last could not be of those that were tried. Once the time is
 * over no more are begun: each may take long that a busy table refuses.
 */
async function closeAll(
  { log, clock }: Pick<ReadOnPorts, "log" | "clock">,
  {
    shard,
    retentionMs,
    deadlineMs,
  }: { readonly shard: ShardKey; readonly retentionMs: number; readonly deadlineMs: number },
  holes: readonly number[],
): Promise<{ readonly left: readonly number[]; readonly error?: unknown }> {
  const left: number[] = [];
  let error: unknown;
  for (let i = 0; i < holes.length; i += FILL_CONCURRENCY) {
    if (i > 0 && clock.now() >= deadlineMs) {
      left.push(...holes.slice(i));
      break;
    }
    const expiresAtMs = clock.now() + lifetimeMs(retentionMs);
    await Promise.all(
      holes.slice(i, i + FILL_CONCURRENCY).map((index) =>
        log.fill(shard, index, expiresAtMs).catch((reason: unknown) => {
          left.push(index);
          error = reason;
        }),
      ),
    );
  }
  return { left: left.toSorted((a, b) => a - b), error };
}

async function missingIn(
  log: ReadOnPorts["log"],
  { shard, from, to }: ReadRange,
): Promise<readonly number[]> {
  const missing: number[] = [];
  let next = from;
  for await (const { index } of log.read({ shard, from, to })) {
    for (; next < index; next++) missing.push(next);
    next = index + 1;
  }
  for (; next < to; next++) missing.push(next);
  return missing;
}
