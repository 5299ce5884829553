/** What may run side by side of a stream's batch. */
import { expect, it } from "vitest";
import { shareOut } from "../../../offline/events/share-out.ts";
import type { StreamRecord } from "../../../offline/events/stream-batch.ts";

const record = (pk: string, count: number): StreamRecord => ({
  dynamodb: {
    SequenceNumber: String(count),
    ApproximateCreationDateTime: 1_800_000_000,
    Keys: { pk: { S: pk }, sk: { S: String(count) } },
  },
});
const batch = Array.from({ length: 300 }, (_, i) => record(`key ${i % 30}`, i));

it("keeps the records of a key together, in their order", () => {
  const parts = shareOut(batch, 4);
  expect(parts).toHaveLength(4);
  expect(parts.flat().toSorted((a, b) => sequence(a) - sequence(b))).toEqual(batch);
  const keyOf = ({ dynamodb }: StreamRecord) => JSON.stringify(dynamodb.Keys?.["pk"]);
  for (const part of parts) {
    expect(part.map(sequence)).toEqual(part.map(sequence).toSorted((a, b) => a - b));
    const elsewhere = new Set(parts.filter((other) => other !== part).flatMap((p) => p.map(keyOf)));
    expect(part.filter((one) => elsewhere.has(keyOf(one)))).toEqual([]);
  }
});

it("makes no part of nothing, and one where nothing may run side by side", () => {
  expect(shareOut([], 1)).toEqual([]);
  expect(shareOut([], 4)).toEqual([]);
  expect(shareOut(batch, 1)).toEqual([batch]);
  expect(shareOut(batch.slice(0, 1), 4)).toEqual([batch.slice(0, 1)]);
});

function sequence({ dynamodb }: StreamRecord): number {
  return Number(dynamodb.SequenceNumber);
}
