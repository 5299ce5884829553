/**
 * The life of a data stream: CREATING, ACTIVE (UPDATING for a while after a change), DELETING. The stream's own
 * item says how far it came; every step can be repeated, so that whoever meets a stream whose maker died goes on
 * where that one stopped.
 *
 *   create   item CREATING ─▶ shards and their counters ─▶ item ACTIVE
 *   delete   item DELETING ─▶ shards, counters and item removed
 *   reshard  item UPDATING ─▶ see `reshard.ts`
 */
import { type ReshardPorts, resumeReshard } from "./reshard.ts";
import { initialShards } from "./shard-map.ts";
import type { DataStream, StreamStatus } from "./stream.ts";

export type LifecyclePorts = ReshardPorts;

/** How long the process that began a step has it to itself: a function that runs longer is dead. */
export const STEP_GRACE_MS = 30_000;

/** What callers see. Work is done at once, and shows as a transition for as long as `settledAtMs` says. */
export function shownStatus(stream: DataStream, nowMs: number): StreamStatus {
  if (stream.status !== "ACTIVE" || nowMs >= stream.settledAtMs) return stream.status;
  return nowMs < (stream.creatingUntilMs ?? 0) ? "CREATING" : "UPDATING";
}

/** Writes the shards of a stream that is CREATING and makes it ACTIVE. */
export async function finishCreation(
  { dataStreams, clock, transitionDelayMs }: LifecyclePorts,
  stream: DataStream,
): Promise<void> {
  await dataStreams.addShards(stream, initialShards(stream.nextShardIndex, stream.createdAtMs));
  // A conflict: somebody else has done it, or deleted the stream.
  const settledAtMs = clock.now() + transitionDelayMs;
  await dataStreams.update({
    ...stream,
    revision: stream.revision + 1,
    status: "ACTIVE",
    creatingUntilMs: settledAtMs,
    settledAtMs,
  });
}

/** The stream as it stands once whatever was left half done is finished; `undefined` when it is gone. */
export async function settle(
  ports: LifecyclePorts,
  stream: DataStream,
): Promise<DataStream | undefined> {
  const { dataStreams, clock } = ports;
  if (clock.now() < stream.settledAtMs) return stream;
  switch (stream.status) {
    case "CREATING":
      await finishCreation(ports, stream);
      return dataStreams.get(stream.name);
    case "DELETING":
      await dataStreams.remove(stream);
      return undefined;
    case "UPDATING":
      return resumeReshard(ports, stream);
    case "ACTIVE":
      return stream;
  }
}
