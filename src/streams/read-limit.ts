/**
 * AWS's limit on the readers of a shard, for those who want it: five calls and 2 MiB a second, all readers together.
 * What a call answers is counted afterwards, for nobody knows it before; so a large page takes the window of the
 * seconds that follow, too, until it is paid off.
 *
 *   second      0          1    2    3
 *   answered    5 MiB
 *   owed        5 MiB      3    1    0
 *   calls       1, then no      yes  yes
 *
 * https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
 */
import { type Clock, isOfEarlierClock } from "../clock.ts";
import {
  DRY_RUNS_PER_SECOND,
  SHARD_READ_MAX_BYTES_PER_SECOND,
  SHARD_READ_MAX_CALLS_PER_SECOND,
} from "../limits.ts";
import type { ShardKey } from "../log/store.ts";
import type { ReadWindow, ReadWindowStore } from "./store.ts";
import type { DataStream } from "./stream.ts";

export interface ReadLimitPorts {
  readonly readWindows: ReadWindowStore;
  readonly clock: Clock;
}

/** Counts a call; answers false when there are no more this second. */
export async function takeCall(
  { readWindows, clock }: ReadLimitPorts,
  shard: ShardKey,
  callsPerSecond = SHARD_READ_MAX_CALLS_PER_SECOND,
): Promise<boolean> {
  for (;;) {
    const standing = await readWindows.get(shard);
    const taken = withCall(standing, Math.floor(clock.now() / 1000), callsPerSecond);
    if (taken === undefined) return false;
    if ((await readWindows.replace(shard, standing, taken)) === "replaced") return true;
  }
}

/** Counts a dry run, of whatever operation; a stream's have a window of their own, beside those of its shards. */
export function takeDryRun(
  ports: ReadLimitPorts,
  { name, generation }: Pick<DataStream, "name" | "generation">,
): Promise<boolean> {
  const place = `kinesis/${name}/${generation}/dry-run` as ShardKey;
  return takeCall(ports, place, DRY_RUNS_PER_SECOND);
}

/** Counts what a call answered, against the window that stands by now. */
export async function countBytes(
  { readWindows }: ReadLimitPorts,
  shard: ShardKey,
  byteCount: number,
): Promise<void> {
  for (;;) {
    const standing = await readWindows.get(shard);
    if (standing === undefined) return;
    const counted = { ...standing, byteCount: standing.byteCount + byteCount };
    if ((await readWindows.replace(shard, standing, counted)) === "replaced") return;
  }
}

/** The window with one call more, or `undefined`. A clock that is ahead opens windows that the others then share. */
export function withCall(
  standing: ReadWindow | undefined,
  nowSecond: number,
  callsPerSecond = SHARD_READ_MAX_CALLS_PER_SECOND,
): ReadWindow | undefined {
  const window = windowAt(standing, nowSecond);
  const isFull =
    window.callCount >= callsPerSecond || window.byteCount >= SHARD_READ_MAX_BYTES_PER_SECOND;
  return isFull ? undefined : { ...window, callCount: window.callCount + 1 };
}

function windowAt(standing: ReadWindow | undefined, nowSecond: number): ReadWindow {
  const isNone =
    standing === undefined || isOfEarlierClock(standing.second * 1000, nowSecond * 1000, 0);
  if (isNone) return { second: nowSecond, callCount: 0, byteCount: 0 };
  const passedSeconds = nowSecond - standing.second;
  if (passedSeconds <= 0) return standing;
  const owed = standing.byteCount - passedSeconds * SHARD_READ_MAX_BYTES_PER_SECOND;
  return { second: nowSecond, callCount: 0, byteCount: Math.max(0, owed) };
}
