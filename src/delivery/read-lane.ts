/**
 * Reading what was put into a Direct PUT stream, lane by lane. A lane that is gone can still be read: it went when all of
 * it was delivered, so that its last flush says where it ended.
 */
import type { IteratorStart } from "../log/iterator.ts";
import type { ShardHead, ShardKey } from "../log/store.ts";
import { type Page, type PageBounds, readPageOf, type ReadPorts } from "../streams/read.ts";
import { DELIVERY_READER, type DeliveryStream, laneKey } from "./delivery-stream.ts";
import type { DeliveryNotes } from "./ports.ts";
import { directPutHorizonMs, directPutRetentionMs } from "./retention.ts";

export interface ReadLanePorts extends ReadPorts {
  readonly deliveryNotes: Pick<DeliveryNotes, "flushes">;
}

/** `undefined` for a lane that is gone without a trace. */
export async function readLane(
  ports: ReadLanePorts,
  stream: DeliveryStream,
  lane: number,
  start: IteratorStart,
  bounds: PageBounds,
): Promise<Page | undefined> {
  const key = laneKey(stream, lane);
  const head = (await ports.log.head(key)) ?? (await lastHead(ports, key));
  if (head === undefined) return undefined;
  const retentionMs = directPutRetentionMs(stream);
  const horizonMs = directPutHorizonMs(stream, ports.clock.now());
  return readPageOf(ports, { key, head, horizonMs, retentionMs }, start, bounds);
}

async function lastHead(
  { deliveryNotes }: ReadLanePorts,
  lane: ShardKey,
): Promise<ShardHead | undefined> {
  const [last] = await deliveryNotes.flushes(lane, DELIVERY_READER, { limit: 1 });
  if (last === undefined) return undefined;
  const { to } = last.plan.span;
  // Nobody asks it how many records there were.
  return { ...to, recordCount: 0, sealed: true };
}
