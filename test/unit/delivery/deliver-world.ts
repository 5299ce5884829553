/** A delivery stream with one lane: records are put, its readers are woken, and objects appear. */
import { deliver, type DeliverPorts } from "../../../src/delivery/deliver.ts";
import {
  DELIVERY_READER,
  type DeliveryStream,
  laneKey,
  type S3Destination,
} from "../../../src/delivery/delivery-stream.ts";
import { laneReaders } from "../../../src/delivery/lane-change.ts";
import { firstLanes } from "../../../src/delivery/lanes.ts";
import type { FlushReport } from "../../../src/delivery/destinations/sink-options.ts";
import { BYTES_PER_MIB } from "../../../src/limits.ts";
import { groupCommit } from "../../../src/log/group-commit.ts";
import type { MemoryFunction } from "../../../src/storage/memory/invoker.ts";
import { memoryLog } from "../../../src/storage/memory/log.ts";
import { memoryStreams } from "../../../src/storage/memory/streams.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";
import { DESTINATION, deliveryPorts } from "./delivery-ports.ts";

export const START_MS = Date.parse("2026-11-23T10:11:12Z");

/** Of every buffer of a world: 1,000 bytes and five seconds. */
export const HINTS = { bufferSizeMiB: 1000 / BYTES_PER_MIB, bufferIntervalSeconds: 5 };

export async function deliverWorld(
  over: Partial<S3Destination> = {},
  fn: MemoryFunction = () => ({}),
) {
  const log = memoryLog();
  const clock = steppingClock(START_MS);
  const flushes: FlushReport[] = [];
  const ports = {
    ...deliveryPorts({ clock, log, dataStreams: memoryStreams(log) }, fn),
    report: (flush: FlushReport) => void flushes.push(flush),
  };
  const stream: DeliveryStream = {
    name: "access-logs",
    generation: "0123456789abcdef",
    versionId: 1,
    createdAtMs: START_MS,
    lanes: firstLanes(START_MS),
    destination: { ...DESTINATION, ...HINTS, ...over },
  };
  const shard = laneKey(stream, 0);
  await ports.deliveryStreams.create(stream, [shard], laneReaders(stream));
  const append = groupCommit(ports);
  const putData = (...records: Uint8Array[]) =>
    append(shard, { records: records.map((data) => ({ data })), retentionMs: 86_400_000 });
  return {
    ...ports,
    stream,
    shard,
    flushes,
    put: (...texts: string[]) => putData(...texts.map((text) => Buffer.from(text))),
    putData,
    run: (
      change: Partial<DeliverPorts> = {},
      options: {
        readerId?: string;
        isRepeated?: boolean;
        blockIndex?: number;
        deadlineMs?: number;
      } = {},
    ) => {
      const { readerId = DELIVERY_READER, blockIndex = 0, isRepeated = false } = options;
      return deliver(
        { ...ports, ...change },
        {
          wakeUp: { shard, readerId, blockIndex },
          messageId: "message",
          isRepeated,
          deadlineMs: options.deadlineMs ?? START_MS + 900_000,
          backOffMs: 1000,
        },
      );
    },
    contents: () =>
      ports.objects.list().map(({ key, body }) => ({ key, text: Buffer.from(body).toString() })),
  };
}

/** What a function does with a batch: `verdict` per record's text. */
export function answering(verdict: (text: string) => object): MemoryFunction {
  return (event) => {
    const { records } = event as { records: { recordId: string; data: string }[] };
    return {
      records: records.map(({ recordId, data }) => ({
        recordId,
        ...verdict(Buffer.from(data, "base64").toString()),
      })),
    };
  };
}

export const ok = (text: string) => ({ result: "Ok", data: Buffer.from(text).toString("base64") });
