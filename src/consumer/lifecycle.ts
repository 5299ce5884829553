/**
 * What a change of a mapping leaves behind: its readers, one per shard, are opened, woken by other rules, or removed.
 * A stream may have thousands of shards, so this is done by the consume function, which is asked for it after the
 * mapping says what shall be. Every step can be repeated; whoever finds that the mapping has changed meanwhile does
 * what it says now.
 *
 *   starting ─▶ readers opened ─▶ enabled, creating ─▶ readers woken ─▶ enabled
 *   enabled or disabled, pending ─▶ rules brought to the readers ─▶ not pending
 *   deleting ─▶ readers removed ─▶ mapping removed
 */
import { type FollowPorts, startFollowing, stopFollowing } from "../readers/follow.ts";
import type { ReaderStore } from "../readers/store.ts";
import { inTurns } from "../streams/in-turns.ts";
import type { StreamStore } from "../streams/store.ts";
import { dataShardKey } from "../streams/stream.ts";
import { consistentView, type StreamView } from "../streams/view.ts";
import {
  consumerFollower,
  consumerReaderId,
  consumerWakeRule,
  type EventSourceMapping,
} from "./mapping.ts";
import type { MappingStore } from "./ports.ts";
import { findSourceProblem } from "./source-problem.ts";

export interface LifecyclePorts extends FollowPorts {
  readonly mappings: MappingStore;
  readonly dataStreams: Pick<StreamStore, "get" | "shards">;
  readonly readers: FollowPorts["readers"] & Pick<ReaderStore<unknown>, "configure">;
}

/** Does for the mapping what its status asks for, if anything; may be repeated. */
export async function settleMapping(ports: LifecyclePorts, uuid: string): Promise<void> {
  const { mappings, clock } = ports;
  /** What this run has done to the readers may be out of date when the mapping has changed since. */
  let touched: EventSourceMapping | undefined;
  for (;;) {
    const mapping = await mappings.get(uuid);
    if (mapping === undefined) {
      if (touched) await removeReaders(ports, touched);
      return;
    }
    if (mapping.status === "deleting") {
      await removeReaders(ports, mapping);
      await mappings.remove(mapping);
      return;
    }
    if (mapping.status === "starting") await openReaders(ports, mapping);
    else if (mapping.pending || touched) await configureReaders(ports, mapping);
    else return;
    const { kind } = await mappings.update({
      ...afterwards(mapping),
      revision: mapping.revision + 1,
      modifiedAtMs: clock.now(),
    });
    const isChanged = kind !== "updated";
    touched = isChanged ? mapping : undefined;
  }
}

function afterwards({ pending: _done, ...mapping }: EventSourceMapping): EventSourceMapping {
  if (mapping.status !== "starting") return mapping;
  if (!mapping.startsEnabled) return { ...mapping, status: "disabled" };
  // What rang while the readers were opened may have been answered by nobody.
  return { ...mapping, status: "enabled", pending: "creating" };
}

async function openReaders(ports: LifecyclePorts, mapping: EventSourceMapping): Promise<void> {
  const view = await viewOf(ports, mapping);
  if (view === undefined) {
    const problem = await findSourceProblem(ports.dataStreams, mapping);
    if (problem) await ports.mappings.noteResult(mapping.uuid, problem);
    return;
  }
  const follower = consumerFollower(mapping);
  // A time stays the same when this is repeated, so that the same shards are begun with however late it is.
  const start =
    mapping.start.kind === "latest"
      ? ({ kind: "time", timestampMs: mapping.createdAtMs } as const)
      : mapping.start;
  await startFollowing(ports, view, follower, start);
  if (await isStanding(ports, mapping)) return;
  // Its shards are not listed any more: those that we know are all there were.
  await inTurns(view.shards, ({ index }) =>
    ports.readers.remove(dataShardKey(view.stream, index), follower.readerId),
  );
}

/** `undefined`: the stream is gone, be it that another one has its name. */
async function viewOf(
  { dataStreams }: LifecyclePorts,
  { streamName, streamGeneration }: EventSourceMapping,
): Promise<StreamView | undefined> {
  for (;;) {
    const stream = await dataStreams.get(streamName);
    if (stream?.generation !== streamGeneration || stream.status === "DELETING") return undefined;
    const view = await consistentView(dataStreams, stream);
    if (view !== undefined) return view;
  }
}

async function isStanding(
  { dataStreams }: LifecyclePorts,
  { streamName, streamGeneration }: EventSourceMapping,
): Promise<boolean> {
  const stream = await dataStreams.get(streamName);
  return stream?.generation === streamGeneration && stream.status !== "DELETING";
}

/** Brings the wake-up rule to every reader that has not ended, and rings for it if the mapping is enabled. */
async function configureReaders(
  { dataStreams, readers, log, clock }: LifecyclePorts,
  mapping: EventSourceMapping,
): Promise<void> {
  const readerId = consumerReaderId(mapping.uuid);
  const wakeRule = consumerWakeRule(mapping);
  const stream = streamOf(mapping);
  await inTurns(await dataStreams.shards(stream), async ({ index }) => {
    const shard = dataShardKey(stream, index);
    const reader = await readers.get(shard, readerId);
    if (reader === undefined || reader.ended) return;
    await readers.configure(shard, readerId, wakeRule);
    if (mapping.status === "enabled") await log.ring(shard, clock.now());
  });
}

async function removeReaders(ports: LifecyclePorts, mapping: EventSourceMapping): Promise<void> {
  await stopFollowing(ports, streamOf(mapping), consumerReaderId(mapping.uuid));
}

function streamOf({ streamName, streamGeneration }: EventSourceMapping) {
  return { name: streamName, generation: streamGeneration };
}
