/**
 * The life of a delivery stream with a data stream as its source. Its readers may be thousands, more than one
 * transaction holds, and more than a call has time for; so its own item says how far it came, and every step can be
 * repeated by whoever meets a stream whose maker died, or left the rest.
 *
 *   create   item CREATING ─▶ a reader per shard, at the latest record or a time ─▶ item ACTIVE
 *   delete   item DELETING ─▶ readers removed ─▶ item removed
 *   join     item with a source backup, ACTIVE ─▶ a reader per shard for that, at the latest record
 *
 * The item comes first and goes last: a reader whose delivery stream is not there may be removed by anybody.
 */
import { isAhead } from "../../clock.ts";
import {
  type Follower,
  type FollowPorts,
  type FollowStart,
  type Pace,
  startFollowing,
  stopFollowing,
} from "../../readers/follow.ts";
import { STEP_GRACE_MS, stepDeadlineMs } from "../../streams/lifecycle.ts";
import type { StreamStore } from "../../streams/store.ts";
import type { StreamView } from "../../streams/view.ts";
import type { DeliveryStream, Transition } from "../delivery-stream.ts";
import { removeStream } from "../lane-change.ts";
import type { DeliveryStreamStore } from "../ports.ts";
import { sourceFollowers } from "./readers.ts";

export interface SourceLifecyclePorts extends FollowPorts {
  readonly deliveryStreams: DeliveryStreamStore;
  readonly dataStreams: Pick<StreamStore, "shards">;
  /** The data stream as it stands, with what was left half done finished. */
  view(streamName: string): Promise<StreamView | undefined>;
}

/**
 * `stream` is CREATING, and `view` what was found of its source. Leaves nothing behind when it fails. `creating`: the
 * time was over, and the rest is left.
 */
export async function createWithSource(
  ports: SourceLifecyclePorts,
  stream: DeliveryStream,
  view: StreamView,
): Promise<"created" | "creating" | "exists"> {
  const { deliveryStreams } = ports;
  const deadlineMs = stepDeadlineMs(ports);
  if ((await deliveryStreams.create(stream, [], [])) === "exists") {
    // The name may be that of a stream whose deletion was never finished.
    const standing = await deliveryStreams.get(stream.name);
    const isTaken =
      standing !== undefined && (await settleTransition(ports, standing, deadlineMs)) !== undefined;
    if (isTaken || (await deliveryStreams.create(stream, [], [])) === "exists") return "exists";
  }
  try {
    const { startsEarlier, startedAtMs: timestampMs = 0 } = stream.source ?? {};
    const start: FollowStart = startsEarlier ? { kind: "time", timestampMs } : { kind: "latest" };
    const isDone = await finishOpening(ports, stream, view, start, deadlineMs);
    return isDone ? "created" : "creating";
  } catch (error) {
    // What cannot be undone now is done or undone by whoever meets it.
    await deleteWithSource(ports, stream).catch(() => {});
    throw error;
  }
}

/**
 * The stream as `after` says, which has a source backup that `before` has not: it begins with what is put from now on.
 * What time does not suffice for, or fails, is left. `conflict`: the stream does not stand as `before` says.
 */
export async function joinBackup(
  ports: SourceLifecyclePorts,
  before: DeliveryStream,
  after: DeliveryStream,
): Promise<"updated" | "joining" | "conflict"> {
  const deadlineMs = stepDeadlineMs(ports);
  const joinedAtMs = ports.clock.now();
  const next = { follower: 1, shardIndex: 0 };
  const transition = { kind: "joining", sinceMs: joinedAtMs, joinedAtMs, next } as const;
  const joining: DeliveryStream = { ...after, transition };
  if ((await ports.deliveryStreams.update(before, joining)) === "conflict") return "conflict";
  const isDone = await finishJoining(ports, joining, { kind: "latest" }, deadlineMs).catch(
    () => false,
  );
  return isDone ? "updated" : "joining";
}

/** Whose source is gone has nothing to back up any more. */
async function finishJoining(
  ports: SourceLifecyclePorts,
  stream: DeliveryStream,
  start: FollowStart,
  deadlineMs: number,
): Promise<boolean> {
  const { streamName, streamGeneration } = stream.source ?? {};
  const view = streamName === undefined ? undefined : await ports.view(streamName);
  if (view !== undefined && view.stream.generation === streamGeneration) {
    return finishOpening(ports, stream, view, start, deadlineMs);
  }
  const { transition: _over, ...active } = stream;
  return (await ports.deliveryStreams.update(stream, active)) === "updated";
}

/** May be repeated, also while others do. `removing`: the time was over, and the rest is left. */
export async function deleteWithSource(
  ports: SourceLifecyclePorts,
  stream: DeliveryStream,
  deadlineMs = stepDeadlineMs(ports),
): Promise<"removed" | "removing" | "gone"> {
  const { deliveryStreams, clock } = ports;
  let deleting: DeliveryStream | undefined = stream;
  while (deleting.transition?.kind !== "deleting") {
    const before: DeliveryStream = deleting;
    const after = { ...before, transition: { kind: "deleting", sinceMs: clock.now() } } as const;
    if ((await deliveryStreams.update(before, after)) === "updated") {
      deleting = after;
      break;
    }
    deleting = await deliveryStreams.get(stream.name);
    if (deleting?.generation !== stream.generation) return "gone";
  }
  const next = await removeReaders(ports, deleting, deadlineMs);
  if (next === undefined) return removeStream(ports, deleting);
  await deliveryStreams.update(deleting, { ...deleting, transition: leftAt("deleting", next) });
  return "removing";
}

/** Whether the process that began a transition may still be at it. */
export function isUnderWay({ transition }: DeliveryStream, nowMs: number): boolean {
  return (
    transition !== undefined && isAhead(transition.sinceMs + STEP_GRACE_MS, nowMs, STEP_GRACE_MS)
  );
}

/**
 * The stream as it stands once whatever was left half done is finished, as far as time allows; `undefined` when it is
 * gone.
 */
export async function settleTransition(
  ports: SourceLifecyclePorts,
  stream: DeliveryStream,
  deadlineMs = stepDeadlineMs(ports),
): Promise<DeliveryStream | undefined> {
  const { deliveryStreams, clock } = ports;
  const { transition, source } = stream;
  if (!transition || isUnderWay(stream, clock.now())) return stream;
  if (source === undefined) {
    await removeStream(ports, stream);
    return undefined;
  }
  const view = transition.kind === "creating" ? await ports.view(source.streamName) : undefined;
  const taken = { ...stream, transition: { ...transition, sinceMs: clock.now() } };
  // Somebody else is at it, or has done it.
  if ((await deliveryStreams.update(stream, taken)) === "conflict") {
    return deliveryStreams.get(stream.name);
  }
  if (transition.kind === "joining") {
    const timestampMs = transition.joinedAtMs ?? source.startedAtMs;
    await finishJoining(ports, taken, { kind: "time", timestampMs }, deadlineMs);
  } else if (view?.stream.generation !== source.streamGeneration) {
    // Being deleted, or created for a data stream that is gone.
    await deleteWithSource(ports, taken, deadlineMs);
  } else {
    // From the time on that it was begun: some of its readers stand already, and what they read is not to have gaps.
    const start = { kind: "time", timestampMs: source.startedAtMs } as const;
    await finishOpening(ports, taken, view, start, deadlineMs);
  }
  const standing = await deliveryStreams.get(stream.name);
  return standing?.generation === stream.generation ? standing : undefined;
}

/** Answers whether all is done. */
async function finishOpening(
  ports: SourceLifecyclePorts,
  stream: DeliveryStream,
  view: StreamView,
  start: FollowStart,
  deadlineMs: number,
): Promise<boolean> {
  const { deliveryStreams } = ports;
  const next = await throughReaders(stream, deadlineMs, (follower, pace) =>
    startFollowing(ports, view, follower, start, pace),
  );
  const { transition, ...active } = stream;
  const left = next && transition && { ...transition, sinceMs: 0, next };
  const after = left ? { ...active, transition: left } : active;
  if ((await deliveryStreams.update(stream, after)) === "updated") return next === undefined;
  const standing = await deliveryStreams.get(stream.name);
  const isDeleted =
    standing?.generation !== stream.generation || standing.transition?.kind === "deleting";
  // Then what we opened after its readers were removed goes, too; what is left over goes when it is woken.
  if (isDeleted) await removeReaders(ports, active, stepDeadlineMs(ports));
  return true;
}

async function removeReaders(
  ports: SourceLifecyclePorts,
  stream: DeliveryStream,
  deadlineMs: number,
): Promise<Transition["next"]> {
  const { source } = stream;
  if (source === undefined) return undefined;
  const dataStream = { name: source.streamName, generation: source.streamGeneration };
  return throughReaders(stream, deadlineMs, ({ readerId }, pace) =>
    stopFollowing(ports, dataStream, readerId, pace),
  );
}

/** Follower by follower, from where it was left. Answers where it stopped, when its time was over. */
async function throughReaders(
  stream: DeliveryStream,
  deadlineMs: number,
  act: (follower: Follower, pace: Pace) => Promise<number | undefined>,
): Promise<Transition["next"]> {
  const { follower: first, shardIndex: fromShard } = stream.transition?.next ?? BEGIN;
  const followers = sourceFollowers(stream);
  for (let follower = first; follower < followers.length; follower++) {
    const pace = { fromShard: follower === first ? fromShard : 0, deadlineMs };
    const shardIndex = await act(followers[follower]!, pace);
    if (shardIndex !== undefined) return { follower, shardIndex };
  }
  return undefined;
}

const BEGIN = { follower: 0, shardIndex: 0 };

function leftAt(kind: Transition["kind"], next: NonNullable<Transition["next"]>): Transition {
  return { kind, sinceMs: 0, next };
}
