/**
 * A destination that changes while records come: prefix, bucket, compression, hints and transform all follow from the
 * stream's version, and so does what an object of that version must be. Who updates asks for the version that stands and
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
  const part = isPartitioned ? "!{partitionKeyFromLambda:part}/" : "";
  return {
    RoleARN: "arn:aws:iam::000000000000:role/firehose",
    BucketARN: `arn:aws:s3:::${target.bucket}`,
    Prefix: `${target.folder}${part}`,
    ErrorOutputPrefix: `${target.folder}failed/!{firehose:error-output-type}/`,
    BufferingHints: { SizeInMBs: 1 + (version % 2), IntervalInSeconds: target.intervalSeconds },
    CompressionFormat: target.isGzipped ? "GZIP" : "UNCOMPRESSED",
    ProcessingConfiguration:
      isPartitioned || target.isTransformed
        ? lambda(isPartitioned ? "share-out" : "capricious")
        : { Enabled: false, Processors: [] },
    ...(isPartitioned && { DynamicPartitioningConfiguration: { Enabled: true } }),
  };
}

function lambda(name: string): ExtendedS3DestinationConfiguration["ProcessingConfiguration"] {
  const ParameterValue = `arn:aws:lambda:us-east-1:000000000000:function:${name}`;
  return {
    Enabled: true,
    Processors: [
      {
        Type: "Lambda",
        Parameters: [
          { ParameterName: "LambdaArn", ParameterValue },
          // More than chance and any outage of a run use up.
          { ParameterName: "NumberOfRetries", ParameterValue: "300" },
        ],
      },
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
  found: Pick<DeliveredObject, "key" | "contentEncoding"> & { readonly bucket: string },
  firstBucket: string,
  atMs: number,
): readonly HistoryEvent[] {
  const [, version] = versionsIn(found.key, stream.name);
  const { bucket, isGzipped } = targetOf(stream, version, firstBucket);
  const isAsItMust =
    found.bucket === bucket && (found.contentEncoding === "gzip") === isGzipped && version > 0;
  if (isAsItMust) return [];
  return [
    { kind: "surprise", atMs, message: `${found.bucket}/${found.key} is not of its version` },
  ];
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
