/**
 * A destination that changes while records come: prefix, bucket, compression, hints, transform and partitioning all follow
 * from the stream's version, and so does what an object of that version must be, and which records may be missing. Who updates asks for the version that stands and
 * makes the next one, so that an update whose answer was lost is not made twice.
 */
import {
  DescribeDeliveryStreamCommand,
  type ExtendedS3DestinationConfiguration,
  FirehoseClient,
  UpdateDestinationCommand,
} from "@aws-sdk/client-firehose";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { setTimeout as sleep } from "node:timers/promises";
import type { HistoryEvent } from "../simulation/history.ts";
import type { DeliveredObject } from "../helpers/delivered.ts";
import { isDropped, isFailed, type ReadRecord } from "./lines.ts";

export const UPDATES_COUNT = 20;
export const SECOND_BUCKET = "updated-into";

const ACCESS = {
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
};
/** While the stack is down. */
const RETRY_MS = 500;

interface UpdatedStream {
  readonly name: string;
  readonly isPartitioned: boolean;
}

type Processor = NonNullable<
  NonNullable<ExtendedS3DestinationConfiguration["ProcessingConfiguration"]>["Processors"]
>[number];

/** By what a stream's records are shared out, one behind the other: a function, a path, and more than a path. */
const PARTITIONINGS: readonly {
  readonly prefix: string;
  readonly processor: Processor;
  readonly folderOf: (number: number) => string;
}[] = [
  {
    prefix: "!{partitionKeyFromLambda:part}/",
    processor: lambda("share-out"),
    folderOf: (number) => `${number % 5}/`,
  },
  {
    prefix: "third=!{partitionKeyFromQuery:third}/",
    processor: query("{third: (.number % 3 | tostring)}"),
    folderOf: (number) => `third=${number % 3}/`,
  },
  {
    prefix: "!{partitionKeyFromQuery:half}-!{partitionKeyFromQuery:length}/",
    processor: query(
      '{half: (if .number % 2 == 0 then "even" else "odd" end), length: (.number | tostring | length)}',
    ),
    folderOf: (number) => `${number % 2 === 0 ? "even" : "odd"}-${String(number).length}/`,
  },
];

const partitioningOf = (version: number) =>
  PARTITIONINGS[Math.floor(version / 2) % PARTITIONINGS.length]!;

/** What an object of that version is, and where. */
export function targetOf({ name, isPartitioned }: UpdatedStream, version: number, bucket: string) {
  return {
    bucket: version % 3 === 0 ? SECOND_BUCKET : bucket,
    isGzipped: version % 2 === 0,
    isTransformed: !isPartitioned && version % 4 >= 2,
    intervalSeconds: 1 + (version % 4),
    folder: `delivery/${name}/v${version}/`,
  };
}

export function destinationOf(
  stream: UpdatedStream,
  version: number,
  bucket: string,
): ExtendedS3DestinationConfiguration {
  const target = targetOf(stream, version, bucket);
  const { isPartitioned } = stream;
  const partitioning = partitioningOf(version);
  const processors = isPartitioned
    ? [partitioning.processor]
    : target.isTransformed
      ? [lambda("capricious")]
      : [];
  return {
    RoleARN: "arn:aws:iam::000000000000:role/firehose",
    BucketARN: `arn:aws:s3:::${target.bucket}`,
    Prefix: `${target.folder}${isPartitioned ? partitioning.prefix : ""}`,
    ErrorOutputPrefix: `${target.folder}failed/!{firehose:error-output-type}/`,
    BufferingHints: { SizeInMBs: 1 + (version % 2), IntervalInSeconds: target.intervalSeconds },
    CompressionFormat: target.isGzipped ? "GZIP" : "UNCOMPRESSED",
    ProcessingConfiguration: { Enabled: processors.length > 0, Processors: processors },
    ...(isPartitioned && { DynamicPartitioningConfiguration: { Enabled: true } }),
  };
}

export function lambda(name: string): Processor {
  const ParameterValue = `arn:aws:lambda:us-east-1:000000000000:function:${name}`;
  return {
    Type: "Lambda",
    Parameters: [
      { ParameterName: "LambdaArn", ParameterValue },
      // More than chance and any outage of a run use up.
      { ParameterName: "NumberOfRetries", ParameterValue: "300" },
    ],
  };
}

export function query(text: string): Processor {
  return {
    Type: "MetadataExtraction",
    Parameters: [
      { ParameterName: "MetadataExtractionQuery", ParameterValue: text },
      { ParameterName: "JsonParsingEngine", ParameterValue: "JQ-1.6" },
    ],
  };
}

/** Both versions that an object tells: that of its folder, and that in its name. */
export function versionsIn(key: string, name: string): readonly [number, number] {
  const [, folder = "0", named = "0"] =
    new RegExp(`/v(\\d+)/.*${name}-(\\d+)-\\d{4}-`).exec(key) ?? [];
  return [Number(folder), Number(named)];
}

/** What is wrong with an object of the stream, by the version in its name. */
export function surprises(
  stream: UpdatedStream,
  found: Pick<DeliveredObject, "key" | "contentEncoding"> & {
    readonly bucket: string;
    readonly isOfFailed: boolean;
    readonly records: readonly ReadRecord[];
  },
  firstBucket: string,
  atMs: number,
): readonly HistoryEvent[] {
  const { key, records, isOfFailed } = found;
  const [, version] = versionsIn(key, stream.name);
  const { bucket, isGzipped, isTransformed, folder } = targetOf(stream, version, firstBucket);
  const isInPlace =
    found.bucket === bucket && (found.contentEncoding === "gzip") === isGzipped && version > 0;
  const { folderOf } = partitioningOf(version);
  const surprise = (message: string): HistoryEvent => ({ kind: "surprise", atMs, message });
  const strangers = records.filter((record) => {
    if (stream.isPartitioned)
      return isOfFailed || !key.startsWith(folder + folderOf(record.number));
    if (!isTransformed) return isOfFailed || record.isMarked;
    if (isOfFailed) return !isFailed(record);
    return !record.isMarked || isDropped(record) || isFailed(record);
  });
  return [
    ...(isInPlace ? [] : [surprise(`${found.bucket}/${key} is not of its version`)]),
    ...strangers.map(({ name }) => surprise(`${name} stands in ${key}, whose version would not`)),
  ];
}

/**
 * Of a lane's records, in their order, those that the transform may have dropped: what stands before and behind such a one
 * was delivered under versions between which there was one with a transform.
 *
 * @param deliveredBy of what stands in objects
 */
export function droppedOf(
  stream: UpdatedStream,
  lane: readonly ReadRecord[],
  deliveredBy: ReadonlyMap<string, number>,
): readonly ReadRecord[] {
  const versions = lane.map(({ name }) => deliveredBy.get(name));
  const upTo: number[] = [];
  let last = UPDATES_COUNT + 1;
  for (let i = lane.length - 1; i >= 0; i--) upTo[i] = last = versions[i] ?? last;
  let first = 1;
  return lane.filter((record, i) => {
    const version = versions[i];
    if (version !== undefined) first = version;
    if (version !== undefined || !isDropped(record)) return false;
    const [from, to] = [Math.min(first, upTo[i]!), Math.max(first, upTo[i]!)];
    const between = Array.from({ length: to - from + 1 }, (_, at) => from + at);
    return between.some((each) => targetOf(stream, each, "").isTransformed);
  });
}

export async function makeSecondBucket(s3Endpoint: string): Promise<void> {
  const s3 = new S3Client({ ...ACCESS, endpoint: s3Endpoint, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: SECOND_BUCKET }));
  s3.destroy();
}

/** Spread over the time; answers how many of the streams' updates were made, however long that takes. */
export async function updateAll(
  streams: readonly UpdatedStream[],
  where: { readonly apiEndpoint: string; readonly bucket: string; readonly durationMs: number },
  isOver: () => boolean,
): Promise<number> {
  const client = new FirehoseClient({ ...ACCESS, endpoint: where.apiEndpoint, maxAttempts: 1 });
  let count = 0;
  for (let version = 2; version <= UPDATES_COUNT + 1; version++) {
    await sleep(where.durationMs / (UPDATES_COUNT + 1));
    for (const stream of streams) {
      while (!isOver() && (await versionOf(client, stream)) < version) {
        await update(client, stream, version, where.bucket).catch(() => sleep(RETRY_MS));
      }
      count += 1;
    }
  }
  client.destroy();
  return count;
}

/** 0 while it does not answer. */
async function versionOf(client: FirehoseClient, { name }: UpdatedStream): Promise<number> {
  try {
    const request = new DescribeDeliveryStreamCommand({ DeliveryStreamName: name });
    const { DeliveryStreamDescription } = await client.send(request);
    return Number(DeliveryStreamDescription?.VersionId);
  } catch {
    await sleep(RETRY_MS);
    return 0;
  }
}

async function update(
  client: FirehoseClient,
  stream: UpdatedStream,
  version: number,
  bucket: string,
): Promise<void> {
  await client.send(
    new UpdateDestinationCommand({
      DeliveryStreamName: stream.name,
      CurrentDeliveryStreamVersionId: String(version - 1),
      DestinationId: "destinationId-000000000001",
      ExtendedS3DestinationUpdate: destinationOf(stream, version, bucket),
    }),
  );
}
