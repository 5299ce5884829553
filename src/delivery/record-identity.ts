/**
 * What a record is known by outside, found from what it is known by on its way: the id that its producer was answered, or
 * where it stands in its data stream.
 */
import { parseSequenceNumber, SEQUENCE_NUMBER_DIGITS } from "../log/sequence.ts";
import type { DeliveryStream } from "./delivery-stream.ts";
import type { DeliveryRecord, RecordIdentity } from "./record.ts";
import { blockRecordIds } from "./record-id.ts";

export type Identify = (record: DeliveryRecord) => RecordIdentity;

/** Fastest where records of a block follow each other. */
export function identifying({
  name,
  generation,
}: Pick<DeliveryStream, "name" | "generation">): Identify {
  let last: { readonly lane: number; readonly blockIndex: number; readonly arrivedAtMs: number } = {
    lane: -1,
    blockIndex: -1,
    arrivedAtMs: -1,
  };
  let idAt: (position: number) => string = () => "";

  function idInLane({ recordId, arrivedAtMs }: DeliveryRecord): string | undefined {
    const place = parseSequenceNumber(recordId.slice(0, SEQUENCE_NUMBER_DIGITS));
    if (place === undefined) return undefined;
    const { shardIndex: lane, blockIndex, position } = place;
    const isSame =
      last.blockIndex === blockIndex && last.lane === lane && last.arrivedAtMs === arrivedAtMs;
    if (!isSame) {
      last = { lane, blockIndex, arrivedAtMs };
      idAt = blockRecordIds(name, { generation, ...last });
    }
    return idAt(position);
  }

  return (record) => {
    const { identity, origin, partIndex } = record;
    const part = partIndex === undefined ? {} : { index: partIndex };
    if (identity !== undefined) return { ...part, ...identity };
    if (origin !== undefined) {
      const { sequenceNumber, subSequenceNumber, partitionKey, shardId } = origin;
      const place = { sequenceNumber, subSequenceNumber, partitionKey, shardId };
      return { id: sequenceNumber, ...place, ...part };
    }
    const id = idInLane(record);
    return id === undefined ? part : { id, ...part };
  };
}
