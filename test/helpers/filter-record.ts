/** A record as filters see it. */
import type { ConsumerRecord } from "../../src/consumer/record.ts";

export function filterRecord(data: string | Uint8Array): ConsumerRecord {
  return {
    position: { blockIndex: 0, position: 0 },
    arrivedAtMs: 1_545_084_650_987,
    sequenceNumber: "4959",
    partitionKey: "device-7",
    data: typeof data === "string" ? Buffer.from(data) : data,
  };
}
