/** A lane full of access logs over memory stores, to be flushed again and again. */
import { memorySpool } from "../src/storage/memory/spool.ts";
import { memoryJq } from "../src/storage/memory/jq.ts";
import { type Clock, systemClock } from "../src/clock.ts";
import { deliver } from "../src/delivery/deliver.ts";
import {
  type Compression,
  DELIVERY_READER,
  laneKey,
  type S3Destination,
} from "../src/delivery/delivery-stream.ts";
import { encryptedFromBirth } from "../src/delivery/encryption.ts";
import type { DeliveryPlan } from "../src/delivery/plan.ts";
import type { TableColumn } from "../src/delivery/formats/schema.ts";
import type { ObjectStore, SpoolStore } from "../src/delivery/ports.ts";
import { createBlockSeals } from "../src/log/block-seals.ts";
import { packRecords } from "../src/log/frame.ts";
import type { BlockBody, LogEntry, LogStore } from "../src/log/store.ts";
import { systemRandom as random } from "../src/random.ts";
import { SHARD_START } from "../src/readers/store.ts";
import { memoryDeliveryNotes } from "../src/storage/memory/delivery-notes.ts";
import { memoryDeliveryStreams } from "../src/storage/memory/delivery-streams.ts";
import { BYTES_PER_MIB } from "../src/limits.ts";
import { memoryKeys } from "../src/storage/memory/keys.ts";
import { memoryLog } from "../src/storage/memory/log.ts";
import { memoryReaders } from "../src/storage/memory/readers.ts";
import { memoryErrorLog } from "../src/storage/memory/error-log.ts";
import { memoryRedrives } from "../src/storage/memory/redrives.ts";
import { memoryErrorObjects } from "../src/storage/memory/error-objects.ts";
import { memoryObjects } from "../src/storage/memory/objects.ts";
import type { RedriveProgress } from "../src/delivery/redrive/redrive.ts";
import { memoryReplays } from "../src/storage/memory/replays.ts";
import { memoryTables } from "../src/storage/memory/tables.ts";
import { memoryStreams } from "../src/storage/memory/streams.ts";
import { accessLogs } from "./access-logs.ts";
import { benchStream } from "./api-function.ts";

export interface BacklogOptions {
  readonly recordBytes: number;
  readonly recordsPerBlock: number;
  readonly totalBytes: number;
  readonly compression: Compression;
  /** Blocks repeat after this many, to keep the bench's own memory small. */
  readonly distinctBlocks?: number;
  /** In place of access logs, of about `recordBytes` each. */
  readonly records?: readonly Uint8Array[];
  /** What the stream's destination has beside its compression. */
  readonly destination?: Partial<S3Destination>;
  /** By names, such as `analytics.events`. */
  readonly tables?: Readonly<Record<string, readonly TableColumn[]>>;
  /** How long each part of an upload is on its way, and therefore held. */
  readonly uploadMs?: number;
  /** Whether what waits is sealed with the stream's key. */
  readonly isEncrypted?: boolean;
  /** Where partitions wait; absent: in memory. */
  readonly spool?: SpoolStore;
}

export interface Backlog {
  readonly blockCount: number;
  /** Of record data. */
  readonly byteCount: number;
  readonly bodies: readonly Uint8Array[];
  /**
   * Delivers all of it from the beginning: as it stands, or as it arrives over a buffer's interval in so many equal parts, a
   * reader behind each and one at the end.
   */
  flush(partCount?: number): Promise<void>;
}

const INLINE_MAX_BYTES = 8 * 1024;
const DAY_MS = 86_400_000;
const INTERVAL_MS = 900_000;

export async function fillBacklog(options: BacklogOptions): Promise<Backlog> {
  const { recordBytes, recordsPerBlock, totalBytes, compression } = options;
  const blockBytes = recordBytes * recordsPerBlock;
  const blockCount = Math.ceil(totalBytes / blockBytes);
  const distinctCount = Math.min(blockCount, options.distinctBlocks ?? blockCount);
  const records =
    options.records ?? accessLogs({ count: distinctCount * recordsPerBlock, recordBytes });
  const distinct = Array.from({ length: distinctCount }, (_, i) =>
    packRecords(
      records.slice(i * recordsPerBlock, (i + 1) * recordsPerBlock).map((data) => ({ data })),
    ),
  );
  const bodies = Array.from({ length: blockCount }, (_, i) => distinct[i % distinctCount]!);

  const stream = benchStream("access-logs");
  const shard = laneKey(stream, 0);
  const startMs = systemClock.now();
  let aheadMs = 0;
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
  /** How many blocks have arrived, and in which of the parts each. */
  let arrivedCount = blockCount;
  let partAt = (_index: number) => 0;
  let partMs = 0;
  function entryAt(index: number): LogEntry {
    const body = bodies[index]!;
    return {
      kind: "data",
      shard,
      index,
      firstRecord: index * recordsPerBlock,
      recordCount: recordsPerBlock,
      byteOffset: index * blockBytes,
      byteCount: blockBytes,
      arrivedAtMs: startMs + partAt(index) * partMs,
      expiresAtMs: startMs + DAY_MS,
      token: "0011223344556677",
      body: bodyOf(body, index),
    };
  }
  const log: LogStore = {
    ...memoryLog(),
    head: async () => ({
      blockIndex: arrivedCount,
      recordCount: arrivedCount * recordsPerBlock,
      byteOffset: arrivedCount * blockBytes,
      sealed: false,
    }),
    async *read({ from, to }) {
      for (let index = from; index < Math.min(to, arrivedCount); index++) yield entryAt(index);
    },
  };
  const seals = createBlockSeals(memoryKeys(random), clock, random);
  const tables = memoryTables();
  for (const [name, columns] of Object.entries(options.tables ?? {})) tables.put(name, columns);
  const readers = memoryReaders<DeliveryPlan>();
  const deliveryStreams = memoryDeliveryStreams(memoryLog(), readers);
  await deliveryStreams.create(
    {
      ...stream,
      ...(options.isEncrypted && { encryption: encryptedFromBirth({}, startMs) }),
      destination: {
        ...stream.destination,
        bufferSizeMiB: totalBytes / BYTES_PER_MIB,
        bufferIntervalSeconds: INTERVAL_MS / 1000,
        compression,
        ...options.destination,
      },
    },
    [shard],
    [],
  );
  return {
    blockCount,
    byteCount: blockCount * blockBytes,
    bodies,
    async flush(partCount = 1) {
      readers.close(shard);
      await readers.open(shard, DELIVERY_READER, {
        checkpoint: SHARD_START,
        wakeRule: { sizeBytes: totalBytes, intervalMs: INTERVAL_MS },
      });
      partMs = partCount === 1 ? 0 : INTERVAL_MS / partCount;
      partAt = (index) => Math.floor((index * partCount) / blockCount);
      const spool = options.spool ?? memorySpool(random);
      for (let part = 1; part <= partCount; part++) {
        aheadMs = (part - 1) * partMs;
        arrivedCount = Math.ceil((blockCount * part) / partCount);
        await wake(spool);
      }
      aheadMs = partCount === 1 ? 0 : 2 * INTERVAL_MS;
      if (partCount > 1) await wake(spool);
    },
  };

  async function wake(spool: SpoolStore): Promise<void> {
    const { checkpoint, frontier = checkpoint } = (await readers.get(shard, DELIVERY_READER))!;
    const result = await deliver(
      {
        log,
        readers,
        clock,
        random,
        deliveryStreams,
        tables,
        errorLog: memoryErrorLog(),
        jq: memoryJq(),
        seals,
        spool,
        dataStreams: memoryStreams(memoryLog()),
        dataStreamArn: (name) => name,
        bodies: {
          put: async () => "",
          get: async (key) => new Uint8Array(bodies[Number(key)]!),
          keep: async (key) => key,
        },
        objects: forgetfulObjects(options.uploadMs ?? 0),
        invoker: { invoke: () => Promise.reject(new Error("nothing is transformed here")) },
        region: "us-east-1",
        deliveryStreamArn: (name) =>
          `arn:aws:firehose:us-east-1:000000000000:deliverystream/${name}`,
        deliveryNotes: memoryDeliveryNotes(),
        replays: memoryReplays(),
        redrives: memoryRedrives(memoryLog(), memoryReaders()),
        redriveReaders: memoryReaders<RedriveProgress>(),
        errorObjects: memoryErrorObjects(memoryObjects()),

        report: () => {},
      },
      {
        wakeUp: { shard, readerId: DELIVERY_READER, blockIndex: frontier.blockIndex },
        messageId: "bench",
        isRepeated: true,
        deadlineMs: clock.now() + DAY_MS,
        backOffMs: 1000,
      },
    );
    if (result.kind === "retry" && result.error !== undefined) {
      throw new Error("the flush failed", { cause: result.error });
    }
  }
}

function bodyOf(body: Uint8Array, index: number): BlockBody {
  return body.length > INLINE_MAX_BYTES
    ? { kind: "object", key: String(index), byteCount: body.length }
    : { kind: "inline", bytes: body };
}

/** Takes objects as S3 does and keeps none. */
function forgetfulObjects(uploadMs: number): ObjectStore {
  return {
    refusalOf: () => undefined,
    putIfAbsent: async () => "written",
    startUpload: async ({ bucket, key }) => ({ bucket, key, uploadId: "upload" }),
    async uploadPart(_upload, partNumber) {
      if (uploadMs > 0) await systemClock.sleep(uploadMs);
      return { partNumber, etag: `"${partNumber}"` };
    },
    completeIfAbsent: async () => "written",
    abort: async () => {},
  };
}
