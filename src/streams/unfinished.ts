/**
 * What calls on data streams left to be done, stream by stream: creations, deletions and scalings of thousands of
 * shards, raises of retention, and what became too old to be kept. Each of them can be gone on with by several at once.
 */
import { allDataStreams } from "./all-streams.ts";
import {
  extendExpiry,
  type ExtendedStream,
  type ExtendPorts,
  isExtended,
} from "./extend-expiry.ts";
import { type LifecyclePorts, settle } from "./lifecycle.ts";
import type { DataStream } from "./stream.ts";

export interface UnfinishedPorts extends ExtendPorts, LifecyclePorts {
  /** Forgets what is too old of a stream at rest. Answers whether the time sufficed. */
  readonly prune: (stream: DataStream, deadlineMs: number) => Promise<boolean>;
  /** A stream in trouble keeps no other waiting; it is told here, and counts as not done. */
  readonly reportFailure: (stream: DataStream, error: unknown) => void;
}

/** Whether a stream at rest has shards that may be too old to be kept. */
export function isPruneDue(
  { status, pendingReshard, pruneAtMs = Infinity }: DataStream,
  nowMs: number,
): boolean {
  return status === "ACTIVE" && pendingReshard === undefined && pruneAtMs <= nowMs;
}

/** Goes on with every stream until the time is over. Answers whether all is done. */
export async function finishStreams(ports: UnfinishedPorts, deadlineMs: number): Promise<boolean> {
  const { reportFailure } = ports;
  const changing: DataStream[] = [];
  const extended: ExtendedStream[] = [];
  for await (const streams of allDataStreams(ports.dataStreams)) {
    changing.push(
      ...streams.filter(
        (stream) => stream.status !== "ACTIVE" || isPruneDue(stream, ports.clock.now()),
      ),
    );
    extended.push(...streams.filter(({ status }) => status === "ACTIVE").filter(isExtended));
  }
  // Beside each other: neither is to keep the other from ever having its turn.
  const [isExtensionDone, isChangeDone] = await Promise.all([
    extendExpiry(ports, extended, deadlineMs, reportFailure),
    finishChanges(ports, changing, deadlineMs),
  ]);
  return isExtensionDone && isChangeDone;
}

async function finishChanges(
  ports: UnfinishedPorts,
  streams: readonly DataStream[],
  deadlineMs: number,
): Promise<boolean> {
  let isAllDone = true;
  for (const stream of streams) {
    const isDone = await finishChange(ports, stream, deadlineMs).catch((error: unknown) => {
      ports.reportFailure(stream, error);
      return false;
    });
    isAllDone &&= isDone;
  }
  return isAllDone;
}

async function finishChange(
  ports: UnfinishedPorts,
  stream: DataStream,
  deadlineMs: number,
): Promise<boolean> {
  if (stream.status === "ACTIVE") return ports.prune(stream, deadlineMs);
  const isOthers = ports.clock.now() < stream.settledAtMs;
  if (isOthers || ports.clock.now() >= deadlineMs) return false;
  const settled = await settle(ports, stream, deadlineMs);
  return settled === undefined || (settled.status === "ACTIVE" && !isExtended(settled));
}
