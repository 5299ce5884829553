/**
 * The objects that a span comes to when its records go to partitions: of each partition one whenever so much of it has
 * come as the hint says, and one of what is left of it that is due. What is not due is not written; it waits.
 *
 * Partitions wait packed, and are written one after the other: each object's name follows from the plan, from its partition
 * and from how many of the plan's objects came before it.
 */
import {
  ACTIVE_PARTITIONS_MAX_COUNT,
  PARTITIONS_HELD_MAX_BYTES,
  STAGED_AT_ONCE,
} from "../../../limits.ts";
import { COMPRESSION_FORMATS } from "../../compression/index.ts";
import { partitionId, type PartitionKeys, partitionOf } from "../../naming/partition.ts";
import type { Partition } from "../../naming/partition.ts";
import { prefixParts } from "../../naming/prefix.ts";
import type { Checkpoint } from "../../../readers/store.ts";
import type { PartitionHints } from "../../plan.ts";
import type { DeliveryRecord } from "../../record.ts";
import { convert } from "../../stages/convert.ts";
import { fail, type Passing } from "../../stages/outcome.ts";
import { METADATA_EXTRACTION_FAILED } from "../../stages/metadata.ts";
import type { FailedOutcome } from "../../stages/pipeline.ts";
import { failedObjects } from "./failed-objects.ts";
import { joinData } from "./join-data.ts";
import { type ObjectWriter, openObjectWriter, type StagedObject } from "./object-writer.ts";
import { parquetObject } from "./parquet-object.ts";
import { PartitionBuffer } from "./partition-buffer.ts";
import {
  type Counts,
  NO_COUNTS,
  type SpanObjects,
  type SpanObjectsOptions,
} from "./span-objects.ts";

export interface PartitionObjectsOptions extends SpanObjectsOptions {
  readonly hints: PartitionHints;
  /** Whether what is left of a partition is due whose oldest record arrived then. */
  readonly isDue: (arrivedAtMs: number) => boolean;
  /** Of a block that was read. */
  readonly placeOf: (record: DeliveryRecord) => Checkpoint;
  /** What waits since earlier spans. */
  readonly waiting?: readonly PartitionBuffer[];
  /** Smaller ones are for tests. */
  readonly heldMaxBytes?: number;
  readonly partitionsMaxCount?: number;
}

export interface PartitionObjects extends SpanObjects {
  /** Once all that is due is staged: the others, in the order in which their oldest records came. */
  waiting(): readonly PartitionBuffer[];
}

type Writer = Pick<ObjectWriter<Uint8Array>, "stage" | "abort">;

export function partitionObjects(options: PartitionObjectsOptions): PartitionObjects {
  const { objects, target, conversion, objectAt, hints, isDue } = options;
  const { heldMaxBytes = PARTITIONS_HELD_MAX_BYTES } = options;
  const { partitionsMaxCount = ACTIVE_PARTITIONS_MAX_COUNT } = options;
  const prefix = prefixParts(target.prefix);
  const buffers = new Map((options.waiting ?? []).map((buffer) => [buffer.place.id, buffer]));
  let heldBytes = sum(buffers.values(), ({ heldBytes: bytes }) => bytes);
  const failed = failedObjects(options);
  const counts: Counts = { ...NO_COUNTS };
  const places = new Map<string, Partition>();
  /** How many objects of a partition there are. */
  const objectCounts = new Map<string, number>();
  const staged: Promise<StagedObject | undefined>[] = [];
  const underWay = new Set<Promise<unknown>>();
  const open = new Set<Writer>();

  async function addFailed(outcome: FailedOutcome): Promise<void> {
    counts.failedCount += 1;
    await failed.add(outcome);
  }

  function placeOf(keys: PartitionKeys): Partition {
    const id = partitionId(prefix, keys);
    let place = places.get(id);
    if (place === undefined) {
      // Whoever puts may name ever new ones.
      if (places.size >= PLACES_MAX_COUNT) places.clear();
      place = partitionOf(prefix, keys, target.customTimeZone);
      places.set(id, place);
    }
    return place;
  }

  async function add(passing: Passing): Promise<void> {
    const { partitionKeys = {}, record } = passing;
    const place = placeOf(partitionKeys);
    if (place.kind === "none") {
      return addFailed(
        fail(passing, {
          errorCode: METADATA_EXTRACTION_FAILED,
          errorMessage: place.message,
          errorOutputType: "metadata-extraction-failed",
        }),
      );
    }
    let buffer = buffers.get(place.id);
    if (buffer === undefined) {
      // In its own time Firehose would have delivered these by now.
      if (buffers.size >= partitionsMaxCount) {
        await writeAll(({ head }) => head.arrivedAtMs + hints.intervalMs <= record.arrivedAtMs);
      }
      if (buffers.size >= partitionsMaxCount)
        return addFailed(tooMany(passing, partitionsMaxCount));
      const { recordId, arrivedAtMs } = record;
      const first = { from: options.placeOf(record), recordId, arrivedAtMs };
      buffer = new PartitionBuffer(place, partitionKeys, first, conversion !== undefined);
      buffers.set(place.id, buffer);
    }
    const before = buffer.heldBytes;
    buffer.add(passing);
    heldBytes += buffer.heldBytes - before;
    if (buffer.head.byteCount >= hints.sizeBytes) await write(buffer);
    if (heldBytes > heldMaxBytes) await makeRoom();
  }

  /** The largest first, until half of the room is free. */
  async function makeRoom(): Promise<void> {
    const bySize = [...buffers.values()].toSorted((a, b) => b.heldBytes - a.heldBytes);
    for (const buffer of bySize) {
      if (heldBytes <= heldMaxBytes / 2) return;
      await write(buffer);
    }
  }

  async function writeAll(isWanted: (buffer: PartitionBuffer) => boolean): Promise<void> {
    for (const buffer of inOrder(buffers.values())) if (isWanted(buffer)) await write(buffer);
  }

  async function write(buffer: PartitionBuffer): Promise<void> {
    const { place, head } = buffer;
    buffers.delete(place.id);
    heldBytes -= buffer.heldBytes;
    const count = objectCounts.get(place.id) ?? 0;
    objectCounts.set(place.id, count + 1);
    const at = objectAt({
      arrivedAtMs: head.arrivedAtMs,
      partition: { id: place.id, prefix: place.prefix, count, blockIndex: head.from.blockIndex },
    });
    const writer =
      conversion === undefined || target.conversion === undefined
        ? await writeData(buffer, at)
        : await writeRows(buffer, at);
    if (underWay.size >= STAGED_AT_ONCE) await Promise.race(underWay);
    // In the order of the plan, whichever ends first.
    const staging = writer.stage();
    staged.push(staging);
    underWay.add(staging);
    const over = () => void underWay.delete(staging);
    // A failure is met by who waits for all.
    staging.then(over, over);
  }

  function opened<Opened extends Writer>(writer: Opened): Opened {
    open.add(writer);
    return writer;
  }

  async function writeData(buffer: PartitionBuffer, at: At): Promise<Writer> {
    const format = COMPRESSION_FORMATS[target.compression];
    const writer = opened(openObjectWriter({ objects, format, target: at }));
    for (const records of buffer.records()) {
      const chunk = joinData(records, target.delimiter);
      counts.deliveredCount += records.length;
      counts.deliveredBytes += chunk.length;
      await writer.write(chunk);
    }
    return writer;
  }

  /** A file of rows has no use for delimiters. */
  async function writeRows(buffer: PartitionBuffer, at: At): Promise<Writer> {
    const { schema, reader } = conversion!;
    const format = parquetObject(schema, target.conversion!.parquet);
    const writer = opened(openObjectWriter({ objects, format, target: at }));
    const stage = convert(reader);
    for (const records of buffer.records()) {
      for (const outcome of records.flatMap(stage)) {
        if (outcome.kind === "failed") await addFailed(outcome);
        if (outcome.kind !== "delivered") continue;
        counts.deliveredCount += 1;
        counts.deliveredBytes += outcome.data.length;
        await writer.write(outcome.rows ?? []);
      }
    }
    return writer;
  }

  return {
    counts,
    async take(outcomes) {
      for (const outcome of outcomes) {
        if (outcome.kind === "dropped") counts.droppedCount += 1;
        if (outcome.kind === "failed") await addFailed(outcome);
        if (outcome.kind === "delivered") await add(outcome);
      }
    },
    async stage() {
      await writeAll(({ head }) => isDue(head.arrivedAtMs));
      const delivered = (await Promise.all(staged)).filter((object) => object !== undefined);
      return [...delivered, ...(await failed.stage())];
    },
    waiting: () => inOrder(buffers.values()),
    async abort() {
      await Promise.allSettled(staged);
      await Promise.all([...[...open].map((writer) => writer.abort()), failed.abort()]);
    },
  };
}

type At = ReturnType<SpanObjectsOptions["objectAt"]>;

/** How many partitions' prefixes are remembered. */
const PLACES_MAX_COUNT = 10_000;

/** AWS's sentence is not known. */
function tooMany(passing: Passing, maxCount: number): FailedOutcome {
  return fail(passing, {
    errorCode: ACTIVE_PARTITIONS_EXCEEDED,
    errorMessage: `The number of active partitions is limited to ${maxCount}`,
    errorOutputType: "activePartitionExceeded",
  });
}

const ACTIVE_PARTITIONS_EXCEEDED = "DynamicPartitioning.ActivePartitionsLimitExceeded";

/** Record ids of a shard rise. */
function inOrder(buffers: Iterable<PartitionBuffer>): readonly PartitionBuffer[] {
  return [...buffers].toSorted((a, b) => (a.head.recordId < b.head.recordId ? -1 : 1));
}

function sum<Item>(items: Iterable<Item>, of: (item: Item) => number): number {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
}
