/**
 * What grows with what? The api function with the number of streams it serves, a flush with the number of blocks
 * behind, a sweep with the buffers that are open.
 */
import { systemClock as clock } from "../src/clock.ts";
import { DELIVERY_READER, type DeliveryStream, laneKeys } from "../src/delivery/delivery-stream.ts";
import { sweepShards } from "../src/readers/sweep.ts";
import { accessLogs } from "./access-logs.ts";
import { apiFunction, benchStream } from "./api-function.ts";
import { fillBacklog } from "./backlog.ts";
import { type CountedStores, openCountedStores } from "./counted-stores.ts";
import { compareCpu } from "./measure.ts";
import { putEvent } from "./put-events.ts";
import { fixed, type Table } from "./report.ts";

const API_STREAM_COUNTS = [1, 10, 100, 1000];
const BLOCK_COUNTS = [1, 10, 100, 1000, 10_000];
const SWEPT = [
  { idleCount: 0, openCount: 0 },
  { idleCount: 1000, openCount: 0 },
  { idleCount: 1000, openCount: 1 },
  { idleCount: 1000, openCount: 100 },
];

export async function growth(): Promise<readonly Table[]> {
  return [await apiByStreams(), await flushByBlocks(), await sweepByStreams()];
}

/** Batches to one stream after the other. */
async function apiByStreams(): Promise<Table> {
  const records = accessLogs({ count: 100, recordBytes: 300 });
  const contenders = await Promise.all(
    API_STREAM_COUNTS.map(async (streamCount) => {
      const names = Array.from({ length: streamCount }, (_, i) => `stream-${i}`);
      const handler = await apiFunction(names);
      const events = await Promise.all(names.slice(0, 100).map((name) => putEvent(name, records)));
      let call = 0;
      return { name: String(streamCount), run: () => handler(events[call++ % events.length]!) };
    }),
  );
  const measured = await compareCpu(contenders, { rounds: 20, runsPerRound: 100 });
  return {
    title: "CPU of a PutRecordBatch of 100 × 300 B, by the number of streams the process serves",
    columns: ["streams", "ms a call (median)", "to one stream"],
    rows: measured.map(({ name, medianMs, ratio }) => [name, fixed(medianMs, 3), fixed(ratio, 2)]),
  };
}

async function flushByBlocks(): Promise<Table> {
  const rows: (string | number)[][] = [];
  for (const blockCount of BLOCK_COUNTS) {
    const backlog = await fillBacklog({
      recordBytes: 1024,
      recordsPerBlock: 1,
      totalBytes: blockCount * 1024,
      compression: "GZIP",
      distinctBlocks: 1000,
    });
    const flush = { name: "flush", run: () => backlog.flush() };
    const [measured] = await compareCpu([flush], {
      rounds: 12,
      runsPerRound: Math.max(1, 100 / blockCount),
    });
    rows.push([
      fixed(blockCount, 0),
      fixed(measured!.medianMs, 2),
      fixed((measured!.medianMs * 1000) / blockCount, 1),
    ]);
  }
  return {
    title: "CPU of a flush, by the number of blocks behind (one record of 1 KiB each)",
    columns: ["blocks", "ms", "µs a block"],
    rows,
  };
}

/** A sweep costs what is open, whatever stands idle beside it. */
async function sweepByStreams(): Promise<Table> {
  const rows: (string | number)[][] = [];
  const stores = await openCountedStores();
  const { log, sweepNotes } = stores;
  let createdCount = 0;
  let openCount = 0;
  try {
    for (const { idleCount, openCount: wanted } of SWEPT) {
      for (; createdCount < idleCount + wanted; createdCount++)
        await createIn(stores, sweptStream(createdCount));
      for (; openCount < wanted; openCount++) {
        const [lane] = laneKeys(sweptStream(openCount));
        await log.reserve(lane!, { recordCount: 1, byteCount: 1 });
        await sweepNotes.put({ subject: lane!, token: String(openCount), atMs: clock.now() });
      }
      stores.take();
      await sweepAll(stores);
      const { read, write } = stores.take();
      rows.push([idleCount, wanted, fixed(read, 0), fixed(write, 0)]);
    }
  } finally {
    await stores.close();
  }
  return {
    title: "A sweep, by what stands idle and what has a buffer open",
    columns: ["idle streams", "streams with a buffer open", "read units", "write units"],
    rows,
  };
}

function sweptStream(index: number): DeliveryStream {
  const generation = index.toString(16).padStart(16, "0");
  return { ...benchStream(`swept-${index}`), generation };
}

async function createIn({ deliveryStreams }: CountedStores, stream: DeliveryStream) {
  const reader = { readerId: DELIVERY_READER, sizeBytes: 2 ** 20, intervalMs: 60_000 };
  await deliveryStreams.create(stream, laneKeys(stream), [reader]);
}

/** As handlers/sweep.ts does. */
async function sweepAll(stores: CountedStores): Promise<void> {
  const ports = {
    ...stores,
    notes: stores.sweepNotes,
    clock,
    queue: { send: () => Promise.resolve() },
    reportFailure(_shard: string, error: unknown) {
      throw error;
    },
  };
  await sweepShards(ports, await stores.sweepNotes.list());
}
