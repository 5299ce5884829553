/**
 * What grows with what? The api function with the number of streams it serves, a flush with the number of blocks
 * behind, a sweep with the number of streams and of lanes.
 */
import { systemClock as clock } from "../src/clock.ts";
import { sweepDeliveryStreams } from "../src/delivery/sweep-streams.ts";
import { DELIVERY_READER, type DeliveryStream, laneKeys } from "../src/delivery/delivery-stream.ts";
import { accessLogs } from "./access-logs.ts";
import { apiFunction, benchStream } from "./api-function.ts";
import { fillBacklog } from "./backlog.ts";
import { type CountedStores, openCountedStores } from "./counted-stores.ts";
import { compareCpu } from "./measure.ts";
import { putEvent } from "./put-events.ts";
import { fixed, type Table } from "./report.ts";

const API_STREAM_COUNTS = [1, 10, 100, 1000];
const BLOCK_COUNTS = [1, 10, 100, 1000, 10_000];
const SWEPT_STREAM_COUNTS = [1, 10, 100];
const SWEPT_LANES = 4;

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

async function sweepByStreams(): Promise<Table> {
  const rows: (string | number)[][] = [];
  const stores = await openCountedStores();
  let createdCount = 0;
  try {
    for (const streamCount of SWEPT_STREAM_COUNTS) {
      for (; createdCount < streamCount; createdCount++)
        await createIn(stores, sweptStream(createdCount));
      stores.take();
      await sweepAll(stores);
      const { read } = stores.take();
      rows.push([
        streamCount,
        streamCount * SWEPT_LANES,
        fixed(read, 0),
        fixed(read / (streamCount * SWEPT_LANES), 2),
      ]);
    }
  } finally {
    await stores.close();
  }
  return {
    title: "A sweep of idle streams",
    columns: ["streams", "lanes", "read units", "read units a lane"],
    rows,
  };
}

function sweptStream(index: number): DeliveryStream {
  const generation = index.toString(16).padStart(16, "0");
  return { ...benchStream(`swept-${index}`), generation, laneCount: SWEPT_LANES };
}

async function createIn({ deliveryStreams }: CountedStores, stream: DeliveryStream) {
  const reader = { readerId: DELIVERY_READER, sizeBytes: 2 ** 20, intervalMs: 60_000 };
  await deliveryStreams.create(stream, laneKeys(stream), [reader]);
}

/** As handlers/sweep.ts does. */
async function sweepAll(stores: CountedStores): Promise<void> {
  const queue = { send: () => Promise.resolve() };
  const reportFailure = (_shard: string, error: unknown) => {
    throw error;
  };
  const view = () => Promise.resolve(undefined);
  await sweepDeliveryStreams({ ...stores, clock, queue, view, reportFailure }, Infinity);
}
