/**
 * The life of a data stream: CREATING, ACTIVE (UPDATING for a while after a change), DELETING. The stream's own
 * item says how far it came; every step can be repeated, so that whoever meets a stream whose maker died, or ran out
 * of time over thousands of shards, goes on where that one stopped.
 *
 *   create   item CREATING ─▶ shards and their counters ─▶ item ACTIVE
 *   delete   item DELETING ─▶ shards, counters and item removed
 *   reshard  item UPDATING ─▶ see `reshard.ts`
 *
 * One process at a time is at it, until the item's `settledAtMs`: it takes the step by moving that time on, and gives
 * it back by setting it to now.
 */
import { isAhead, isOfEarlierClock } from "../clock.ts";
import { STREAM_STEP_BUDGET_MS, STREAM_STEP_SHARDS, STREAM_TRANSITION_MAX_MS } from "../limits.ts";
import { type ReshardPorts, resumeReshard } from "./reshard.ts";
import { initialShards } from "./shard-map.ts";
import type { DataStream, StreamStatus } from "./stream.ts";

export type LifecyclePorts = ReshardPorts;

/** How long the process that began a step has it to itself: a function that runs longer is dead. */
export const STEP_GRACE_MS = 30_000;

/** What callers see. Work is done at once, and shows as a transition for as long as `settledAtMs` says. */
export function shownStatus(stream: DataStream, nowMs: number): StreamStatus {
  if (stream.status !== "ACTIVE" || !isSettling(stream, nowMs)) return stream.status;
  return nowMs < (stream.creatingUntilMs ?? 0) ? "CREATING" : "UPDATING";
}

/** A step of somebody else's, or a change that is to be seen for a while. */
function isSettling({ settledAtMs }: DataStream, nowMs: number): boolean {
  return isAhead(settledAtMs, nowMs, STREAM_TRANSITION_MAX_MS);
}

/** Whether so many shards may take longer than a call goes on. */
export function mayOutlastCall(shardCount: number): boolean {
  return shardCount > STREAM_STEP_SHARDS;
}

/** When a call that begins a step now leaves the rest of it. */
export function stepDeadlineMs({ clock }: Pick<LifecyclePorts, "clock">): number {
  return clock.now() + STREAM_STEP_BUDGET_MS;
}

/**
 * Writes what is missing of the shards of a stream that is CREATING, and makes it ACTIVE. Answers the stream as it
 * stands then: CREATING still when the time was over before, `undefined` when it was deleted meanwhile.
 */
export async function finishCreation(
  ports: LifecyclePorts,
  stream: DataStream,
  deadlineMs = stepDeadlineMs(ports),
): Promise<DataStream | undefined> {
  const { dataStreams, clock, transitionDelayMs } = ports;
  const standing = new Set((await dataStreams.shards(stream)).map(({ index }) => index));
  const missing = initialShards(stream.nextShardIndex, stream.createdAtMs).filter(
    ({ index }) => !standing.has(index),
  );
  for (let i = 0; i < missing.length; i += STREAM_STEP_SHARDS) {
    if (i > 0 && clock.now() >= deadlineMs) return giveBack(ports, stream);
    await dataStreams.addShards(stream, missing.slice(i, i + STREAM_STEP_SHARDS));
  }
  const settledAtMs = clock.now() + transitionDelayMs;
  return replace(ports, stream, { status: "ACTIVE", creatingUntilMs: settledAtMs, settledAtMs });
}

/** Removes a stream that is DELETING: `undefined` when it is gone, the stream when the time was over before. */
export async function finishDeletion(
  ports: LifecyclePorts,
  stream: DataStream,
  deadlineMs = stepDeadlineMs(ports),
): Promise<DataStream | undefined> {
  const part = { shardLimit: STREAM_STEP_SHARDS };
  while ((await ports.dataStreams.remove(stream, part)) === "more") {
    if (ports.clock.now() >= deadlineMs) return giveBack(ports, stream);
  }
  return undefined;
}

/**
 * The stream as it stands once whatever was left half done is finished, as far as time allows; `undefined` when it is
 * gone.
 */
export async function settle(
  ports: LifecyclePorts,
  stream: DataStream,
  deadlineMs = stepDeadlineMs(ports),
): Promise<DataStream | undefined> {
  const { dataStreams, clock } = ports;
  if (isSettling(stream, clock.now())) return stream;
  switch (stream.status) {
    case "CREATING":
    case "DELETING": {
      const settledAtMs = clock.now() + STEP_GRACE_MS;
      const taken = { ...stream, revision: stream.revision + 1, settledAtMs };
      // Somebody else is at it, or has done it.
      if ((await dataStreams.update(taken)) === "conflict") return dataStreams.get(stream.name);
      const finish = stream.status === "CREATING" ? finishCreation : finishDeletion;
      return finish(ports, taken, deadlineMs);
    }
    case "UPDATING":
      return resumeReshard(ports, stream, deadlineMs);
    case "ACTIVE": {
      const nowMs = clock.now();
      if (!isOfEarlierClock(stream.settledAtMs, nowMs, STREAM_TRANSITION_MAX_MS)) return stream;
      // By a clock that is minutes ahead. It is left at rest, or it would show as in transition once that time is near.
      return replace(ports, stream, { settledAtMs: nowMs, creatingUntilMs: nowMs });
    }
  }
}

function giveBack(ports: LifecyclePorts, stream: DataStream): Promise<DataStream | undefined> {
  return replace(ports, stream, { settledAtMs: ports.clock.now() });
}

/** The stream as it stands then: changed, or as somebody else has changed it, or gone. */
async function replace(
  { dataStreams }: LifecyclePorts,
  stream: DataStream,
  change: Partial<DataStream>,
): Promise<DataStream | undefined> {
  const changed = { ...stream, ...change, revision: stream.revision + 1 };
  if ((await dataStreams.update(changed)) === "updated") return changed;
  const standing = await dataStreams.get(stream.name);
  if (standing?.generation === stream.generation) return standing;
  // Then the shards that we wrote after they were removed go, too.
  await dataStreams.remove(stream);
  return undefined;
}
