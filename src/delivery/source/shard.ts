/**
 * What delivery reads: a lane of the delivery stream's own, or a shard of the data stream that is its source. They
 * differ in how long records live and in what identifies one; and a data stream's may be aggregates of the Kinesis
 * Producer Library, which Firehose always takes apart.
 * https://docs.aws.amazon.com/firehose/latest/dev/writing-with-kinesis-streams.html
 */
import type { LogRecord } from "../../log/record.ts";
import { formatSequenceNumber } from "../../log/sequence.ts";
import type { BlockHeader, ShardKey } from "../../log/store.ts";
import type { ShardRetention } from "../../readers/span.ts";
import { parseAggregate } from "../../streams/aggregate.ts";
import { deaggregate } from "../../streams/deaggregate.ts";
import { recordSequenceNumber } from "../../streams/record-sequence.ts";
import { retentionMs } from "../../streams/retention.ts";
import { formatShardId } from "../../streams/shard-id.ts";
import { type DataStream, dataShardKey, type Shard } from "../../streams/stream.ts";
import { type DeliveryStream, laneKey } from "../delivery-stream.ts";
import type { DeliveryRecord } from "../record.ts";
import { directPutRetentionMs } from "../retention.ts";

export interface SourceShard {
  readonly kind: "lane" | "data";
  readonly key: ShardKey;
  /** Of the lane, or of the data stream's shard. */
  readonly index: number;
  readonly retention: ShardRetention;
  /** Absent: all records of the blocks that are read. */
  readonly cut?: Cut;
  /** Absent: by their place in the shard. */
  readonly identify?: (
    block: BlockPlace,
    records: readonly LogRecord[],
    first: number,
  ) => readonly DeliveryRecord[];
}

/** Where what is read begins or ends within a block. */
export interface Cut {
  readonly start?: { readonly blockIndex: number; readonly skippedCount: number };
  readonly end?: { readonly blockIndex: number; readonly keptCount: number };
}

export function laneSource(stream: DeliveryStream, lane: number): SourceShard {
  const { trimmedBeforeMs } = stream.retention ?? {};
  const retention = {
    retentionMs: directPutRetentionMs(stream),
    ...(trimmedBeforeMs !== undefined && { trimmedBeforeMs }),
    shardCreatedAtMs: stream.createdAtMs,
  };
  return { kind: "lane", key: laneKey(stream, lane), index: lane, retention };
}

export function dataSource(stream: DataStream, { index, createdAtMs }: Shard): SourceShard {
  const { trimmedBeforeMs } = stream;
  const retention = {
    retentionMs: retentionMs(stream),
    ...(trimmedBeforeMs !== undefined && { trimmedBeforeMs }),
    shardCreatedAtMs: createdAtMs,
  };
  return { kind: "data", key: dataShardKey(stream, index), index, retention };
}

/** What of a block's records is delivered, where nobody asks for more. */
export function deliveredData(
  { kind }: SourceShard,
  records: readonly LogRecord[],
): readonly Pick<LogRecord, "data">[] {
  if (kind === "lane") return records;
  return records.flatMap<Pick<LogRecord, "data">>(
    (record) => parseAggregate(record.data) ?? [record],
  );
}

/** Record ids end in a sub-sequence number, which only records of aggregates use. */
const SUBSEQUENCE_DIGITS = 6;
const NO_SUBSEQUENCE = "0".repeat(SUBSEQUENCE_DIGITS);

type BlockPlace = Pick<BlockHeader, "index" | "arrivedAtMs">;

/** A block's records, from that position on, with the ids that a transform knows them by; making these costs more than all else about them. */
export function identified(
  shard: SourceShard,
  block: BlockPlace,
  records: readonly LogRecord[],
  first = 0,
): readonly DeliveryRecord[] {
  if (shard.identify !== undefined) return shard.identify(block, records, first);
  return shard.kind === "lane"
    ? ofLane(shard, block, records, first)
    : records.flatMap((record, i) => ofDataShard(shard, block, record, first + i));
}

function ofLane(
  { index: shardIndex, retention: { shardCreatedAtMs } }: SourceShard,
  { index: blockIndex, arrivedAtMs }: BlockPlace,
  records: readonly LogRecord[],
  first: number,
): readonly DeliveryRecord[] {
  return records.map(({ data }, i) => {
    const place = { shardCreatedAtMs, shardIndex, blockIndex, position: first + i, arrivedAtMs };
    return { recordId: formatSequenceNumber(place) + NO_SUBSEQUENCE, arrivedAtMs, data };
  });
}

function ofDataShard(
  { index, retention: { shardCreatedAtMs } }: SourceShard,
  { index: blockIndex, arrivedAtMs }: BlockPlace,
  { data: stored, partitionKey: storedKey = "" }: LogRecord,
  position: number,
): readonly DeliveryRecord[] {
  const sequenceNumber = recordSequenceNumber(
    { index, createdAtMs: shardCreatedAtMs },
    { blockIndex, position, arrivedAtMs },
  );
  const shardId = formatShardId(index);
  return deaggregate({ data: stored, partitionKey: storedKey }).map(
    ({ data, partitionKey, subSequenceNumber }) => ({
      recordId: sequenceNumber + String(subSequenceNumber).padStart(SUBSEQUENCE_DIGITS, "0"),
      arrivedAtMs,
      data,
      origin: { sequenceNumber, subSequenceNumber, partitionKey, shardId },
    }),
  );
}
