/** Shapes of records and sequence numbers. Bounds are those of the service model. */
import { RECORD_SIZE_MAX_KIB } from "../../limits.ts";
import { blob, required, string } from "../../wire/shape.ts";

export const sequenceNumber = string({
  pattern: String.raw`0|([1-9]\d{0,128})`,
  longestMatch: 129,
});

/** Of 128 bits; the number itself is checked where it is used. */
export const hashKey = string({ pattern: String.raw`0|([1-9]\d{0,38})`, longestMatch: 39 });

/** The members of a record that is put. Empty data is legal. */
export const recordMembers = {
  Data: required(blob({ maxLength: RECORD_SIZE_MAX_KIB * 1024 })),
  PartitionKey: required(string({ minLength: 1, maxLength: 256 })),
  ExplicitHashKey: hashKey,
};
