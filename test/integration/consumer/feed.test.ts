/** A mapping at work: from a put to the function that is invoked with it, and to the report of what failed. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import type { KinesisStreamEvent, KinesisStreamRecord } from "aws-lambda";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { call, newMapping } from "../../conformance/hydrant/client.ts";
import { arnOf, kinesisClient, newStream } from "../../conformance/kinesis/client.ts";
import { openDelivered } from "../../helpers/delivered.ts";
import { eventually } from "../../helpers/eventually.ts";

const FUNCTION = { FunctionName: "journal", StartingPosition: "TRIM_HORIZON" };

interface Content {
  readonly key: string;
  readonly number: number;
}

function newJournal() {
  const directory = mkdtempSync(join(tmpdir(), "hydrant-journal-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, "journal");
  const batches = (): KinesisStreamEvent[] =>
    readFileSync(path, { encoding: "utf8", flag: "a+" })
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as KinesisStreamEvent);
  return { path, batches };
}

const contentOf = ({ kinesis }: KinesisStreamRecord) =>
  JSON.parse(Buffer.from(kinesis.data, "base64").toString()) as Content;

async function put(
  client: KinesisClient,
  StreamName: string,
  contents: readonly (Content & { readonly journal: string; readonly fails?: true })[],
): Promise<void> {
  const Records = contents.map((content) => ({
    PartitionKey: content.key,
    Data: Buffer.from(JSON.stringify(content)),
  }));
  const { FailedRecordCount } = await client.send(new PutRecordsCommand({ StreamName, Records }));
  expect(FailedRecordCount).toBe(0);
}

describe("a mapping", () => {
  it("feeds its function every record once, each key's in their order, shard by shard", async () => {
    const client = kinesisClient();
    const { path: journal, batches } = newJournal();
    const stream = await newStream(client, { ShardCount: 4 });
    await newMapping(stream, { ...FUNCTION, BatchSize: 10 });
    const keys = Array.from({ length: 16 }, (_, i) => `key-${i}`);
    const contents = Array.from({ length: 320 }, (_, number) => ({
      key: keys[number % keys.length]!,
      number,
      journal,
    }));
    for (let i = 0; i < contents.length; i += 80) {
      await put(client, stream, contents.slice(i, i + 80));
    }
    const records = await eventually("the function has seen every record", async () => {
      const seen = batches().flatMap(({ Records }) => Records);
      return seen.length >= contents.length ? seen : undefined;
    });
    for (const key of keys) {
      const numbersOf = (list: readonly Content[]) =>
        list.filter((content) => content.key === key).map(({ number }) => number);
      expect(numbersOf(records.map(contentOf))).toEqual(numbersOf(contents));
    }
    for (const { Records } of batches()) {
      expect(Records.length).toBeLessThanOrEqual(10);
      expect(new Set(Records.map(({ eventID }) => eventID.split(":")[0]))).toHaveLength(1);
    }
    expect(records[0]).toMatchObject({
      eventSource: "aws:kinesis",
      eventSourceARN: arnOf(stream),
      awsRegion: "us-east-1",
      invokeIdentityArn: expect.stringMatching(/^arn:aws:iam::000000000000:role\//),
    });
  });

  it("runs its function for 32 shards at once", async () => {
    const client = kinesisClient();
    const shardCount = 32;
    const stream = await newStream(client, { ShardCount: shardCount });
    const { value } = await newMapping(stream, { ...FUNCTION, FunctionName: "gather" });
    const { UUID } = value as { readonly UUID: string };
    const shardRange = 2n ** 128n / BigInt(shardCount);
    const Records = Array.from({ length: shardCount }, (_, i) => ({
      PartitionKey: "k",
      ExplicitHashKey: String(shardRange * BigInt(i)),
      Data: Buffer.from(String(shardCount)),
    }));
    await client.send(new PutRecordsCommand({ StreamName: stream, Records }));
    await eventually("every shard has been read", async () => {
      const progress = await call("DescribeEventSourceMappingProgress", { UUID });
      const { Shards } = progress.value as {
        readonly Shards: readonly { readonly RecordsBehind: number }[];
      };
      const done = Shards.filter(({ RecordsBehind }) => RecordsBehind === 0);
      return done.length === shardCount || undefined;
    });
  });

  it("tries a record as often as it may, reports it with the record, and goes on", async () => {
    const client = kinesisClient();
    const { path: journal, batches } = newJournal();
    const stream = await newStream(client);
    const bucket = inject("deliveryBucket");
    const { value } = await newMapping(stream, {
      ...FUNCTION,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnFailure: { Destination: `arn:aws:s3:::${bucket}` } },
    });
    const { UUID: uuid } = value as { readonly UUID: string };
    await put(client, stream, [
      { key: "a", number: 0, journal },
      { key: "a", number: 1, journal, fails: true },
      { key: "a", number: 2, journal },
    ]);
    const delivered = openDelivered(inject("s3Endpoint"), bucket);
    onTestFinished(() => delivered.close());
    const report = await eventually("the record is reported", async () => {
      const [object] = await delivered.objects(`aws/lambda/${uuid}/shardId-000000000000/`);
      return object;
    });
    const document = JSON.parse(report.body.toString()) as {
      readonly payload: KinesisStreamEvent;
    };
    expect(document).toMatchObject({
      requestContext: {
        requestId: expect.stringMatching(/^[-0-9a-f]{36}$/),
        functionArn: "arn:aws:lambda:us-east-1:000000000000:function:journal",
        condition: "RetryAttemptsExhausted",
      },
      responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: null },
      KinesisBatchInfo: { streamArn: arnOf(stream) },
    });
    const numbersOf = ({ Records }: KinesisStreamEvent) =>
      Records.map(contentOf).map(({ number }) => number);
    expect(numbersOf(document.payload)).toContain(1);
    expect(batches().map(numbersOf).slice(0, 2)).toEqual([
      [0, 1, 2],
      [1, 2],
    ]);
  });
});
