/**
 * The life of a delivery stream with a data stream as its source. Its readers may be thousands, more than one
 * transaction holds; so its own item says how far it came, and every step can be repeated by whoever meets a stream
 * whose maker died.
 *
 *   create   item CREATING ─▶ a reader per shard, at the latest record ─▶ item ACTIVE
 *   delete   item DELETING ─▶ readers removed ─▶ item removed
 *
 * The item comes first and goes last: a reader whose delivery stream is not there may be removed by anybody.
 */
import {
  type FollowPorts,
  type FollowStart,
  startFollowing,
  stopFollowing,
} from "../readers/follow.ts";
import { STEP_GRACE_MS } from "../streams/lifecycle.ts";
import type { StreamStore } from "../streams/store.ts";
import type { StreamView } from "../streams/view.ts";
import type { DeliveryStream } from "./delivery-stream.ts";
import type { DeliveryStreamStore } from "./ports.ts";
import { sourceFollowers } from "./source-readers.ts";

export interface SourceLifecyclePorts extends FollowPorts {
  readonly deliveryStreams: DeliveryStreamStore;
  readonly dataStreams: Pick<StreamStore, "shards">;
  /** The data stream as it stands, with what was left half done finished. */
  view(streamName: string): Promise<StreamView | undefined>;
}

/** `stream` is CREATING, and `view` what was found of its source. Leaves nothing behind when it fails. */
export async function createWithSource(
  ports: SourceLifecyclePorts,
  stream: DeliveryStream,
  view: StreamView,
): Promise<"created" | "exists"> {
  const { deliveryStreams } = ports;
  if ((await deliveryStreams.create(stream, [], [])) === "exists") {
    // The name may be that of a stream whose deletion was never finished.
    const standing = await deliveryStreams.get(stream.name);
    const isTaken =
      standing !== undefined && (await settleTransition(ports, standing)) !== undefined;
    if (isTaken || (await deliveryStreams.create(stream, [], [])) === "exists") return "exists";
  }
  try {
    await finishCreation(ports, stream, view, { kind: "latest" });
  } catch (error) {
    // What cannot be undone now is done or undone by whoever meets it.
    await deleteWithSource(ports, stream).catch(() => {});
    throw error;
  }
  return "created";
}

/** May be repeated, also while others do. */
export async function deleteWithSource(
  ports: SourceLifecyclePorts,
  stream: DeliveryStream,
): Promise<"removed" | "gone"> {
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
  await removeReaders(ports, deleting);
  return deliveryStreams.remove(deleting, [], clock.now());
}

/** Whether the process that began a transition may still be at it. */
export function isUnderWay({ transition }: DeliveryStream, nowMs: number): boolean {
  return transition !== undefined && nowMs < transition.sinceMs + STEP_GRACE_MS;
}

/** The stream as it stands once whatever was left half done is finished; `undefined` when it is gone. */
export async function settleTransition(
  ports: SourceLifecyclePorts,
  stream: DeliveryStream,
): Promise<DeliveryStream | undefined> {
  const { transition, source } = stream;
  if (!transition || !source || isUnderWay(stream, ports.clock.now())) return stream;
  const view = transition.kind === "creating" ? await ports.view(source.streamName) : undefined;
  if (view?.stream.generation !== source.streamGeneration) {
    // Being deleted, or created for a data stream that is gone.
    await deleteWithSource(ports, stream);
    return undefined;
  }
  // From the time on that it was begun: some of its readers stand already, and what they read is not to have gaps.
  const start = { kind: "time", timestampMs: source.startedAtMs } as const;
  await finishCreation(ports, stream, view, start);
  return ports.deliveryStreams.get(stream.name);
}

async function finishCreation(
  ports: SourceLifecyclePorts,
  stream: DeliveryStream,
  view: StreamView,
  start: FollowStart,
): Promise<void> {
  const { deliveryStreams } = ports;
  for (const follower of sourceFollowers(stream)) {
    await startFollowing(ports, view, follower, start);
  }
  const { transition: _over, ...active } = stream;
  if ((await deliveryStreams.update(stream, active)) === "updated") return;
  const standing = await deliveryStreams.get(stream.name);
  const isDeleted =
    standing?.generation !== stream.generation || standing.transition?.kind === "deleting";
  // Then what we opened after its readers were removed goes, too.
  if (isDeleted) await removeReaders(ports, stream);
}

async function removeReaders(ports: SourceLifecyclePorts, stream: DeliveryStream): Promise<void> {
  const { source } = stream;
  if (source === undefined) return;
  const dataStream = { name: source.streamName, generation: source.streamGeneration };
  for (const { readerId } of sourceFollowers(stream)) {
    await stopFollowing(ports, dataStream, readerId);
  }
}
