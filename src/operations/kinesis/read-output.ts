/** What GetRecords and SubscribeToShard both answer: records, how far behind they are, and who comes next. */
import type { ChildShard, _Record } from "@aws-sdk/client-kinesis";
import { parentIndexes } from "../../streams/lineage.ts";
import type { Page, ReadRecord } from "../../streams/read.ts";
import { recordSequenceNumber } from "../../streams/record-sequence.ts";
import { formatShardId } from "../../streams/shard-id.ts";
import type { Shard, StreamView } from "../../streams/stream.ts";
import { encryptionType } from "./put-into.ts";

export function toWireRecord(view: StreamView, shard: Shard, record: ReadRecord): _Record {
  return {
    SequenceNumber: recordSequenceNumber(shard, record),
    ApproximateArrivalTimestamp: new Date(record.arrivedAtMs),
    Data: record.data,
    PartitionKey: record.partitionKey,
    ...encryptionType(view),
  };
}

/** Behind now, by the last record of the page: what comes next is not known yet. */
export function millisBehind(
  { isAtTip, records }: Pick<Page, "isAtTip" | "records">,
  nowMs: number,
): number {
  if (isAtTip) return 0;
  const last = records.at(-1);
  return last === undefined ? 1 : Math.max(1, nowMs - last.arrivedAtMs);
}

export function toWireChild(child: Shard): ChildShard {
  return {
    ShardId: formatShardId(child.index),
    ParentShards: parentIndexes(child).map(formatShardId),
    HashKeyRange: {
      StartingHashKey: String(child.range.start),
      EndingHashKey: String(child.range.end),
    },
  };
}
