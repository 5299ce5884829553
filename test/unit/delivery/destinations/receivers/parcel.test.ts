import { describe, expect, test } from "vitest";
import {
  type Kept,
  openParcel,
  packKept,
  type ParcelPlace,
  ParcelWriter,
  readPiece,
  unpackKept,
} from "../../../../../src/delivery/destinations/receivers/parcel.ts";
import type { Outcome } from "../../../../../src/delivery/stages/pipeline.ts";
import { PARCEL_PIECE_MAX_COUNT } from "../../../../../src/limits.ts";
import type { ShardKey } from "../../../../../src/log/store.ts";
import { seededRandom } from "../../../../helpers/seeded-random.ts";
import { memorySpool } from "../../../../../src/storage/memory/spool.ts";

const delivered = (
  id: string,
  text: string,
  raw = text,
): Extract<Outcome, { kind: "delivered" }> => {
  const record = { recordId: id, arrivedAtMs: 7, data: Buffer.from(raw) };
  return { kind: "delivered", record, data: raw === text ? record.data : Buffer.from(text) };
};

const failed: Kept = {
  kind: "failed",
  record: { recordId: "f", arrivedAtMs: 9, data: Buffer.from([0, 255, 10]), partIndex: 3 },
  errorCode: "Lambda.FunctionError",
  errorMessage: "no",
  errorOutputType: "processing-failed",
  attemptsMade: 4,
  attemptEndedAtMs: 12,
};

describe("what is kept", () => {
  test("comes back as it was, with all that is known of it", () => {
    const { record } = delivered("k", "x");
    const origin = { sequenceNumber: "1", subSequenceNumber: 2, partitionKey: "p", shardId: "s" };
    const kept: Kept[] = [
      delivered("a", "as it came"),
      { ...delivered("b", "after", "before"), partitionKeys: { "partitionKeyFromLambda:c": "1" } },
      failed,
      delivered("c", ""),
      { kind: "delivered", record: { ...record, origin, priorAttempts: 2 }, data: Buffer.alloc(0) },
    ];
    expect(unpackKept(packKept(kept))).toEqual(kept);
  });
});

describe("a parcel", () => {
  const place = (): ParcelPlace => ({
    ports: { spool: memorySpool(seededRandom(1)), shard: "firehose/a/b/0000" as ShardKey },
    sealer: undefined,
    blockIndex: 4,
  });

  test("is put down in pieces, and what is dropped in none", async () => {
    const where = place();
    const writer = new ParcelWriter(where);
    const { record } = delivered("d", "dropped");
    await writer.take([delivered("a", "one"), { kind: "dropped", record }, failed]);
    await writer.take(
      Array.from({ length: PARCEL_PIECE_MAX_COUNT }, (_, i) => delivered(String(i), "xy")),
    );
    const pieces = await writer.finish();
    expect(pieces.map(({ recordCount, failedCount }) => [recordCount, failedCount])).toEqual([
      [PARCEL_PIECE_MAX_COUNT - 1, 1],
      [2, 0],
    ]);
    const parcel = openParcel(where, pieces);
    expect(parcel).toMatchObject({
      recordCount: PARCEL_PIECE_MAX_COUNT + 1,
      byteCount: 3 + 2 * PARCEL_PIECE_MAX_COUNT,
      pieceCount: 2,
    });
    const [first, second] = [await parcel.piece(0), await parcel.piece(1)];
    expect(first[0]).toEqual(delivered("a", "one"));
    expect(first).toHaveLength(PARCEL_PIECE_MAX_COUNT - 1);
    expect(second.map(({ record: { recordId } }) => recordId)).toEqual([
      String(PARCEL_PIECE_MAX_COUNT - 2),
      String(PARCEL_PIECE_MAX_COUNT - 1),
    ]);
    expect((await readPiece(where, pieces[0]!))[1]).toEqual(failed);
  });

  test("of nothing has no piece", async () => {
    expect(await new ParcelWriter(place()).finish()).toEqual([]);
  });
});
