/**
 * The life of a replay. Its item comes first, and says how far its parts were opened; then a part for each lane or shard
 * that holds records of the range, and a reader for the first of these. At a part's end comes the reader of the next one.
 * Every step can be repeated, by whoever meets a replay whose maker died or ran out of time.
 *
 * A part is noted as ended before its reader is removed, and the reader of an ended part, or of a replay that is over,
 * goes when it is woken. So one that is opened once too often reads nothing a second time.
 */
import type { Clock } from "../../clock.ts";
import {
  OWNER_TRIES_AGAIN_MS,
  PARTITIONED_SPAN_MAX_BYTES,
  REPLAY_READERS_MAX_COUNT,
  SETTLE_REPLAY_MAX_TRIES,
  SHARDS_AT_ONCE,
} from "../../limits.ts";
import type { LogStore, ShardKey } from "../../log/store.ts";
import type { ReaderStore, WakeRule } from "../../readers/store.ts";
import type { NoteSweepPorts } from "../../readers/sweep.ts";
import { inTurns } from "../../streams/in-turns.ts";
import { lifetimes } from "../../streams/lineage.ts";
import type { StreamStore } from "../../streams/store.ts";
import { dataShardKey } from "../../streams/stream.ts";
import { type DeliveryStream, type DeliveryTarget, laneKey } from "../delivery-stream.ts";
import type { DeliveryStreamStore } from "../ports.ts";
import { wakeRuleOf } from "../source/readers.ts";
import { dataSource, laneSource, type SourceShard } from "../source/shard.ts";
import { arrivalRange, onlyShard, partOf } from "./parts.ts";
import {
  isOver,
  type PartProgress,
  type Replay,
  type ReplayIdentity,
  type ReplayRange,
  replayReader,
} from "./replay.ts";
import type { ReplayStore } from "./store.ts";

export interface ReplayPorts {
  readonly replays: ReplayStore;
  readonly log: LogStore;
  readonly readers: Pick<ReaderStore<unknown>, "get" | "open" | "remove">;
  readonly deliveryStreams: Pick<DeliveryStreamStore, "get">;
  readonly dataStreams: Pick<StreamStore, "get" | "shards">;
  readonly clock: Clock;
}

/**
 * Its records wait for nothing: what a buffer holds is a matter of size alone. For partitions as much is read at once as
 * may be, for what waits of them is put down anew each time; but no more than a function gets through.
 */
export function replayWakeRule(target: DeliveryTarget): WakeRule {
  const { sizeBytes } = wakeRuleOf(target);
  const isAtOnce = target.partitioning !== undefined && target.transform === undefined;
  return {
    sizeBytes: isAtOnce ? Math.max(sizeBytes, PARTITIONED_SPAN_MAX_BYTES) : sizeBytes,
    intervalMs: 0,
  };
}

/** As much of the replay's state as can be settled now. Answers whether nothing is left for others to do. */
export async function settleReplay(
  ports: ReplayPorts,
  identity: ReplayIdentity,
  deadlineMs: number,
): Promise<boolean> {
  const { replays } = ports;
  const replay = await replays.get(identity);
  if (replay === undefined) {
    await replays.settled(identity);
    return true;
  }
  const stream = await streamOf(ports, replay);
  const isSettled =
    stream === undefined
      ? await abandon(ports, replay)
      : await settleStep(ports, stream, replay, deadlineMs);
  if (!isSettled) return false;
  if (replay.state !== "RUNNING") {
    await replays.settled(replay);
    return true;
  }
  // Who stops it meanwhile leaves it himself, and that stays.
  await replays.opened(replay);
  return (await replays.get(replay))?.state !== "STOPPING";
}

/**
 * What nobody came to while there was time, or failed at. Answers whether anything is left. One that cannot go on holds
 * none of the others, and is tried once more behind them: a busy table is ready again in a second, the next sweep comes
 * after a minute.
 */
export async function settleReplays(
  ports: ReplayPorts & Pick<NoteSweepPorts<never>, "reportFailure">,
  deadlineMs: number,
): Promise<boolean> {
  let isAnyLeft = false;
  let waiting = await ports.replays.left();
  for (let round = 1; waiting.length > 0; round++) {
    const failed: ReplayIdentity[] = [];
    for (const replay of waiting) {
      if (ports.clock.now() >= deadlineMs) return true;
      try {
        const isSettled = await settleReplay(ports, replay, deadlineMs);
        isAnyLeft ||= !isSettled;
      } catch (error) {
        ports.reportFailure(replayReader(replay), error);
        failed.push(replay);
      }
    }
    if (failed.length > 0 && round === SETTLE_REPLAY_MAX_TRIES) return true;
    if (failed.length > 0) await ports.clock.sleep(OWNER_TRIES_AGAIN_MS);
    waiting = failed;
  }
  return isAnyLeft;
}

/** Has it stopped, and answers it as it stands then. What is being written at that moment may still appear. */
export async function stopReplay(
  ports: ReplayPorts,
  identity: ReplayIdentity,
  deadlineMs: number,
): Promise<Replay | undefined> {
  const { replays } = ports;
  // First, for whoever finds it STOPPING must find the note of it, too.
  await replays.leave(identity);
  const standing = await changeReplay(ports, identity, (replay) =>
    replay.state === "RUNNING" ? { ...replay, state: "STOPPING" } : undefined,
  );
  if (standing?.state !== "STOPPING") {
    if (standing === undefined || isOver(standing)) await replays.settled(identity);
    return standing;
  }
  await settleReplay(ports, identity, deadlineMs);
  return replays.get(identity);
}

/** Gives a replay up that cannot go on. */
export async function failReplay(
  ports: ReplayPorts,
  identity: ReplayIdentity,
  message: string,
): Promise<void> {
  const atMs = ports.clock.now();
  const failed = await changeReplay(ports, identity, (replay) =>
    replay.state === "RUNNING"
      ? { ...replay, state: "FAILED", endedAtMs: atMs, failure: { message, atMs } }
      : undefined,
  );
  const stream = failed && (await streamOf(ports, failed));
  if (failed && stream) await removeReaders(ports, stream, failed);
}

/** With its stream gone a replay has nothing to read. */
export async function stopReplaysOf(ports: ReplayPorts, stream: DeliveryStream): Promise<void> {
  const { name: streamName, generation } = stream;
  const standing = await ports.replays.list({ streamName, generation });
  await inTurns(
    standing.filter((replay) => !isOver(replay)),
    async (replay) => {
      await removeReaders(ports, stream, replay);
      await abandon(ports, replay);
    },
  );
}

/** Opens the readers whose turn has come, and notes that the replay is done when no part is left. */
export async function goOn(
  ports: ReplayPorts,
  stream: DeliveryStream,
  identity: ReplayIdentity,
): Promise<void> {
  const replay = await ports.replays.get(identity);
  if (replay?.state !== "RUNNING") return;
  const left = (await ports.replays.parts(replay)).filter(({ hasEnded }) => !hasEnded);
  if (left.length === 0) {
    if (replay.openedBelow === undefined) await complete(ports, replay);
    return;
  }
  await inTurns(left.slice(0, REPLAY_READERS_MAX_COUNT), (part) =>
    openReader(ports, stream, replay, part),
  );
}

async function complete(ports: ReplayPorts, replay: Replay): Promise<void> {
  const endedAtMs = ports.clock.now();
  await changeReplay(ports, replay, (standing) =>
    standing.state === "RUNNING" ? { ...standing, state: "COMPLETED", endedAtMs } : undefined,
  );
}

async function settleStep(
  ports: ReplayPorts,
  stream: DeliveryStream,
  replay: Replay,
  deadlineMs: number,
): Promise<boolean> {
  switch (replay.state) {
    case "RUNNING": {
      const isOpen = await openParts(ports, stream, replay, deadlineMs);
      await goOn(ports, stream, replay);
      return isOpen;
    }
    case "STOPPING": {
      await removeReaders(ports, stream, replay);
      const endedAtMs = ports.clock.now();
      await changeReplay(ports, replay, (standing) =>
        standing.state === "STOPPING" ? { ...standing, state: "STOPPED", endedAtMs } : undefined,
      );
      return true;
    }
    case "STOPPED":
    case "COMPLETED":
    case "FAILED":
      return true;
  }
}

/** Answers whether all stand. */
async function openParts(
  ports: ReplayPorts,
  stream: DeliveryStream,
  replay: Replay,
  deadlineMs: number,
): Promise<boolean> {
  const { openedBelow } = replay;
  if (openedBelow === undefined) return true;
  const sources = await sourcesOf(ports, stream, replay.range);
  if (sources === undefined) {
    await failReplay(ports, replay, SOURCE_GONE);
    return true;
  }
  const opened = new Set((await ports.replays.parts(replay)).map(({ part }) => part.shardIndex));
  const left = sources.filter(({ index }) => index >= openedBelow && !opened.has(index));
  for (let i = 0; i < left.length || i === 0; i += SHARDS_AT_ONCE) {
    if (i > 0 && ports.clock.now() >= deadlineMs) return false;
    await inTurns(left.slice(i, i + SHARDS_AT_ONCE), async (source) => {
      const part = await partOf(ports, source, replay.range);
      if (part !== undefined) await ports.replays.openPart(replay, part);
    });
    // After each turn, so that a busy table that refuses the next one does not undo this.
    const next = left[i + SHARDS_AT_ONCE]?.index;
    await changeReplay(ports, replay, ({ openedBelow: before = Infinity, ...rest }) => {
      // Somebody else may be further, or done.
      if (before >= (next ?? Infinity)) return undefined;
      return { ...rest, ...(next !== undefined && { openedBelow: next }) };
    });
  }
  return true;
}

export const SOURCE_GONE = "The source stream was deleted.";

/** Lanes or shards that may hold records of the range, in the order of their indexes; `undefined`: the source is gone. */
export async function sourcesOf(
  { dataStreams }: Pick<ReplayPorts, "dataStreams">,
  stream: DeliveryStream,
  range: ReplayRange,
): Promise<readonly SourceShard[] | undefined> {
  const only = onlyShard(range);
  const isAsked = ({ index }: Pick<SourceShard, "index">) => only === undefined || index === only;
  if (stream.source === undefined) {
    // Also of lanes that are gone: their blocks stand for as long as all others.
    const lanes = Array.from({ length: stream.lanes?.next ?? 0 }, (_, lane) => lane);
    return lanes.map((lane) => laneSource(stream, lane)).filter(isAsked);
  }
  const { streamName, streamGeneration } = stream.source;
  const source = await dataStreams.get(streamName);
  if (source?.generation !== streamGeneration) return undefined;
  const shards = await dataStreams.shards(source);
  const lives = lifetimes(shards);
  const { sinceMs = -Infinity } = arrivalRange(range);
  return shards
    .filter((shard) => isAsked(shard) && (lives.get(shard.index)?.untilMs ?? Infinity) >= sinceMs)
    .toSorted((a, b) => a.index - b.index)
    .map((shard) => dataSource(source, shard));
}

async function openReader(
  { readers, log, clock }: ReplayPorts,
  stream: DeliveryStream,
  replay: Replay,
  { part }: PartProgress,
): Promise<void> {
  const shard = keyOf(stream, part.shardIndex);
  const readerId = replayReader(replay);
  const standing = await readers.get(shard, readerId);
  // Of one that was never leased nobody may know: whoever opened it may have died before it was listed, or rung for.
  if (standing !== undefined && standing.epoch > 0) return;
  const wakeRule = replayWakeRule(replay.target);
  await readers.open(shard, readerId, { checkpoint: part.from, wakeRule });
  await log.ring(shard, clock.now());
}

async function removeReaders(
  { replays, readers }: ReplayPorts,
  stream: DeliveryStream,
  replay: ReplayIdentity,
): Promise<void> {
  const readerId = replayReader(replay);
  await inTurns(await replays.parts(replay), ({ part }) =>
    readers.remove(keyOf(stream, part.shardIndex), readerId),
  );
}

/** Answers true, for nothing is left to do. */
async function abandon(ports: ReplayPorts, replay: Replay): Promise<true> {
  const atMs = ports.clock.now();
  await changeReplay(ports, replay, (standing) =>
    isOver(standing)
      ? undefined
      : {
          ...standing,
          state: "FAILED",
          endedAtMs: atMs,
          failure: { message: "The delivery stream was deleted.", atMs },
        },
  );
  await ports.replays.settled(replay);
  return true;
}

/** `change` answers `undefined` where nothing is to be changed. Answers the replay as it stands then. */
async function changeReplay(
  { replays }: Pick<ReplayPorts, "replays">,
  identity: ReplayIdentity,
  change: (standing: Replay) => Replay | undefined,
): Promise<Replay | undefined> {
  for (;;) {
    const before = await replays.get(identity);
    const after = before && change(before);
    if (before === undefined || after === undefined) return before;
    if ((await replays.update(before, after)) === "updated") return after;
  }
}

async function streamOf(
  { deliveryStreams }: Pick<ReplayPorts, "deliveryStreams">,
  { streamName, generation }: ReplayIdentity,
): Promise<DeliveryStream | undefined> {
  const stream = await deliveryStreams.get(streamName);
  const stands = stream?.generation === generation && stream.transition?.kind !== "deleting";
  return stands ? stream : undefined;
}

/** Of a lane, or a shard of the source. */
export function keyOf(stream: DeliveryStream, shardIndex: number): ShardKey {
  if (stream.source === undefined) return laneKey(stream, shardIndex);
  const { streamName: name, streamGeneration: generation } = stream.source;
  return dataShardKey({ name, generation }, shardIndex);
}
