/** Aggregates as the Kinesis Producer Library makes them, field by field. */
import { createHash } from "node:crypto";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

export interface RecordToAggregate {
  readonly data: Uint8Array;
  readonly partitionKey: string;
  readonly explicitHashKey?: string;
}

/** Keys that occur again share their place in the table. */
export function aggregate(records: readonly RecordToAggregate[]): Buffer {
  const partitionKeys = [...new Set(records.map(({ partitionKey }) => partitionKey))];
  const explicitHashKeys = [
    ...new Set(records.flatMap(({ explicitHashKey }) => explicitHashKey ?? [])),
  ];
  const writer = new BinaryWriter();
  for (const key of partitionKeys) writer.tag(1, WireType.LengthDelimited).string(key);
  for (const key of explicitHashKeys) writer.tag(2, WireType.LengthDelimited).string(key);
  for (const { data, partitionKey, explicitHashKey } of records) {
    writer.tag(3, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.Varint).uint64(partitionKeys.indexOf(partitionKey));
    if (explicitHashKey !== undefined) {
      writer.tag(2, WireType.Varint).uint64(explicitHashKeys.indexOf(explicitHashKey));
    }
    writer.tag(3, WireType.LengthDelimited).bytes(data).join();
  }
  return envelope(writer.finish());
}

/** Magic and digest around any message, a well-formed one or not. */
export function envelope(message: Uint8Array): Buffer {
  const digest = createHash("md5").update(message).digest();
  return Buffer.concat([Buffer.from("f3899ac2", "hex"), message, digest]);
}
