/** Records of a data stream on their way into objects: each once, in the order of its shard, through any reshard. */
import { expect, inject, it } from "vitest";
import { arnOf, kinesisClient, newStream } from "../../conformance/kinesis/client.ts";
import { nextReshard, untilActive } from "../../faults/kinesis-resharding.ts";
import { aggregate } from "../../helpers/aggregate.ts";
import { accessLogLines } from "../../helpers/access-log.ts";
import { compareLines, EXACTLY_ONCE, linesOf } from "../../helpers/delivered.ts";
import { eventually } from "../../helpers/eventually.ts";
import { seededRandom } from "../../helpers/seeded-random.ts";
import { createReading, expectKeysInOrder, keyedLines, linesUnder, putKeyed } from "./sources.ts";
import { bucketArn, bucketOf, clientOf, ROLE_ARN, SOON, transformBy } from "./streams.ts";

const stack = {
  apiEndpoint: inject("apiEndpoint"),
  s3Endpoint: inject("s3Endpoint"),
  deliveryBucket: inject("deliveryBucket"),
};

const dataOf = (records: readonly { readonly data: string | Uint8Array }[]) =>
  records.map(({ data }) => String(data));

it("delivers each record once, in the order of its shard, and none from before the delivery stream", async () => {
  const kinesis = kinesisClient();
  const delivered = bucketOf(stack);
  const source = await newStream(kinesis, { ShardCount: 3 });
  await putKeyed(kinesis, source, keyedLines(0, 60));
  const name = await createReading(stack, clientOf(stack), source);
  const records = keyedLines(60, 600);
  for (let i = 0; i < records.length; i += 50) {
    await putKeyed(kinesis, source, records.slice(i, i + 50));
  }
  const lines = await linesUnder(delivered, `${name}/`, records.length);
  expect(compareLines(dataOf(records), lines)).toEqual(EXACTLY_ONCE);
  const objects = await delivered.objects(`${name}/`);
  expect(objects.length).toBeGreaterThanOrEqual(3);
  for (const object of objects) expectKeysInOrder(linesOf([object]));
});

it("sends records through a transform and keeps the failed ones; the backup has it all", async () => {
  const kinesis = kinesisClient();
  const delivered = bucketOf(stack);
  const source = await newStream(kinesis, { ShardCount: 2 });
  const name = await createReading(stack, clientOf(stack), source, {
    CompressionFormat: "GZIP",
    ErrorOutputPrefix: `failed-of-${source}/`,
    ProcessingConfiguration: { Enabled: true, Processors: [transformBy("sort-lines")] },
    S3BackupMode: "Enabled",
    S3BackupConfiguration: {
      RoleARN: ROLE_ARN,
      BucketARN: bucketArn(stack),
      Prefix: `backup-of-${source}/`,
      BufferingHints: SOON,
    },
  });
  const lines = accessLogLines(31, 700);
  for (let i = 0; i < lines.length; i += 100) {
    const records = lines.slice(i, i + 100).map((data, n) => ({ key: `key-${n}`, data }));
    await putKeyed(kinesis, source, records);
  }
  const isDropped = (n: number) => n % 5 === 0;
  const isFailed = (n: number) => !isDropped(n) && n % 7 === 0;
  const good = lines.filter((_, n) => !isDropped(n) && !isFailed(n)).map((line) => `seen ${line}`);
  const bad = lines.filter((_, n) => isFailed(n));
  const changed = await linesUnder(delivered, `${name}/`, good.length);
  expect(compareLines(good, changed)).toEqual(EXACTLY_ONCE);
  const failed = await linesUnder(delivered, `failed-of-${source}/`, bad.length);
  const raw = failed.map((line) => (JSON.parse(line) as { readonly rawData: string }).rawData);
  const came = raw.map((base64) => Buffer.from(base64, "base64").toString());
  expect(compareLines(bad, came)).toEqual(EXACTLY_ONCE);
  const kept = await linesUnder(delivered, `backup-of-${source}/`, lines.length);
  expect(compareLines(lines, kept)).toEqual(EXACTLY_ONCE);
});

it("takes aggregates apart, and tells the transform where each record comes from", async () => {
  const kinesis = kinesisClient();
  const delivered = bucketOf(stack);
  const source = await newStream(kinesis, { ShardCount: 1 });
  const client = clientOf(stack);
  const plain = await createReading(stack, client, source);
  const told = await createReading(stack, client, source, {
    ProcessingConfiguration: { Enabled: true, Processors: [transformBy("tell-origin")] },
  });
  const packed = ["alice", "bob", "alice"].map((partitionKey, n) => ({
    partitionKey,
    data: Buffer.from(`packed ${n}\n`),
  }));
  await putKeyed(kinesis, source, [
    { key: "a", data: aggregate(packed) },
    { key: "carol", data: "by itself\n" },
  ]);
  const texts = ["packed 0\n", "packed 1\n", "packed 2\n", "by itself\n"];
  expect(await linesUnder(delivered, `${plain}/`, 4)).toEqual(texts);
  const origins = (await linesUnder(delivered, `${told}/`, 4)).map(
    (line) => JSON.parse(line) as Record<string, unknown>,
  );
  expect(origins).toMatchObject(
    texts.map((text, n) => ({
      text,
      sourceKinesisStreamArn: arnOf(source),
      shardId: "shardId-000000000000",
      partitionKey: ["alice", "bob", "alice", "carol"][n],
      subsequenceNumber: [0, 1, 2, 0][n],
    })),
  );
  expect(new Set(origins.map(({ recordId }) => recordId)).size).toBe(4);
  expect(new Set(origins.map(({ sequenceNumber }) => sequenceNumber)).size).toBe(2);
});

const RESHARDS = 8;

it("covers a stream exactly that is split and merged under load, never a key's later records first", async () => {
  const kinesis = kinesisClient();
  const delivered = bucketOf(stack);
  const client = clientOf(stack);
  const source = await newStream(kinesis, { ShardCount: 2 });
  const name = await createReading(stack, client, source);
  const random = seededRandom(5);
  let count = 0;
  const over = new AbortController();
  const producing = (async () => {
    while (!over.signal.aborted) {
      await putKeyed(kinesis, source, keyedLines(count, 24));
      count += 24;
    }
  })();
  /** What stands at any moment is a beginning of each key: parents come before their children. */
  const watching = (async () => {
    while (!over.signal.aborted) expectBeginnings(linesOf(await delivered.objects(`${name}/`)));
  })();
  const changing = (async () => {
    for (let i = 0; i < RESHARDS / 2; i++) await reshard();
    // One that begins in the midst of a reshard.
    const { send } = await nextReshard(kinesis, source, random);
    const [late] = await Promise.all([createReading(stack, client, source), send()]);
    const began = { name: late, by: count };
    await untilActive(kinesis, source);
    for (let i = 0; i < RESHARDS / 2; i++) await reshard();
    return began;
  })().finally(() => over.abort());
  const [late] = await Promise.all([changing, producing, watching]);

  const records = keyedLines(0, count);
  const lines = await linesUnder(delivered, `${name}/`, count);
  expect(compareLines(dataOf(records), lines)).toEqual(EXACTLY_ONCE);
  for (const object of await delivered.objects(`${name}/`)) expectKeysInOrder(linesOf([object]));

  const last = keyedLines(count, 24);
  await putKeyed(kinesis, source, last);
  const lateLines = await eventually("the late one has caught up", async () => {
    const found = new Set(linesOf(await delivered.objects(`${late.name}/`)));
    return dataOf(last).every((line) => found.has(line)) ? [...found] : undefined;
  });
  expectEnds(lateLines, count + 24, late.by);

  async function reshard(): Promise<void> {
    await (await nextReshard(kinesis, source, random)).send();
    await untilActive(kinesis, source);
  }
});

const KEY_COUNT = 12;

/** Each key's numbers without a gap from its first one on. */
function expectBeginnings(lines: readonly string[]): void {
  for (const [key, numbers] of numbersByKey(lines)) {
    expect(numbers).toEqual(numbers.map((_, i) => key + i * KEY_COUNT));
  }
}

/** Each key's numbers without a gap to its last one, and all that was put after `by` had been. */
function expectEnds(lines: readonly string[], end: number, by: number): void {
  const found = numbersByKey(lines);
  expect(found.size).toBe(KEY_COUNT);
  for (const [key, numbers] of found) {
    const first = numbers[0]!;
    const length = Math.ceil((end - first) / KEY_COUNT);
    expect(numbers).toEqual(Array.from({ length }, (_, i) => first + i * KEY_COUNT));
    // A call may have been under way.
    expect(first).toBeLessThan(by + 24 + KEY_COUNT);
    expect(first % KEY_COUNT).toBe(key);
  }
}

/** By the number of the key, in rising order. */
function numbersByKey(lines: readonly string[]): ReadonlyMap<number, readonly number[]> {
  const found = new Map<number, number[]>();
  for (const line of lines) {
    const number = Number(line.trim().split(" ")[1]);
    const key = number % KEY_COUNT;
    found.set(key, [...(found.get(key) ?? []), number]);
  }
  for (const numbers of found.values()) numbers.sort((one, other) => one - other);
  return found;
}
