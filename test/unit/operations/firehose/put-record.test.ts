import { describe, expect, it } from "vitest";
import { laneKey, type DeliveryStream } from "../../../../src/delivery/delivery-stream.ts";
import { openLanes } from "../../../../src/delivery/lane-change.ts";
import { withFewerLanes, withoutLanes } from "../../../../src/delivery/lanes.ts";
import type { Appender } from "../../../../src/log/appender.ts";
import { decodeRecordId } from "../../../../src/delivery/record-id.ts";
import { streamCache } from "../../../../src/operations/stream-cache.ts";
import { createRequest, harness, invalid, invalidArgument, notFound, NOW_MS } from "./harness.ts";

const DeliveryStreamName = "access-logs";
const base64 = (text: string | Uint8Array) => Buffer.from(text).toString("base64");
const put = (text: string | Uint8Array) => ({ DeliveryStreamName, Record: { Data: base64(text) } });
const batch = (...texts: (string | Uint8Array)[]) => ({
  DeliveryStreamName,
  Records: texts.map((text) => ({ Data: base64(text) })),
});

async function withStream() {
  const made = harness();
  await made.call("CreateDeliveryStream", createRequest());
  const stream = (await made.deliveryStreams.get(DeliveryStreamName)) as DeliveryStream;
  const head = () => made.log.head(laneKey(stream, 0));
  return { ...made, stream, head };
}

function throttledAppender(): Appender {
  return { append: () => Promise.resolve({ kind: "throttled" }) };
}

describe("PutRecord", () => {
  it("stores the record and answers an id that leads to it", async () => {
    const { call, stream, head } = await withStream();
    await call("PutRecord", put("first"));
    const { value } = await call("PutRecord", put("second"));
    expect(value).toEqual({ RecordId: expect.any(String) as string, Encrypted: false });
    expect(decodeRecordId(DeliveryStreamName, value.RecordId)).toEqual({
      generation: stream.generation,
      lane: 0,
      blockIndex: 1,
      position: 0,
      arrivedAtMs: NOW_MS,
    });
    expect(await head()).toMatchObject({ recordCount: 2, byteOffset: "firstsecond".length });
  });

  it("takes an empty record", async () => {
    const { call, head } = await withStream();
    expect((await call("PutRecord", put(""))).error).toBeUndefined();
    expect(await head()).toMatchObject({ recordCount: 1, byteOffset: 0 });
  });

  it("takes 1,024,000 bytes and not one more", async () => {
    const { call, head } = await withStream();
    expect((await call("PutRecord", put(new Uint8Array(1_024_000)))).error).toBeUndefined();
    expect(await call("PutRecord", put(new Uint8Array(1_024_001)))).toEqual(
      invalid(
        "Value at 'record.data' failed to satisfy constraint: Member must have length less than or equal to 1024000",
      ),
    );
    expect(await head()).toMatchObject({ recordCount: 1 });
  });

  it("refuses a record without data", async () => {
    const { call } = await withStream();
    expect(await call("PutRecord", { DeliveryStreamName, Record: {} })).toEqual(
      invalid("Value at 'record.data' failed to satisfy constraint: Member must not be null"),
    );
  });

  it("does not find a stream that is not there, until it is", async () => {
    const { call } = harness();
    expect(await call("PutRecord", put("x"))).toEqual(notFound(DeliveryStreamName));
    await call("CreateDeliveryStream", createRequest());
    expect((await call("PutRecord", put("x"))).error).toBeUndefined();
  });

  it("does not store into a stream that another process deleted", async () => {
    const { call, stream, log, deliveryStreams } = await withStream();
    await call("PutRecord", put("x"));
    await deliveryStreams.remove(stream, [laneKey(stream, 0)], 0);
    expect(await call("PutRecord", put("y"))).toEqual(notFound(DeliveryStreamName));
    const indexes: number[] = [];
    const range = { shard: laneKey(stream, 0), from: 0, to: 10 };
    for await (const { index } of log.read(range)) indexes.push(index);
    expect(indexes).toEqual([0]);
  });

  it("stores into a lane that it did not know of once the one it knew is closed", async () => {
    const { call, context, stream, head, log } = await withStream();
    await call("PutRecord", put("x"));
    const grown = await openLanes(context, stream, 2);
    const fewer = withFewerLanes({ ...grown.lanes!, open: [1, 0] }, 1, NOW_MS + 1);
    await context.deliveryStreams.update(grown, { ...grown, lanes: fewer });
    await context.deliveryStreams.sealLane(laneKey(stream, 0));
    const { value } = await call("PutRecord", put("y"));
    expect(decodeRecordId(DeliveryStreamName, value.RecordId)).toMatchObject({ lane: 1 });
    expect(await head()).toMatchObject({ recordCount: 1 });
    expect(await log.head(laneKey(stream, 1))).toMatchObject({ recordCount: 1 });
  });

  it("does not find a stream of which all lanes are gone already", async () => {
    const { call, context, stream } = await withStream();
    const transition = { kind: "deleting", sinceMs: NOW_MS } as const;
    const lanes = withoutLanes(stream.lanes!, [0]);
    const removed = [laneKey(stream, 0)];
    const change = { opened: [], readers: [], removed };
    await context.deliveryStreams.update(stream, { ...stream, lanes, transition }, change);
    expect(await call("PutRecord", put("y"))).toEqual(notFound(DeliveryStreamName));
  });

  it("follows a stream that another process deleted and created again", async () => {
    const { call, context, stream, deliveryStreams, log } = await withStream();
    await call("PutRecord", put("x"));
    const elsewhere = { streamCache: streamCache(deliveryStreams, context.clock) };
    await call("DeleteDeliveryStream", { DeliveryStreamName }, elsewhere);
    await call("CreateDeliveryStream", createRequest(), elsewhere);
    const { value } = await call("PutRecord", put("y"));
    const place = decodeRecordId(DeliveryStreamName, value.RecordId);
    expect(place?.generation).not.toBe(stream.generation);
    const current = (await deliveryStreams.get(DeliveryStreamName)) as DeliveryStream;
    expect(await log.head(laneKey(current, 0))).toMatchObject({ recordCount: 1 });
  });

  it("tells a throttled producer to slow down", async () => {
    const { call } = await withStream();
    expect(await call("PutRecord", put("x"), { appender: throttledAppender() })).toEqual({
      error: { name: "ServiceUnavailableException", message: "Slow down." },
    });
  });
});

describe("PutRecordBatch", () => {
  it("stores all records in one append and answers an id for each, in order", async () => {
    const { call, head } = await withStream();
    const { value } = await call("PutRecordBatch", batch("a", "", "ccc"));
    expect(value).toMatchObject({ FailedPutCount: 0, Encrypted: false });
    const places = value.RequestResponses.map(({ RecordId }: { RecordId: string }) =>
      decodeRecordId(DeliveryStreamName, RecordId),
    );
    expect(places).toMatchObject([
      { blockIndex: 0, position: 0 },
      { blockIndex: 0, position: 1 },
      { blockIndex: 0, position: 2 },
    ]);
    expect(await head()).toMatchObject({ blockIndex: 1, recordCount: 3, byteOffset: 4 });
  });

  it("takes 500 records and not one more", async () => {
    const { call, head } = await withStream();
    const records = Array.from({ length: 500 }, () => "x");
    const { value } = await call("PutRecordBatch", batch(...records));
    expect(value.RequestResponses).toHaveLength(500);
    expect(await call("PutRecordBatch", batch(...records, "x"))).toEqual(
      invalid(
        "Value at 'records' failed to satisfy constraint: Member must have length less than or equal to 500",
      ),
    );
    expect(await head()).toMatchObject({ recordCount: 500 });
  });

  it("refuses an empty batch", async () => {
    const { call } = await withStream();
    expect(await call("PutRecordBatch", batch())).toEqual(
      invalid(
        "Value at 'records' failed to satisfy constraint: Member must have length greater than or equal to 1",
      ),
    );
  });

  it("takes 4 MiB and not one byte more", async () => {
    const { call, head } = await withStream();
    const records = Array.from({ length: 4 }, () => new Uint8Array(1_000_000));
    const rest = 4 * 1024 * 1024 - 4_000_000;
    const full = await call("PutRecordBatch", batch(...records, new Uint8Array(rest)));
    expect(full.value.FailedPutCount).toBe(0);
    expect(await call("PutRecordBatch", batch(...records, new Uint8Array(rest + 1)))).toEqual(
      invalidArgument("Records size exceeds 4 MB limit"),
    );
    expect(await head()).toMatchObject({ recordCount: 5 });
  });

  it("counts records before bytes", async () => {
    const { call } = await withStream();
    const tooMuch = Array.from({ length: 501 }, () => new Uint8Array(9_000));
    const { error } = await call("PutRecordBatch", batch(...tooMuch));
    expect(error?.name).toBe("ValidationException");
  });

  it("names the record that is too large", async () => {
    const { call } = await withStream();
    expect(await call("PutRecordBatch", batch("a", new Uint8Array(1_024_001)))).toEqual(
      invalid(
        "Value at 'records.2.member.data' failed to satisfy constraint: Member must have length less than or equal to 1024000",
      ),
    );
  });

  it("does not find a stream that is not there", async () => {
    expect(await harness().call("PutRecordBatch", batch("a"))).toEqual(
      notFound(DeliveryStreamName),
    );
  });

  it("reports a throttled batch entry by entry in a successful answer", async () => {
    const { call } = await withStream();
    expect(
      await call("PutRecordBatch", batch("a", "b"), { appender: throttledAppender() }),
    ).toEqual({
      value: {
        FailedPutCount: 2,
        Encrypted: false,
        RequestResponses: [
          { ErrorCode: "ServiceUnavailableException", ErrorMessage: "Slow down." },
          { ErrorCode: "ServiceUnavailableException", ErrorMessage: "Slow down." },
        ],
      },
    });
  });
});

describe("a call that is sent again", () => {
  const attempt = (n: number, byte = 7) => ({
    producerRequest: { callId: new Uint8Array(32).fill(byte), attempt: n },
  });

  it("is answered as before, whichever lanes were drawn, and stored once", async () => {
    const { call, stream, deliveryStreams, context, log } = await withStream();
    const lanes = [0, 1, 2, 3].map((lane) => laneKey(stream, lane));
    for (const lane of lanes) log.open(lane);
    const wide = {
      ...deliveryStreams,
      get: async () => ({ ...stream, lanes: { open: [0, 1, 2, 3], next: 4, changedAtMs: NOW_MS } }),
    };
    const drawing = (fraction: number) => ({
      streamCache: streamCache(wide, context.clock),
      random: { ...context.random, fraction: () => fraction },
    });
    const first = await call("PutRecord", put("x"), { ...drawing(0.3), ...attempt(1) });
    for (const n of [2, 3]) {
      expect(await call("PutRecord", put("x"), { ...drawing(0.9), ...attempt(n) })).toEqual(first);
    }
    const heads = await Promise.all(lanes.map((lane) => log.head(lane)));
    expect(heads.map((head) => head?.recordCount)).toEqual([0, 1, 0, 0]);
  });

  it("is another call in a stream that was made anew", async () => {
    const { call, deliveryStreams, log } = await withStream();
    await call("PutRecord", put("x"), attempt(1));
    await call("DeleteDeliveryStream", { DeliveryStreamName });
    await call("CreateDeliveryStream", createRequest());
    const stream = (await deliveryStreams.get(DeliveryStreamName)) as DeliveryStream;
    expect((await call("PutRecord", put("x"), attempt(2))).error).toBeUndefined();
    expect(await log.head(laneKey(stream, 0))).toMatchObject({ recordCount: 1 });
  });
});
