/**
 * Topics of Kafka, MSK's or one's own: each record's value, under its key. Partitions are independent of each other.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html
 */
import type { MSKEvent, MSKRecord, SelfManagedKafkaEvent } from "aws-lambda";
import type { Brought, Sequence } from "../brought.ts";
import { digestKey, partitionKeyOf } from "../partition-key.ts";
import { members, type Source } from "./source.ts";

/** What the declared types leave out: a record may be without a key, and one that removes its key's has no value. */
interface KafkaRecord extends Omit<MSKRecord, "key" | "value"> {
  readonly key?: string | null;
  readonly value?: string | null;
}

export const kafka = {
  matches(event) {
    const { eventSource } = members(event);
    return eventSource === "aws:kafka" || eventSource === "SelfManagedKafka";
  },
  decode(event: MSKEvent | SelfManagedKafkaEvent): readonly Sequence[] {
    const cluster = "eventSourceArn" in event ? event.eventSourceArn : event.bootstrapServers;
    return Object.values(event.records).map((records) => ({
      items: (records as readonly KafkaRecord[]).map((record) => broughtBy(record, cluster ?? "")),
      isBatch: true,
    }));
  },
} satisfies Source;

function broughtBy(
  { topic, partition: number, offset, key, value }: KafkaRecord,
  cluster: string,
): Brought {
  const partition = `${topic}-${number}`;
  return {
    id: `${cluster}/${partition}/${offset}`,
    data: Buffer.from(value ?? "", "base64"),
    partitionKey: () => keyOf(Buffer.from(key ?? "", "base64"), partition),
    item: { partition, offset },
  };
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A key may be any bytes. Records without one stay in the order of their partition. */
function keyOf(key: Buffer, partition: string): string {
  try {
    return partitionKeyOf(utf8.decode(key), partition);
  } catch {
    return digestKey(key);
  }
}
