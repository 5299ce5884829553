/** A flush as answers show it: which stretch of which lane went into which objects. */
import type { DeliveryStream } from "../../delivery/delivery-stream.ts";
import type { FlushNote } from "../../delivery/ports.ts";
import type { DeliveryReader } from "../../delivery/progress.ts";
import { laneIdOf } from "./lane-id.ts";

export interface WireObject {
  readonly Bucket: string;
  readonly Key: string;
  /** Present: it holds failed records. */
  readonly ErrorOutputType?: string;
}

export interface WireFlush {
  readonly LaneId: string;
  /** `delivery`, `backup` */
  readonly Kind: string;
  /** Of the lane's log; the second exclusive. */
  readonly FromBlock: number;
  readonly ToBlock: number;
  readonly Time: Date;
  readonly OldestArrival?: Date;
  readonly Records: number;
  readonly VersionId: string;
  /** What was made of them; absent: a run that died counted, and the next one finished. */
  readonly Delivered?: number;
  readonly Dropped?: number;
  readonly Failed?: number;
  readonly DeliveredBytes?: number;
  readonly Objects: readonly WireObject[];
  /** There may be more than are named. */
  readonly ObjectCount: number;
}

export interface LaneFlush {
  readonly lane: number;
  readonly kind: DeliveryReader["kind"];
  readonly flush: FlushNote;
}

export function toWireFlush(stream: DeliveryStream, { lane, kind, flush }: LaneFlush): WireFlush {
  const { fromBlock, toBlock, atMs, oldestArrivedAtMs, recordCount, counts } = flush;
  return {
    LaneId: laneIdOf(stream, lane),
    Kind: kind,
    FromBlock: fromBlock,
    ToBlock: toBlock,
    Time: new Date(atMs),
    ...(oldestArrivedAtMs !== undefined && { OldestArrival: new Date(oldestArrivedAtMs) }),
    Records: recordCount,
    VersionId: String(flush.plan.versionId),
    ...(counts && {
      Delivered: counts.deliveredCount,
      Dropped: counts.droppedCount,
      Failed: counts.failedCount,
      DeliveredBytes: counts.deliveredBytes,
    }),
    Objects: flush.objects.map(toWireObject),
    ObjectCount: flush.objectCount,
  };
}

export function toWireObject({
  bucket,
  key,
  errorOutputType,
}: FlushNote["objects"][number]): WireObject {
  return {
    Bucket: bucket,
    Key: key,
    ...(errorOutputType && { ErrorOutputType: errorOutputType }),
  };
}
