import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DeliveryRecord } from "../../../../src/delivery/record.ts";
import {
  type TransformBatch,
  transformBatches,
  transformRequest,
} from "../../../../src/delivery/stages/transform-request.ts";
import { FIREHOSE_RECORD_MAX_BYTES, LAMBDA_PAYLOAD_MAX_BYTES } from "../../../../src/limits.ts";
import { record, STREAM_ARN } from "./transform-helpers.ts";

const SOURCE = { deliveryStreamArn: STREAM_ARN, region: "us-east-1" };

async function batchesOf(groups: readonly DeliveryRecord[][], bufferBytes: number) {
  const batches: TransformBatch[] = [];
  for await (const batch of transformBatches(groups, bufferBytes, SOURCE)) batches.push(batch);
  return batches;
}

function sized(number: number, byteCount: number): DeliveryRecord {
  return { ...record(number), data: new Uint8Array(byteCount) };
}

describe("the request", () => {
  test("has the members of the service's event and nothing else", () => {
    const request = transformRequest([record(7, "hello")], SOURCE);
    expect(JSON.parse(request)).toEqual({
      invocationId: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      deliveryStreamArn: STREAM_ARN,
      region: "us-east-1",
      records: [
        {
          recordId: record(7).recordId,
          approximateArrivalTimestamp: record(7).arrivedAtMs,
          data: "aGVsbG8=",
        },
      ],
    });
  });

  test("says of records from a data stream where they come from", () => {
    const arn = "arn:aws:kinesis:us-east-1:000000000000:stream/clicks";
    const origin = {
      sequenceNumber: "49590338271490256608559692538361571095921575989136588898",
      subSequenceNumber: 2,
      partitionKey: "alice",
      shardId: "shardId-000000000006",
    };
    const source = { ...SOURCE, sourceKinesisStreamArn: arn };
    const request = JSON.parse(transformRequest([{ ...record(7, "hello"), origin }], source));
    expect(Object.keys(request as object)).toEqual([
      "invocationId",
      "deliveryStreamArn",
      "sourceKinesisStreamArn",
      "region",
      "records",
    ]);
    expect(request).toMatchObject({ sourceKinesisStreamArn: arn });
    expect((request as { records: object[] }).records).toEqual([
      {
        recordId: record(7).recordId,
        approximateArrivalTimestamp: record(7).arrivedAtMs,
        data: "aGVsbG8=",
        kinesisRecordMetadata: {
          sequenceNumber: origin.sequenceNumber,
          subsequenceNumber: 2,
          partitionKey: "alice",
          shardId: "shardId-000000000006",
          approximateArrivalTimestamp: record(7).arrivedAtMs,
        },
      },
    ]);
  });

  test("keeps its invocation id when it is sent again, and only then", () => {
    const idOf = (batch: TransformBatch) =>
      (JSON.parse(transformRequest(batch, SOURCE)) as { invocationId: string }).invocationId;
    expect(idOf([record(1), record(2)])).toBe(idOf([record(1), record(2)]));
    expect(idOf([record(1)])).not.toBe(idOf([record(2)]));
  });
});

describe("batches", () => {
  test("end before the record that would exceed the buffer", async () => {
    const records = [sized(0, 40), sized(1, 60), sized(2, 1), sized(3, 99)];
    const batches = await batchesOf([records], 100);
    expect(batches.map((batch) => batch.length)).toEqual([2, 2]);
  });

  test("hold a record alone that is larger than the buffer", async () => {
    const batches = await batchesOf([[sized(0, 1), sized(1, 500), sized(2, 1)]], 100);
    expect(batches.map((batch) => batch.map(({ data }) => data.byteLength))).toEqual([
      [1],
      [500],
      [1],
    ]);
  });

  test("fill Lambda's payload limit and never exceed it, with many tiny records", async () => {
    const records = Array.from({ length: 60_000 }, (_, number) => sized(number, 1));
    const batches = await batchesOf([records], 3 * 1024 * 1024);
    const sizes = batches.map((batch) => Buffer.byteLength(transformRequest(batch, SOURCE)));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(LAMBDA_PAYLOAD_MAX_BYTES);
    expect(sizes[0]).toBeGreaterThan(LAMBDA_PAYLOAD_MAX_BYTES - 200);
  });

  test("fill Lambda's payload limit and never exceed it, with what says where records come from", async () => {
    const origin = {
      sequenceNumber: "4".repeat(56),
      subSequenceNumber: 7,
      partitionKey: 'ключ "\n',
      shardId: "shardId-000000000006",
    };
    const source = { ...SOURCE, sourceKinesisStreamArn: STREAM_ARN };
    const records = Array.from({ length: 20_000 }, (_, n) => ({ ...sized(n, 5), origin }));
    const batches: TransformBatch[] = [];
    for await (const batch of transformBatches([records], 3 * 1024 * 1024, source)) {
      batches.push(batch);
    }
    const sizes = batches.map((batch) => Buffer.byteLength(transformRequest(batch, source)));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(LAMBDA_PAYLOAD_MAX_BYTES);
    expect(sizes[0]).toBeGreaterThan(LAMBDA_PAYLOAD_MAX_BYTES - 500);
  });

  test("never exceed Lambda's payload limit with the largest records and the largest buffer", async () => {
    const records = Array.from({ length: 9 }, (_, i) => sized(i, FIREHOSE_RECORD_MAX_BYTES));
    const batches = await batchesOf([records], 1000 * 1024 * 1024);
    expect(batches.map((batch) => batch.length)).toEqual([4, 4, 1]);
    for (const batch of batches) {
      expect(transformRequest(batch, SOURCE).length).toBeLessThanOrEqual(LAMBDA_PAYLOAD_MAX_BYTES);
    }
  });

  test("hold every record once, in order, however the records come grouped", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.nat({ max: 120 }), { maxLength: 8 }), { maxLength: 12 }),
        fc.integer({ min: 1, max: 200 }),
        async (groupSizes, bufferBytes) => {
          let number = 0;
          const groups = groupSizes.map((sizes) => sizes.map((size) => sized(number++, size)));
          const batches = await batchesOf(groups, bufferBytes);
          expect(batches.flat()).toEqual(groups.flat());
          expect(await batchesOf([groups.flat()], bufferBytes)).toEqual(batches);
          for (const batch of batches) {
            const byteCount = batch.reduce((sum, { data }) => sum + data.byteLength, 0);
            expect(batch.length === 1 || byteCount <= bufferBytes).toBe(true);
          }
        },
      ),
    );
  });
});
