/** The delivery streams of a fault run: what can differ in how records reach S3. */
import {
  CreateDeliveryStreamCommand,
  type ExtendedS3DestinationConfiguration,
  FirehoseClient,
} from "@aws-sdk/client-firehose";

import { type Flaw, flawedDestination } from "./redrives.ts";
import { destinationOf } from "./updates.ts";

const TRANSFORM: ExtendedS3DestinationConfiguration["ProcessingConfiguration"] = {
  Enabled: true,
  Processors: [
    {
      Type: "Lambda",
      Parameters: [
        {
          ParameterName: "LambdaArn",
          ParameterValue: "arn:aws:lambda:us-east-1:000000000000:function:capricious",
        },
        // More than chance and any outage of a run use up.
        { ParameterName: "NumberOfRetries", ParameterValue: "300" },
      ],
    },
  ],
};

export interface FaultStream {
  readonly name: string;
  readonly sizeMiB: number;
  readonly intervalSeconds: number;
  readonly isGzipped: boolean;
  readonly isTransformed: boolean;
  readonly hasBackup: boolean;
  /** Its destination changes with its version: see `updates.ts`. */
  readonly isUpdated?: boolean;
  readonly isPartitioned: boolean;
  /** Some of its records fail there, and are redriven: see `redrives.ts`. */
  readonly flaw?: Flaw;
}

export const STREAMS: readonly FaultStream[] = [
  stream("plain", { intervalSeconds: 2 }),
  stream("at-once", { intervalSeconds: 0, isGzipped: true }),
  stream("by-size", { intervalSeconds: 20, isGzipped: true }),
  stream("changed", { intervalSeconds: 3, isGzipped: true, isTransformed: true }),
  stream("changed-and-kept", { intervalSeconds: 1, isTransformed: true, hasBackup: true }),
];

/** One for a load that needs several lanes. */
export const WIDE_STREAMS: readonly FaultStream[] = [
  stream("wide", { sizeMiB: 5, intervalSeconds: 10, isGzipped: true }),
];

/** What is not said here follows from their versions. */
export const UPDATED_STREAMS: readonly FaultStream[] = [
  stream("updated", { intervalSeconds: 4, isTransformed: true, isUpdated: true }),
  stream("shared-out", { intervalSeconds: 4, isUpdated: true, isPartitioned: true }),
];

/** What is not said here follows from their flaws. */
export const FLAWED_STREAMS: readonly FaultStream[] = [
  stream("changed", { intervalSeconds: 1, isTransformed: true, flaw: "transform" }),
  stream("converted", { intervalSeconds: 2, flaw: "conversion" }),
  stream("shared-out", { intervalSeconds: 2, isPartitioned: true, flaw: "partitioning" }),
];

/** Those whose records are JSON. */
export const isJson = ({ isPartitioned, flaw }: FaultStream) =>
  isPartitioned || flaw === "conversion";

export const intervalMaxMs = (streams: readonly FaultStream[]) =>
  1000 * Math.max(...streams.map((each) => each.intervalSeconds));

function stream(name: string, changes: Partial<FaultStream>): FaultStream {
  return {
    name,
    sizeMiB: 1,
    intervalSeconds: 60,
    isGzipped: false,
    isTransformed: false,
    hasBackup: false,
    isPartitioned: false,
    ...changes,
  };
}

export async function createStreams(
  streams: readonly FaultStream[],
  apiEndpoint: string,
  bucket: string,
): Promise<void> {
  const client = new FirehoseClient({
    endpoint: apiEndpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  for (const each of streams) {
    const target = {
      RoleARN: "arn:aws:iam::000000000000:role/firehose",
      BucketARN: `arn:aws:s3:::${bucket}`,
      BufferingHints: { SizeInMBs: each.sizeMiB, IntervalInSeconds: each.intervalSeconds },
      CompressionFormat: each.isGzipped ? ("GZIP" as const) : ("UNCOMPRESSED" as const),
    };
    await client.send(
      new CreateDeliveryStreamCommand({
        DeliveryStreamName: each.name,
        ExtendedS3DestinationConfiguration: each.flaw
          ? flawedDestination(each, bucket, false)
          : each.isUpdated
            ? destinationOf(each, 1, bucket)
            : {
                ...target,
                Prefix: prefixOf(each, "delivery"),
                ...(each.isTransformed && { ProcessingConfiguration: TRANSFORM }),
                ...(each.hasBackup && {
                  S3BackupMode: "Enabled" as const,
                  S3BackupConfiguration: { ...target, Prefix: prefixOf(each, "backup") },
                }),
              },
      }),
    );
  }
  client.destroy();
}

export type ReaderName = "delivery" | "backup";

export function readersOf({ hasBackup }: FaultStream): readonly ReaderName[] {
  return hasBackup ? ["delivery", "backup"] : ["delivery"];
}

export function prefixOf({ name }: FaultStream, reader: ReaderName): string {
  return `${reader}/${name}/`;
}
