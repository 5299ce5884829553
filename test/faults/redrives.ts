/**
 * Streams of which some records fail, in a transform, in a conversion and in a query of partitions, and that somebody mends
 * and spoils again, while redrives of what failed are begun, several at once, and some of them stopped. In the end all are
 * mended and redriven: then each record stands once among those that were delivered, and nothing is left that failed.
 */
import { setTimeout as sleep } from "node:timers/promises";
import {
  DescribeDeliveryStreamCommand,
  type ExtendedS3DestinationConfiguration,
  FirehoseClient,
  UpdateDestinationCommand,
} from "@aws-sdk/client-firehose";
import { call } from "../../bin/hydrant/call.ts";
import { type Connection, connectionFrom } from "../../bin/hydrant/connection.ts";
import type { Random } from "../../src/random.ts";
import { eventually } from "../helpers/eventually.ts";
import { lambda, query } from "./updates.ts";

/** Where the records of a stream fail. */
export type Flaw = "transform" | "conversion" | "partitioning";

interface FlawedStream {
  readonly name: string;
  readonly intervalSeconds: number;
  readonly flaw?: Flaw;
}

/** Of the functions file: a column is of a type that few records do not fit. */
const NARROW_TABLE = "lines_narrow";
const TABLE = "lines";

const ROLE_ARN = "arn:aws:iam::000000000000:role/firehose";
/** While the stack is down. */
const RETRY_MS = 500;
const PAUSE_MAX_MS = 4000;
const CHANGE_SHARE = 0.2;
const TWICE_SHARE = 0.4;
const STOP_SHARE = 0.2;
const ENDED_MAX_MS = 300_000;
const ASIDES = ["KEEP", "TAG", "MOVE"] as const;

export function flawedDestination(
  { name, intervalSeconds, flaw }: FlawedStream,
  bucket: string,
  isMended: boolean,
): ExtendedS3DestinationConfiguration {
  const folder = `delivery/${name}/`;
  const isPartitioned = flaw === "partitioning";
  const part = isMended
    ? ".number % 5 | tostring"
    : "if .number % 31 == 0 then null else .number % 5 | tostring end";
  const processors =
    flaw === "transform"
      ? [lambda(isMended ? "share-out" : "capricious")]
      : isPartitioned
        ? [query(`{part: (${part})}`)]
        : [];
  return {
    RoleARN: ROLE_ARN,
    BucketARN: `arn:aws:s3:::${bucket}`,
    Prefix: `${folder}${isPartitioned ? "!{partitionKeyFromQuery:part}/" : ""}`,
    ErrorOutputPrefix: `${errorFolder(name)}!{firehose:error-output-type}/`,
    BufferingHints: { SizeInMBs: 1, IntervalInSeconds: intervalSeconds },
    ProcessingConfiguration: { Enabled: processors.length > 0, Processors: processors },
    ...(isPartitioned && { DynamicPartitioningConfiguration: { Enabled: true } }),
    ...(flaw === "conversion" && {
      DataFormatConversionConfiguration: {
        Enabled: true,
        InputFormatConfiguration: { Deserializer: { OpenXJsonSerDe: {} } },
        OutputFormatConfiguration: { Serializer: { ParquetSerDe: {} } },
        SchemaConfiguration: {
          RoleARN: ROLE_ARN,
          DatabaseName: "faults",
          TableName: isMended ? TABLE : NARROW_TABLE,
          Region: "us-east-1",
        },
      },
    }),
  };
}

export const errorFolder = (name: string) => `delivery/${name}/failed/`;

export interface RedriveCounts {
  started: number;
  /** Side by side with another one of the stream. */
  overlapping: number;
  stopped: number;
  changes: number;
}

export interface Redriver {
  /** Until told that it is over. */
  readonly ended: Promise<RedriveCounts>;
  /** All are mended. */
  mend(): Promise<void>;
  /** All that failed, once nothing lags; answers when nothing is left. */
  redriveAll(): Promise<void>;
}

export function startRedriver(
  streams: readonly FlawedStream[],
  where: { readonly apiEndpoint: string; readonly bucket: string; readonly random: Random },
  isOver: () => boolean,
): Redriver {
  const { apiEndpoint, bucket, random } = where;
  const connection = connectionFrom(apiEndpoint, {});
  const client = new FirehoseClient({
    endpoint: apiEndpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
  const counts: RedriveCounts = { started: 0, overlapping: 0, stopped: 0, changes: 0 };
  const pick = <Item>(items: readonly Item[]) =>
    items[Math.floor(random.fraction() * items.length)]!;

  async function change(stream: FlawedStream, isMended: boolean): Promise<void> {
    const described = await client.send(
      new DescribeDeliveryStreamCommand({ DeliveryStreamName: stream.name }),
    );
    await client.send(
      new UpdateDestinationCommand({
        DeliveryStreamName: stream.name,
        CurrentDeliveryStreamVersionId: described.DeliveryStreamDescription?.VersionId ?? "",
        DestinationId: "destinationId-000000000001",
        ExtendedS3DestinationUpdate: flawedDestination(stream, bucket, isMended),
      }),
    );
  }

  async function redriveSome(stream: FlawedStream): Promise<void> {
    const isTwice = random.fraction() < TWICE_SHARE;
    for (let i = 0; i < (isTwice ? 2 : 1); i++) {
      const redrive = await startRedrive(connection, stream.name, pick(ASIDES));
      counts.started += 1;
      if (i > 0) counts.overlapping += 1;
      if (random.fraction() >= STOP_SHARE) continue;
      await sleep(random.fraction() * RETRY_MS);
      await call(connection, "StopRedrive", {
        DeliveryStreamName: stream.name,
        RedriveId: redrive.RedriveId,
      });
      counts.stopped += 1;
    }
  }

  const mended = new Set<FlawedStream>();

  async function run(): Promise<RedriveCounts> {
    while (!isOver()) {
      await sleep(random.fraction() * PAUSE_MAX_MS);
      const stream = pick(streams);
      try {
        if (random.fraction() < CHANGE_SHARE) {
          const isMended = !mended.has(stream);
          await change(stream, isMended);
          if (isMended) mended.add(stream);
          else mended.delete(stream);
          counts.changes += 1;
        } else await redriveSome(stream);
      } catch {
        // The stack is down, or five redrives are under way.
        await sleep(RETRY_MS);
      }
    }
    return counts;
  }

  return {
    ended: run(),
    async mend() {
      for (const stream of streams) await change(stream, true);
    },
    async redriveAll() {
      await Promise.all(streams.map((stream) => redriveToTheEnd(connection, stream)));
      client.destroy();
    },
  };
}

interface WireRedrive {
  readonly RedriveId: string;
  readonly Status: string;
  readonly ObjectsFound: number;
}

async function startRedrive(
  connection: Connection,
  name: string,
  after: (typeof ASIDES)[number],
): Promise<WireRedrive> {
  const asked = { DeliveryStreamName: name, AfterRedrive: after };
  const { Redrive } = await call(connection, "StartRedrive", asked);
  return Redrive as WireRedrive;
}

/** What another one still has at work is left to it, and found in the next round; in the last one nothing is left. */
async function redriveToTheEnd(connection: Connection, { name }: FlawedStream): Promise<void> {
  await eventually(
    `nothing is left of ${name} that failed`,
    async () => {
      const { RedriveId } = await startRedrive(connection, name, "MOVE");
      const redrive = await ended(connection, name, RedriveId);
      if (redrive.Status !== "COMPLETED")
        throw new Error(`a redrive of ${name} is ${redrive.Status}`);
      return redrive.ObjectsFound === 0 ? true : undefined;
    },
    ENDED_MAX_MS,
    RETRY_MS,
  );
}

function ended(connection: Connection, name: string, id: string): Promise<WireRedrive> {
  return eventually(
    `redrive ${id} of ${name} has ended`,
    async () => {
      const asked = { DeliveryStreamName: name, RedriveId: id };
      const { Redrive } = await call(connection, "DescribeRedrive", asked);
      const redrive = Redrive as WireRedrive;
      return redrive.Status === "RUNNING" ? undefined : redrive;
    },
    ENDED_MAX_MS,
    RETRY_MS,
  );
}
