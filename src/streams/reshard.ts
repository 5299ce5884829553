/**
 * Resharding: parents are closed and their children opened while producers go on. The stream's item says what is
 * under way; every step can be repeated, by any process and by several at once, so that a reshard whose maker
 * died is finished by whoever meets it.
 *
 *   begin    item: the pending reshard, UPDATING            (conditional on the revision: one reshard at a time)
 *   replace  1 seal the parents    nothing is reserved there any more; their last block index is known
 *            2 add the children    producers that were turned away find them here
 *            3 close the parents   each names its children; readers that drained it go on to them, for which they are rung
 *   advance  item: the next pending reshard of a scaling, or ACTIVE
 *
 * The order is the guarantee. A child takes records only when its parents have stopped to, so that per key all of
 * a parent's records come before all of a child's; and a parent says that it is closed only when its children can
 * be named to its readers. Between 1 and 2 the parents' keys have no shard for a moment, hence scalings go in
 * small waves.
 */
import type { Clock } from "../clock.ts";
import { RESHARD_BUDGET_MS, RESHARD_GRACE_MS, SHARD_FORGOTTEN_AFTER_MS } from "../limits.ts";
import type { LogStore } from "../log/store.ts";
import { inTurns } from "./in-turns.ts";
import { childIndexes } from "./lineage.ts";
import { retentionMs } from "./retention.ts";
import { nextWave } from "./scaling-wave.ts";
import { openShards } from "./shard-map.ts";
import type { Reshard } from "./split-and-merge.ts";
import type { StreamStore } from "./store.ts";
import {
  type DataStream,
  dataShardKey,
  openShardCountOf,
  type PendingReshard,
  type Scaling,
  type Shard,
} from "./stream.ts";

export interface ReshardPorts {
  readonly dataStreams: StreamStore;
  readonly log: Pick<LogStore, "ring">;
  readonly clock: Clock;
  /** How long the change shows as UPDATING after all is done. */
  readonly transitionDelayMs: number;
}

/**
 * Notes the reshard on the stream. `undefined` when the stream was changed since it was read: nothing was begun,
 * and what was planned may be wrong by now.
 */
export async function beginReshard(
  ports: ReshardPorts,
  stream: DataStream,
  reshard: Reshard,
  scaling?: Scaling,
): Promise<DataStream | undefined> {
  if (stream.pendingReshard !== undefined) return undefined;
  const begun = withPending(stream, scaling ? { ...reshard, scaling } : reshard, ports.clock.now());
  return (await ports.dataStreams.update(begun)) === "updated" ? begun : undefined;
}

/**
 * Does whatever is missing of the pending reshard, and of what follows it. A long scaling is left between two waves
 * when its time is over, and is continued by the next one who meets it: a call must be answered, and between waves
 * all is in place. `undefined` when the stream is gone.
 */
export async function resumeReshard(
  ports: ReshardPorts,
  stream: DataStream,
  giveUpAtMs = ports.clock.now() + RESHARD_BUDGET_MS,
): Promise<DataStream | undefined> {
  let current: Progress | undefined = { stream };
  while (current?.stream.pendingReshard !== undefined && current.stream.status !== "DELETING") {
    current = await finishPending(ports, current, current.stream.pendingReshard);
    if (ports.clock.now() >= giveUpAtMs) break;
  }
  return current?.stream;
}

interface Progress {
  readonly stream: DataStream;
  /** Those that were open when the pending reshard was begun; absent: they have to be asked for. */
  readonly open?: readonly Shard[];
}

async function finishPending(
  ports: ReshardPorts,
  { stream, open }: Progress,
  pending: PendingReshard,
): Promise<Progress | undefined> {
  try {
    await replaceShards(ports, stream, pending);
  } catch (error) {
    const standing = await ports.dataStreams.get(stream.name);
    // A stream that is deleted meanwhile loses its shards under our hands.
    if (standing?.generation === stream.generation && standing.status !== "DELETING") throw error;
    return afterConflict(ports, stream, standing);
  }
  let latest = stream;
  for (;;) {
    const advanced = await advance(ports, { stream: latest, ...(open && { open }) }, pending);
    if ((await ports.dataStreams.update(advanced.stream)) === "updated") return advanced;
    const standing = await ports.dataStreams.get(stream.name);
    const isStillPending =
      standing?.generation === stream.generation &&
      standing.status !== "DELETING" &&
      isSame(standing.pendingReshard, pending);
    if (!isStillPending) return afterConflict(ports, stream, standing);
    latest = standing;
  }
}

async function replaceShards(
  { dataStreams, log, clock }: ReshardPorts,
  stream: DataStream,
  { parentIndexes, children }: PendingReshard,
): Promise<void> {
  const ends = await inTurns(parentIndexes, async (index) => ({
    index,
    ...(await dataStreams.seal(stream, index)),
  }));
  const atMs = clock.now();
  await dataStreams.addShards(stream, children);
  const childrenOf = childIndexes(children);
  await inTurns(ends, async ({ index, finalBlockIndex }) => {
    const closed = { atMs, finalBlockIndex, childIndexes: childrenOf.get(index) ?? [] };
    await dataStreams.close(stream, index, closed);
    await log.ring(dataShardKey(stream, index), atMs);
  });
}

/** The stream once `pending` is done: with the scaling's next wave pending, or ACTIVE. */
async function advance(
  { dataStreams, clock, transitionDelayMs }: ReshardPorts,
  { stream, open }: Progress,
  { parentIndexes, children, scaling }: PendingReshard,
): Promise<Progress> {
  const { pendingReshard: _, ...rest } = stream;
  const nextShardIndex = Math.max(stream.nextShardIndex, ...children.map(({ index }) => index + 1));
  const nowMs = clock.now();
  const forgottenAtMs = nowMs + retentionMs(stream) + SHARD_FORGOTTEN_AFTER_MS;
  const pruneAtMs = Math.min(stream.pruneAtMs ?? Infinity, forgottenAtMs);
  const opened = children.filter(({ closed }) => closed === undefined);
  const openShardCount = openShardCountOf(stream) - parentIndexes.length + opened.length;
  const done: DataStream = { ...rest, nextShardIndex, openShardCount, pruneAtMs };
  if (scaling !== undefined) {
    const left = open?.filter(({ index }) => !parentIndexes.includes(index));
    const openNow = left ? [...left, ...opened] : openShards(await dataStreams.shards(stream));
    const wave = nextWave(openNow, scaling, { nextIndex: nextShardIndex, nowMs });
    // Steps do not grow while others are done, so what was begun is never too large.
    if (wave === "too-large") throw new Error(`cannot go on scaling ${stream.name}`);
    if (wave !== undefined) {
      return { stream: withPending(done, { ...wave, scaling }, nowMs), open: openNow };
    }
  }
  const settledAtMs = nowMs + transitionDelayMs;
  return { stream: { ...done, revision: stream.revision + 1, status: "ACTIVE", settledAtMs } };
}

/** Its maker has it to itself until `settledAtMs`. */
function withPending(
  stream: DataStream,
  pendingReshard: PendingReshard,
  nowMs: number,
): DataStream {
  return {
    ...stream,
    revision: stream.revision + 1,
    status: "UPDATING",
    settledAtMs: nowMs + RESHARD_GRACE_MS,
    pendingReshard,
  };
}

/** Somebody else finished it, or the stream is gone: then what we wrote after its shards were removed goes, too. */
async function afterConflict(
  { dataStreams }: ReshardPorts,
  stream: DataStream,
  standing: DataStream | undefined,
): Promise<Progress | undefined> {
  if (standing?.generation === stream.generation) return { stream: standing };
  await dataStreams.remove(stream);
  return undefined;
}

/** Indexes are never used twice. */
function isSame(one: PendingReshard | undefined, other: PendingReshard): boolean {
  return one?.children[0]?.index === other.children[0]?.index;
}
