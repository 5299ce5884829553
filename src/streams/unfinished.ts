/**
 * What calls on data streams left to be done, stream by stream: creations, deletions and scalings of thousands of
 * shards, and raises of retention. Each of them can be gone on with by several at once.
 */
import { allDataStreams } from "./all-streams.ts";
import { extendExpiry, type ExtendPorts } from "./extend-expiry.ts";
import { type LifecyclePorts, settle } from "./lifecycle.ts";
import type { DataStream } from "./stream.ts";

export interface UnfinishedPorts extends ExtendPorts, LifecyclePorts {
  /** A stream in trouble keeps no other waiting; it is told here, and counts as not done. */
  readonly reportFailure: (stream: DataStream, error: unknown) => void;
}

/** Goes on with every stream until the time is over. Answers whether all is done. */
export async function finishStreams(ports: UnfinishedPorts, deadlineMs: number): Promise<boolean> {
  let isAllDone = true;
  for await (const streams of allDataStreams(ports.dataStreams)) {
    for (const stream of streams) {
      const isDone = await finish(ports, stream, deadlineMs).catch((error: unknown) => {
        ports.reportFailure(stream, error);
        return false;
      });
      if (!isDone) isAllDone = false;
    }
  }
  return isAllDone;
}

async function finish(
  ports: UnfinishedPorts,
  stream: DataStream,
  deadlineMs: number,
): Promise<boolean> {
  if (stream.status === "ACTIVE") return extendExpiry(ports, stream, deadlineMs);
  const isOthers = ports.clock.now() < stream.settledAtMs;
  if (isOthers || ports.clock.now() >= deadlineMs) return false;
  const settled = await settle(ports, stream, deadlineMs);
  return settled === undefined || (settled.status === "ACTIVE" && !settled.extendExpiryFrom);
}
