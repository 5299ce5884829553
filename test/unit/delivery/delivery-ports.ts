/** What delivering needs, over the memory twins, and settings for a test to start from. */
import { memorySpool } from "../../../src/storage/memory/spool.ts";
import { memoryJq } from "../../../src/storage/memory/jq.ts";
import type { DeliverPorts } from "../../../src/delivery/deliver.ts";
import type { S3Destination, TransformSettings } from "../../../src/delivery/delivery-stream.ts";
import type { DeliveryPlan } from "../../../src/delivery/plan.ts";
import { memoryBodies } from "../../../src/storage/memory/bodies.ts";
import { memoryDeliveryNotes } from "../../../src/storage/memory/delivery-notes.ts";
import { memoryDeliveryStreams } from "../../../src/storage/memory/delivery-streams.ts";
import { memoryInvoker, type MemoryFunction } from "../../../src/storage/memory/invoker.ts";
import type { MemoryLog } from "../../../src/storage/memory/log.ts";
import { memoryObjects } from "../../../src/storage/memory/objects.ts";
import { memoryErrorLog } from "../../../src/storage/memory/error-log.ts";
import { memoryTables } from "../../../src/storage/memory/tables.ts";
import { memoryReaders } from "../../../src/storage/memory/readers.ts";
import { memoryRedrives } from "../../../src/storage/memory/redrives.ts";
import { memoryErrorObjects } from "../../../src/storage/memory/error-objects.ts";
import type { RedriveProgress } from "../../../src/delivery/redrive/redrive.ts";
import type { ReaderStore } from "../../../src/readers/store.ts";
import { memoryReplays } from "../../../src/storage/memory/replays.ts";
import type { StreamStore } from "../../../src/streams/store.ts";
import { seededRandom } from "../../helpers/seeded-random.ts";
import type { SteppingClock } from "../../helpers/stepping-clock.ts";

export const TRANSFORM: TransformSettings = {
  functionArn: "arn:aws:lambda:us-east-1:000000000000:function:clean",
  retryCount: 0,
  bufferBytes: 1_000_000,
};

export const DESTINATION: S3Destination = {
  roleArn: "arn:aws:iam::000000000000:role/hydrant",
  bucketArn: "arn:aws:s3:::logs",
  bufferSizeMiB: 1,
  bufferIntervalSeconds: 60,
  compression: "UNCOMPRESSED",
};

/** The function that `TRANSFORM` names. */
export function invokerOf(fn: MemoryFunction) {
  return memoryInvoker({ [TRANSFORM.functionArn]: fn });
}

interface World {
  readonly clock: SteppingClock;
  readonly log: MemoryLog;
  readonly dataStreams: StreamStore;
}

export function deliveryPorts({ clock, log, dataStreams }: World, fn: MemoryFunction) {
  const random = seededRandom(1);
  const readers = memoryReaders<DeliveryPlan>();
  const objects = memoryObjects({ partMinBytes: 0 });
  return {
    log,
    readers,
    random,
    clock,
    bodies: memoryBodies(random),
    objects,
    deliveryStreams: memoryDeliveryStreams(log, readers),
    deliveryNotes: memoryDeliveryNotes(),
    replays: memoryReplays(),
    redrives: memoryRedrives(log, readers),
    redriveReaders: readers as ReaderStore<unknown> as ReaderStore<RedriveProgress>,
    errorObjects: memoryErrorObjects(objects),
    dataStreams,
    invoker: invokerOf(fn),
    tables: memoryTables(),
    errorLog: memoryErrorLog(),
    jq: memoryJq(),
    spool: memorySpool(seededRandom(2)),
    region: "us-east-1",
    deliveryStreamArn: (name) => `arn:aws:firehose:us-east-1:000000000000:deliverystream/${name}`,
    dataStreamArn: (name) => `arn:aws:kinesis:us-east-1:000000000000:stream/${name}`,
    report: () => {},
  } satisfies DeliverPorts;
}
