/** What delivery streams make of the records of a data stream: each once, in the order of its shard. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BYTES_PER_MIB } from "../../../../src/limits.ts";
import type { MemoryFunction } from "../../../../src/storage/memory/invoker.ts";
import { dataShardKey } from "../../../../src/streams/stream.ts";
import { aggregate } from "../../../helpers/aggregate.ts";
import { DESTINATION, TRANSFORM } from "../delivery-ports.ts";
import { RETENTION_MS, sourceWorld } from "./world.ts";

const numbered = (from: number, count: number, keys = ["a", "b", "c", "d", "e", "f"]) =>
  Array.from({ length: count }, (_, i) => {
    const key = keys[(from + i) % keys.length]!;
    return { key, data: `${key} ${from + i}` };
  });

/** The numbers of a key's records in the order in which they were delivered. */
function numbersOf(lines: readonly string[], key: string): number[] {
  return lines.filter((line) => line.startsWith(`${key} `)).map((line) => Number(line.slice(2)));
}

function expectExactly(lines: readonly string[], put: readonly { data: string }[]): void {
  expect(lines.toSorted()).toEqual(put.map(({ data }) => data).toSorted());
  for (const key of ["a", "b", "c", "d", "e", "f"]) {
    const numbers = numbersOf(lines, key);
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
  }
}

describe("a delivery stream with a data stream as its source", () => {
  test("delivers each record once, in the order of its shard, an object per shard", async () => {
    const made = await sourceWorld(3);
    await made.create();
    const records = numbered(0, 60);
    await made.put(records);
    await made.settle();
    expect(made.contents().length).toBeGreaterThan(1);
    expect(new Set(made.contents().map(({ key }) => key)).size).toBe(made.contents().length);
    expectExactly(
      made.contents().flatMap(({ lines }) => lines),
      records,
    );
  });

  test("delivers nothing that was there before it", async () => {
    const made = await sourceWorld(1);
    await made.put([{ key: "a", data: "before" }]);
    await made.create();
    await made.put([{ key: "a", data: "after" }]);
    await made.settle();
    expect(made.contents().map(({ lines }) => lines)).toEqual([["after"]]);
  });

  test("has its records to itself, whoever else reads the same stream", async () => {
    const made = await sourceWorld(2);
    await made.create({}, "one");
    await made.create({ bucketArn: "arn:aws:s3:::logs" }, "other");
    const records = numbered(0, 12);
    await made.put(records);
    await made.settle();
    for (const name of ["one", "other"]) {
      const own = made.contents().filter(({ key }) => key.includes(`/${name}-1-`));
      expectExactly(
        own.flatMap(({ lines }) => lines),
        records,
      );
    }
  });

  test("backs up what came, beside what the transform made of it", async () => {
    const shout: MemoryFunction = (event) => ({
      records: recordsOf(event).map(({ recordId, data }) => ({
        recordId,
        result: "Ok",
        data: Buffer.from(text(data).toUpperCase()).toString("base64"),
      })),
    });
    const made = await sourceWorld(1, shout);
    await made.create({ transform: TRANSFORM, backup: DESTINATION });
    await made.put(numbered(0, 3));
    await made.settle();
    const bodies = made.objects.list().map(({ body }) => Buffer.from(body).toString());
    expect(bodies.toSorted()).toEqual(["A 0\nB 1\nC 2\n", "a 0b 1c 2"]);
  });
});

describe("resharding", () => {
  test("is followed: a parent's end is delivered before its children's beginning, without waiting", async () => {
    const made = await sourceWorld(1);
    await made.create({ bufferSizeMiB: 20 / BYTES_PER_MIB });
    const before = numbered(0, 12);
    await made.put(before.slice(0, 10));
    await made.put(before.slice(10));
    await made.split(0);
    const after = numbered(12, 12);
    await made.put(after);
    const startMs = made.clock.now();
    await made.serve({
      shard: dataShardKey(made.stream, 0),
      readerId: (await made.readers.list(dataShardKey(made.stream, 0)))[0]!.readerId,
      blockIndex: 0,
    });
    expect(made.contents().flatMap(({ lines }) => lines)).toEqual(before.map(({ data }) => data));
    expect(made.clock.now()).toBe(startMs);
    await made.settle();
    expectExactly(
      made.contents().flatMap(({ lines }) => lines),
      [...before, ...after],
    );
  });

  test("of any kind loses nothing, doubles nothing, and keeps each key in order", async () => {
    const step = fc.constantFrom("put", "put", "split", "merge", "settle");
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
        const made = await sourceWorld(2);
        await made.create();
        let count = 0;
        for (const kind of [...steps, "put", "settle"]) {
          const open = (await made.shards()).filter(({ closed }) => closed === undefined);
          if (kind === "put") {
            await made.put(numbered(count, 7));
            count += 7;
          }
          if (kind === "split") await made.split(open[count % open.length]!.index);
          if (kind === "merge" && open.length > 1) await made.mergeFirstTwo();
          if (kind === "settle") await made.settle();
        }
        expectExactly(
          made.contents().flatMap(({ lines }) => lines),
          numbered(0, count),
        );
      }),
      { numRuns: 40 },
    );
  });

  test("that was cut short before its children could be named holds the reader up, and no longer", async () => {
    const made = await sourceWorld(1);
    await made.create();
    await made.put([{ key: "a", data: "kept" }]);
    await made.dataStreams.seal(made.stream, 0);
    const readerId = (await made.readers.list(dataShardKey(made.stream, 0)))[0]!.readerId;
    const wakeUp = { shard: dataShardKey(made.stream, 0), readerId, blockIndex: 0 };
    await expect(made.serve(wakeUp)).rejects.toThrow("never done");
    expect(made.contents().map(({ lines }) => lines)).toEqual([["kept"]]);
    await made.split(0);
    await made.serve({ ...wakeUp, blockIndex: 1 });
    await made.put([{ key: "a", data: "later" }]);
    await made.settle();
    expect(made.contents().map(({ lines }) => lines)).toEqual([["kept"], ["later"]]);
  });
});

describe("records", () => {
  test("of the Producer Library are taken apart", async () => {
    const made = await sourceWorld(1);
    await made.create();
    const packed = aggregate([
      { data: Buffer.from("one"), partitionKey: "x" },
      { data: Buffer.from("two"), partitionKey: "y" },
    ]);
    await made.put([
      { key: "a", data: packed },
      { key: "a", data: "three" },
    ]);
    await made.settle();
    expect(made.contents().map(({ lines }) => lines)).toEqual([["one", "two", "three"]]);
  });

  test("reach the transform with the place they come from, each under an id of its own", async () => {
    const seen: unknown[] = [];
    const made = await sourceWorld(1, (event) => {
      seen.push(event);
      return { records: recordsOf(event).map((record) => ({ ...record, result: "Ok" })) };
    });
    await made.create({ transform: TRANSFORM });
    const packed = aggregate([
      { data: Buffer.from("one"), partitionKey: "x" },
      { data: Buffer.from("two"), partitionKey: "y" },
    ]);
    const arrivedAtMs = made.clock.now();
    await made.put([
      { key: "a", data: packed },
      { key: "a", data: "three" },
    ]);
    await made.settle();
    expect(seen).toHaveLength(1);
    const [event] = seen as { readonly records: readonly Record<string, unknown>[] }[];
    expect(event).toMatchObject({
      deliveryStreamArn: "arn:aws:firehose:us-east-1:000000000000:deliverystream/archive",
      sourceKinesisStreamArn: "arn:aws:kinesis:us-east-1:000000000000:stream/clicks",
      region: "us-east-1",
    });
    const metadata = (subsequenceNumber: number, partitionKey: string) => ({
      sequenceNumber: expect.stringMatching(/^\d{56}$/),
      subsequenceNumber,
      partitionKey,
      shardId: "shardId-000000000000",
      approximateArrivalTimestamp: arrivedAtMs,
    });
    expect(event!.records.map(({ kinesisRecordMetadata }) => kinesisRecordMetadata)).toEqual([
      metadata(0, "x"),
      metadata(1, "y"),
      metadata(0, "a"),
    ]);
    expect(new Set(event!.records.map(({ recordId }) => recordId)).size).toBe(3);
  });

  test("live as long as the data stream's retention says, from their arrival", async () => {
    const made = await sourceWorld(1);
    await made.create();
    await made.put([{ key: "a", data: "old" }]);
    await made.clock.sleep(RETENTION_MS + 1);
    await made.put([{ key: "a", data: "young" }]);
    const longer = { ...(await made.current()), revision: 2, retentionHours: 48 };
    await made.dataStreams.update(longer);
    await made.settle();
    expect(made.contents().map(({ lines }) => lines)).toEqual([["old", "young"]]);
  });
});

describe("a reader that is left over goes when it is woken:", () => {
  async function leftOver() {
    const made = await sourceWorld(1);
    const stream = await made.create();
    const shard = dataShardKey(made.stream, 0);
    const { readerId } = (await made.readers.list(shard))[0]!;
    await made.put([{ key: "a", data: "for nobody" }]);
    return { ...made, deliveryStream: stream, wakeUp: { shard, readerId, blockIndex: 0 } };
  }

  test("its delivery stream is gone", async () => {
    const made = await leftOver();
    await made.deliveryStreams.remove(made.deliveryStream, [], 0);
    await made.serve(made.wakeUp);
    expect(await made.readers.list(made.wakeUp.shard)).toEqual([]);
    expect(made.contents()).toEqual([]);
  });

  test("its delivery stream is of a later generation", async () => {
    const made = await leftOver();
    await made.deliveryStreams.remove(made.deliveryStream, [], 0);
    const anew = { ...made.deliveryStream, generation: "fedcba9876543210" };
    await made.deliveryStreams.create(anew, [], []);
    await made.serve(made.wakeUp);
    expect(await made.readers.list(made.wakeUp.shard)).toEqual([]);
  });

  test("its data stream is gone", async () => {
    const made = await leftOver();
    await made.dataStreams.remove(made.stream);
    await made.serve(made.wakeUp);
    expect(await made.readers.list(made.wakeUp.shard)).toEqual([]);
  });
});

interface EventRecord {
  readonly recordId: string;
  readonly data: string;
}

function recordsOf(event: unknown): readonly EventRecord[] {
  return (event as { readonly records: readonly EventRecord[] }).records;
}

const text = (base64: string) => Buffer.from(base64, "base64").toString();
