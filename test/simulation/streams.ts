/** The delivery streams of a run, small enough to flush often, and their deletion under load. */
import {
  BACKUP_READER,
  DELIVERY_READER,
  type DeliveryStream,
  laneKeys,
  type S3Destination,
  type S3Target,
} from "../../src/delivery/delivery-stream.ts";
import { laneReaders, removeStream } from "../../src/delivery/lane-change.ts";
import { stopRedrivesOf } from "../../src/delivery/redrive/lifecycle.ts";
import { stopReplaysOf } from "../../src/delivery/replay/lifecycle.ts";
import { memoryLog } from "../../src/storage/memory/log.ts";
import { memoryStreams } from "../../src/storage/memory/streams.ts";
import type { StageSettings } from "../../src/delivery/stages/settings.ts";
import { BYTES_PER_MIB } from "../../src/limits.ts";
import { randomHex } from "../../src/random.ts";
import {
  DELIMITER,
  FAILED_PREFIX,
  FLAWED_QUERY,
  METADATA,
  METADATA_FOLDER,
  QUERY,
} from "./payload.ts";
import { COPIED_FOLDER, receiverSettings, type ReceiverShape } from "./receivers.ts";
import { FLAWED_FUNCTION_ARN, FUNCTION_ARN } from "./transform-function.ts";
import { bucketFor } from "./twins.ts";
import type { World } from "./world.ts";

const ROLE_ARN = "arn:aws:iam::000000000000:role/firehose";

/** What differs from run to run; kept when a stream is created anew. */
export interface StreamShape {
  readonly name: string;
  readonly laneCount: number;
  readonly sizeBytes: number;
  readonly intervalSeconds: number;
  readonly hasTransform: boolean;
  readonly transformRetryCount: number;
  readonly hasBackup: boolean;
  /** Its function and its query let few records fail; an update may bring better ones. */
  readonly isFlawed: boolean;
  /** Absent: it has no partitions. */
  readonly partitionedBy?: "query" | "lambda" | undefined;
  /** When a record came, and its id, stand beside it in the objects. */
  readonly hasMetadata: boolean;
  /** Absent: it delivers to S3. */
  readonly receiver?: ReceiverShape | undefined;
}

const FLAWED_SHARE = 0.5;
const METADATA_SHARE = 0.25;

export function drawShape(name: string, { random }: World): StreamShape {
  const pick = <Item>(...items: readonly Item[]): Item =>
    items[Math.floor(random.fraction() * items.length)] as Item;
  return {
    name,
    laneCount: pick(1, 1, 2),
    sizeBytes: pick(100, 300, 600, 5000),
    intervalSeconds: pick(0, 2, 5, 12),
    hasTransform: random.fraction() < 0.5,
    transformRetryCount: pick(0, 1, 3),
    hasBackup: random.fraction() < 0.3,
    partitionedBy: pick(undefined, undefined, "query", "lambda"),
    isFlawed: random.fraction() < FLAWED_SHARE,
    hasMetadata: random.fraction() < METADATA_SHARE,
  };
}

export function newStream(shape: StreamShape, { random, scheduler }: World): DeliveryStream {
  const generation = randomHex(random, 8);
  return {
    name: shape.name,
    generation,
    versionId: 1,
    createdAtMs: scheduler.now(),
    lanes: {
      open: Array.from({ length: shape.laneCount }, (_, lane) => lane),
      next: shape.laneCount,
      changedAtMs: scheduler.now(),
    },
    destination: destinationOf(shape, generation, 1),
  };
}

function keysOf({ partitionedBy }: StreamShape): string {
  if (partitionedBy === undefined) return "";
  const from = partitionedBy === "query" ? "partitionKeyFromQuery" : "partitionKeyFromLambda";
  return `!{${from}:a}!{${from}:b}/`;
}

/** As it stays for good. */
export function partitionerOf({
  prefix,
  partitioning,
}: S3Destination): StreamShape["partitionedBy"] {
  if (partitioning === undefined) return undefined;
  return prefix?.includes("partitionKeyFromLambda") ? "lambda" : "query";
}

export function hasMetadata({ stages }: S3Destination): boolean {
  return stages?.recordMetadata !== undefined;
}

/** Every version delivers under a prefix of its own, and one in three to another bucket than the one before; both say so. */
export function destinationOf(
  shape: StreamShape,
  generation: string,
  versionId: number,
): S3Destination {
  const target = (readerId: string): S3Target => {
    const isDelivery = readerId === DELIVERY_READER;
    const known = isDelivery && shape.hasMetadata ? METADATA_FOLDER : "";
    const copied = isDelivery && shape.receiver?.promise === "copy" ? COPIED_FOLDER : "";
    const folder = `${versionId}/${known}${copied}`;
    return {
      roleArn: ROLE_ARN,
      bucketArn: `arn:aws:s3:::${bucketFor({ ...shape, generation, readerId, versionId })}`,
      prefix: `delivered/${folder}${isDelivery ? keysOf(shape) : ""}`,
      errorOutputPrefix: `${FAILED_PREFIX}${folder}`,
      bufferSizeMiB: shape.sizeBytes / BYTES_PER_MIB,
      bufferIntervalSeconds: shape.intervalSeconds,
      compression: "UNCOMPRESSED",
    };
  };
  const stages: StageSettings = {
    ...(shape.hasMetadata && { recordMetadata: METADATA }),
    ...(shape.partitionedBy === "query" && {
      metadataQuery: shape.isFlawed ? FLAWED_QUERY : QUERY,
    }),
  };
  return {
    ...target(DELIVERY_READER),
    delimiter: DELIMITER,
    ...(shape.partitionedBy && { partitioning: { retrySeconds: 0 } }),
    ...(Object.keys(stages).length > 0 && { stages }),
    ...((shape.hasTransform || shape.partitionedBy === "lambda") && {
      transform: {
        functionArn: shape.isFlawed ? FLAWED_FUNCTION_ARN : FUNCTION_ARN,
        retryCount: shape.transformRetryCount,
        bufferBytes: 120,
      },
    }),
    ...(shape.hasBackup && { backup: target(BACKUP_READER) }),
    ...(shape.receiver && { receiver: receiverSettings(shape.receiver) }),
  };
}

export async function createStream(world: World, shape: StreamShape): Promise<void> {
  const stream = newStream(shape, world);
  const process = world.spawn("admin");
  const { deliveryStreams } = world.portsOf(process);
  world.streams.set(shape.name, stream);
  await deliveryStreams.create(stream, laneKeys(stream), laneReaders(stream));
  world.end(process);
}

/** Deletes a stream and creates one of the same name, while records go to it and from it. */
export async function recreateStream(world: World, shape: StreamShape): Promise<void> {
  const created = world.streams.get(shape.name);
  if (created === undefined) return;
  const process = world.spawn("admin");
  // Who deletes is patient: it is a call like any other that is repeated until it succeeds.
  const get = (name: string) => world.twins.deliveryStreams.get(name);
  const deliveryStreams = { ...world.portsOf(process).deliveryStreams, get };
  await removeStream({ deliveryStreams, clock: world.scheduler.clockOf(process) }, created);
  const clock = world.scheduler.clockOf(process);
  await stopReplaysOf({ ...world.twins, clock, dataStreams: memoryStreams(memoryLog()) }, created);
  await stopRedrivesOf({ ...world.twins, clock }, created);
  world.end(process);
  await createStream(world, shape);
}
