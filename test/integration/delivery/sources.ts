/** Delivery streams of the stack that read a data stream, and putting keyed lines into that. */
import { randomUUID } from "node:crypto";
import {
  CreateDeliveryStreamCommand,
  DeleteDeliveryStreamCommand,
  type ExtendedS3DestinationConfiguration,
  type FirehoseClient,
} from "@aws-sdk/client-firehose";
import {
  type KinesisClient,
  PutRecordsCommand,
  type PutRecordsRequestEntry,
} from "@aws-sdk/client-kinesis";
import { expect, onTestFinished } from "vitest";
import { arnOf } from "../../conformance/kinesis/client.ts";
import { type Delivered, linesOf } from "../../helpers/delivered.ts";
import { eventually } from "../../helpers/eventually.ts";
import { bucketArn, ROLE_ARN, SOON, type StackUnderTest } from "./streams.ts";

/** A delivery stream that reads `source`, writes under `<name>/`, and is deleted when the test ends. */
export async function createReading(
  stack: StackUnderTest,
  client: FirehoseClient,
  source: string,
  members: Partial<ExtendedS3DestinationConfiguration> = {},
): Promise<string> {
  const DeliveryStreamName = `reading-${randomUUID()}`;
  await client.send(
    new CreateDeliveryStreamCommand({
      DeliveryStreamName,
      DeliveryStreamType: "KinesisStreamAsSource",
      KinesisStreamSourceConfiguration: { KinesisStreamARN: arnOf(source), RoleARN: ROLE_ARN },
      ExtendedS3DestinationConfiguration: {
        RoleARN: ROLE_ARN,
        BucketARN: bucketArn(stack),
        Prefix: `${DeliveryStreamName}/`,
        BufferingHints: SOON,
        ...members,
      },
    }),
  );
  onTestFinished(
    async () => void (await client.send(new DeleteDeliveryStreamCommand({ DeliveryStreamName }))),
  );
  return DeliveryStreamName;
}

export interface KeyedData {
  readonly key: string;
  readonly data: string | Uint8Array;
}

/** In one call after the other; what is throttled is sent again, before what comes later. */
export async function putKeyed(
  client: KinesisClient,
  StreamName: string,
  records: readonly KeyedData[],
): Promise<void> {
  let left: PutRecordsRequestEntry[] = records.map(({ key, data }) => ({
    PartitionKey: key,
    Data: Buffer.from(data),
  }));
  while (left.length > 0) {
    const { Records = [] } = await client.send(
      new PutRecordsCommand({ StreamName, Records: left }),
    );
    left = left.filter((_, i) => Records[i]?.SequenceNumber === undefined);
  }
}

/** `key number` lines of a few keys. */
export function keyedLines(from: number, count: number, keyCount = 12): KeyedData[] {
  return Array.from({ length: count }, (_, i) => {
    const key = `key-${(from + i) % keyCount}`;
    return { key, data: `${key} ${from + i}\n` };
  });
}

/** Waits until as many lines stand under the prefix. */
export function linesUnder(
  delivered: Delivered,
  prefix: string,
  count: number,
): Promise<readonly string[]> {
  return eventually(`${count} lines stand under ${prefix}`, async () => {
    const lines = linesOf(await delivered.objects(prefix));
    return lines.length >= count ? lines : undefined;
  });
}

/** The numbers of each key rise within each list of lines. */
export function expectKeysInOrder(lines: readonly string[]): void {
  const last = new Map<string, number>();
  for (const line of lines) {
    const [key = "", number = ""] = line.trim().split(" ");
    expect(Number(number)).toBeGreaterThan(last.get(key) ?? -1);
    last.set(key, Number(number));
  }
}
