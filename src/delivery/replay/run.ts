/** One wake-up of a replay's reader: what it reads, where it ends, and what is noted of it. */
import {
  REPLAY_REFUSED_MAX_MS,
  REPLAY_TURN_MS,
  REPLAYED_PARTITIONS_WAIT_SECONDS,
} from "../../limits.ts";
import type { LogStore, ShardKey } from "../../log/store.ts";
import type { ReaderSink } from "../../readers/reader.ts";
import type { RunOptions, RunResult } from "../../readers/run.ts";
import type { Span } from "../../readers/span.ts";
import type { Checkpoint } from "../../readers/store.ts";
import { parseDataShardKey } from "../../streams/stream.ts";
import type { Aside } from "../aside.ts";
import { type DeliveryStream, type DeliveryTarget, parseLaneKey } from "../delivery-stream.ts";
import { failureText } from "../failure-text.ts";
import type { DeliveryPlan } from "../plan.ts";
import type { DeliveryNotes } from "../ports.ts";
import { partitionWakeRule } from "../source/readers.ts";
import type { SourceShard } from "../source/shard.ts";
import {
  failReplay,
  goOn,
  type ReplayPorts,
  replayWakeRule,
  SOURCE_GONE,
  sourcesOf,
} from "./lifecycle.ts";
import { arrivalRange } from "./parts.ts";
import { parseReplayReader, type Replay, type ReplayPart } from "./replay.ts";

export interface ReplayRunPorts extends ReplayPorts {
  readonly deliveryNotes: Pick<DeliveryNotes, "get">;
}

export interface ReplayDelivery extends Aside {
  /** As it was named when the replay began. */
  readonly stream: DeliveryStream;
  readonly source: SourceShard;
  readonly atTip: NonNullable<ReaderSink<DeliveryPlan>["atTip"]>;
}

/** `undefined`: there is nothing to do for it any more. */
export async function findReplay(
  ports: ReplayRunPorts,
  { wakeUp, deadlineMs }: Pick<RunOptions, "wakeUp" | "deadlineMs">,
): Promise<ReplayDelivery | undefined> {
  const { shard, readerId } = wakeUp;
  const found = await standing(ports, shard, readerId);
  if (found === undefined) {
    await ports.readers.remove(shard, readerId);
    return undefined;
  }
  const { stream, source, replay, part } = found;
  let objectCount = 0;
  return {
    stream: { ...stream, versionId: replay.versionId },
    target: patient(replay.target),
    source,
    log: endingAt(ports.log, shard, part.to),
    deadlineMs: Math.min(deadlineMs, ports.clock.now() + REPLAY_TURN_MS),
    async atTip(): Promise<RunResult> {
      await ports.replays.endPart(replay, part.shardIndex);
      await goOn(ports, stream, replay);
      await ports.readers.remove(shard, readerId);
      return { kind: "done" };
    },
    around: (sink) => ({
      ...sink,
      wakeRule: (plan) =>
        partitionWakeRule(replayWakeRule(replay.target), plan?.waiting?.byteCount ?? 0),
      // Nothing is behind: its objects are as large as was asked for.
      takesMore: false,
      async execute(plan, save) {
        objectCount = 0;
        const executed = await sink.execute(plan, save);
        if (executed.kind === "done") {
          const done = { ...doneWith(part, plan.span), objectCount };
          await ports.replays.count(replay, part.shardIndex, done);
        }
        return executed;
      },
    }),
    delivered({ objects }) {
      objectCount = objects.length;
    },
    async failed(error, isRefused) {
      if (!isRefused) return;
      const note = await ports.deliveryNotes.get(shard, readerId);
      const sinceMs = note?.failure?.sinceMs ?? ports.clock.now();
      if (ports.clock.now() - sinceMs < REPLAY_REFUSED_MAX_MS) return;
      await failReplay(ports, replay, failureText(error));
    },
  };
}

/**
 * All of its records have waited for longer than any interval, and each flush would write what there is of every partition:
 * they wait for as many as make an object, or for the end of what is replayed.
 */
function patient(target: DeliveryTarget): DeliveryTarget {
  if (target.partitioning === undefined) return target;
  return { ...target, bufferIntervalSeconds: REPLAYED_PARTITIONS_WAIT_SECONDS };
}

async function standing(ports: ReplayRunPorts, shard: ShardKey, readerId: string) {
  const { replays, deliveryStreams } = ports;
  const identity = parseReplayReader(readerId);
  if (identity === undefined) return undefined;
  const shardIndex = parseLaneKey(shard)?.lane ?? parseDataShardKey(shard)?.shardIndex;
  if (shardIndex === undefined) return undefined;
  const [stream, replay, progress] = await Promise.all([
    deliveryStreams.get(identity.streamName),
    replays.get(identity),
    replays.part(identity, shardIndex),
  ]);
  if (stream?.generation !== identity.generation || stream.transition?.kind === "deleting") {
    return undefined;
  }
  if (replay?.state !== "RUNNING" || progress === undefined) return undefined;
  if (progress.hasEnded) {
    // Who noted that died before what comes behind it.
    await goOn(ports, stream, replay);
    return undefined;
  }
  const { part } = progress;
  const source = (await sourcesOf(ports, stream, onlyOf(shardIndex)))?.[0];
  if (source === undefined) {
    await failReplay(ports, replay, SOURCE_GONE);
    return undefined;
  }
  return { stream, replay, part, source: cutOut(source, replay, part) };
}

const onlyOf = (shardIndex: number) =>
  ({ from: { kind: "record", shardIndex, blockIndex: 0, position: 0 } }) as const;

function cutOut(source: SourceShard, { range }: Replay, part: ReplayPart): SourceShard {
  const { from, to, skippedAtStart: skippedCount, keptAtEnd: keptCount } = part;
  return {
    ...source,
    retention: { ...source.retention, wanted: arrivalRange(range) },
    cut: {
      ...(skippedCount !== undefined && { start: { blockIndex: from.blockIndex, skippedCount } }),
      ...(keptCount !== undefined && { end: { blockIndex: to.blockIndex - 1, keptCount } }),
    },
  };
}

/** The shard as if nothing had been put to it from that position on, and nothing ever would be. */
function endingAt(log: LogStore, shard: ShardKey, to: Checkpoint): LogStore {
  const end = { ...to, recordCount: 0, sealed: true };
  return { ...log, head: async (asked) => (asked === shard ? end : log.head(asked)) };
}

function doneWith(part: ReplayPart, { from, to, recordCount, expiredCount = 0 }: Span) {
  const isIn = ({ blockIndex }: Checkpoint) =>
    from.blockIndex <= blockIndex && blockIndex < to.blockIndex;
  const lastBlock = { ...part.to, blockIndex: part.to.blockIndex - 1 };
  const cutCount =
    (isIn(part.from) ? (part.skippedAtStart ?? 0) : 0) +
    (isIn(lastBlock) ? (part.skippedAtEnd ?? 0) : 0);
  return {
    readTo: to.blockIndex,
    recordCount: Math.max(0, recordCount - cutCount),
    byteCount: recordCount === 0 ? 0 : to.byteOffset - from.byteOffset,
    expiredCount,
  };
}
