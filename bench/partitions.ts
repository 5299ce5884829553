/**
 * What dynamic partitioning costs the deliver function: its memory with as many partitions as there may be, each under the
 * largest hint, and its core's time for records that wait between flushes.
 */
import { execFileSync } from "node:child_process";
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { S3Destination } from "../src/delivery/delivery-stream.ts";
import { OPENX_DEFAULTS } from "../src/delivery/formats/openx-json.ts";
import { PARQUET_DEFAULTS } from "../src/delivery/formats/parquet.ts";
import type { SpoolStore } from "../src/delivery/ports.ts";
import { ACTIVE_PARTITIONS_MAX_COUNT, BUFFER_SIZE_MAX_MIB } from "../src/limits.ts";
import { type Backlog, fillBacklog } from "./backlog.ts";
import { compareCpu } from "./measure.ts";
import { fixed, type Table } from "./report.ts";

const MIB = 2 ** 20;
const RECORD_BYTES = 1024;
const RECORDS_PER_BLOCK = 500;
const UPLOAD_MS = 200;
/** The first of them fill what partitions may hold, the others make it run over. */
const MEMORY_TOTAL_BYTES = 192 * MIB;
const DISTINCT_BLOCKS = 96;
const SPAN_PARTS = 6;
/** Of the deliver function: serverless.yml. */
const FUNCTION_MB = 1769;

const CPU_TOTAL_BYTES = 16 * MIB;
const CPU_PARTITIONS = 100;
const CPU_PARTS = [1, 2, 4, 8];
const ROUNDS = 5;

const PARTITIONED: Partial<S3Destination> = {
  prefix: "shop=!{partitionKeyFromQuery:shop}/",
  errorOutputPrefix: "failed/!{firehose:error-output-type}/",
  partitioning: { retrySeconds: 300 },
  stages: { metadataQuery: "{shop: .shop}" },
  bufferSizeMiB: BUFFER_SIZE_MAX_MIB,
  delimiter: "\n",
};

const CONVERSION: NonNullable<S3Destination["conversion"]> = {
  deserializer: { kind: "openx", ...OPENX_DEFAULTS },
  parquet: PARQUET_DEFAULTS,
  table: {
    databaseName: "analytics",
    tableName: "events",
    versionId: "LATEST",
    roleArn: "arn:aws:iam::000000000000:role/hydrant",
  },
};
const COLUMNS = ["shop", "id", "text"].map((Name) => ({ Name, Type: "string" }));

interface Shape {
  /** Of all records, the part that goes to one partition. */
  readonly busyShare: number;
  readonly isParquet?: boolean;
  readonly isEncrypted?: boolean;
}

const SHAPES: Readonly<Record<string, Shape>> = {
  "GZIP, all alike": { busyShare: 0 },
  "GZIP, half of it to one": { busyShare: 0.5 },
  "GZIP, all alike, encrypted": { busyShare: 0, isEncrypted: true },
  "Parquet, all alike": { busyShare: 0, isParquet: true },
  "Parquet, half of it to one": { busyShare: 0.5, isParquet: true },
};

export async function partitionMemory(): Promise<readonly Table[]> {
  const rows = Object.keys(SHAPES).map((name) => {
    const { baselineMiB, peakMiB } = inOwnProcess(name);
    return [name, fixed(peakMiB - baselineMiB, 0), fixed(peakMiB, 0)];
  });
  const table = {
    title: `Memory of a lane's flushes with ${ACTIVE_PARTITIONS_MAX_COUNT} partitions under a hint of ${BUFFER_SIZE_MAX_MIB} MiB, MiB`,
    columns: ["what waits", "peak less what the process held before", "peak"],
    rows,
    note: `The function has ${FUNCTION_MB} MB. Text that packs to three quarters of its size, ${MEMORY_TOTAL_BYTES / MIB} MiB of it in spans of 32 MiB.`,
  };
  return [table];
}

interface Peak {
  readonly baselineMiB: number;
  readonly peakMiB: number;
}

function inOwnProcess(name: string): Peak {
  const output = execFileSync(process.execPath, [fileURLToPath(import.meta.url), name], {
    encoding: "utf8",
  });
  return JSON.parse(output) as Peak;
}

async function measureHere({ busyShare, isParquet, isEncrypted = false }: Shape): Promise<Peak> {
  const folder = mkdtempSync(join(tmpdir(), "hydrant-partitions-"));
  try {
    const backlog = await fillBacklog({
      ...shapeOf(isParquet),
      isEncrypted,
      totalBytes: MEMORY_TOTAL_BYTES,
      distinctBlocks: DISTINCT_BLOCKS,
      uploadMs: UPLOAD_MS,
      spool: fileSpool(folder),
      records: records(DISTINCT_BLOCKS * RECORDS_PER_BLOCK, ACTIVE_PARTITIONS_MAX_COUNT, busyShare),
    });
    const baselineMiB = process.memoryUsage.rss() / MIB;
    await backlog.flush(SPAN_PARTS);
    return { baselineMiB, peakMiB: process.resourceUsage().maxRSS / 1024 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function shapeOf(isParquet = false) {
  return {
    recordBytes: RECORD_BYTES,
    recordsPerBlock: RECORDS_PER_BLOCK,
    compression: isParquet ? ("UNCOMPRESSED" as const) : ("GZIP" as const),
    destination: { ...PARTITIONED, ...(isParquet && { conversion: CONVERSION }) },
    tables: { "analytics.events": COLUMNS },
  };
}

/** Each of as many bytes; what is random of them is text of six bits a character. */
function records(count: number, partitionCount: number, busyShare: number): readonly Buffer[] {
  return Array.from({ length: count }, (_, i) => {
    const isBusy = (i * busyShare) % 1 >= 1 - busyShare && busyShare > 0;
    const head = `{"shop":"s${isBusy ? 0 : i % partitionCount}","id":"${i}","text":"`;
    const text = Buffer.from(
      Uint8Array.from({ length: RECORD_BYTES }, () => Math.floor(Math.random() * 256)),
    ).toString("base64");
    return Buffer.from(`${head}${text.slice(0, RECORD_BYTES - head.length - 2)}"}`);
  });
}

/** Comes back in pieces that are joined, as from S3. */
function fileSpool(folder: string): SpoolStore {
  let count = 0;
  return {
    async put(bytes) {
      const key = `${++count}`;
      writeFileSync(join(folder, key), bytes);
      return key;
    },
    async get(key) {
      const pieces: Buffer[] = [];
      for await (const piece of createReadStream(join(folder, key))) pieces.push(piece as Buffer);
      return Buffer.concat(pieces);
    },
    async remove(key) {
      rmSync(join(folder, key), { force: true });
    },
  };
}

/** In memory, and counted. */
function countedSpool(): SpoolStore & { putBytes: number } {
  const kept = new Map<string, Uint8Array>();
  let count = 0;
  return {
    putBytes: 0,
    async put(bytes) {
      const key = `${++count}`;
      kept.set(key, bytes);
      this.putBytes += bytes.length;
      return key;
    },
    get: async (key) => kept.get(key),
    remove: async (key) => void kept.delete(key),
  };
}

export async function partitionCpu(): Promise<readonly Table[]> {
  const all = records(CPU_TOTAL_BYTES / RECORD_BYTES, CPU_PARTITIONS, 0);
  const backlogOf = (destination: Partial<S3Destination>, spool?: SpoolStore) =>
    fillBacklog({
      ...shapeOf(),
      destination,
      totalBytes: CPU_TOTAL_BYTES,
      records: all,
      ...(spool && { spool }),
    });
  const plain = await backlogOf({ delimiter: "\n" });
  const spool = countedSpool();
  const partitioned = await backlogOf(PARTITIONED, spool);
  const atOnce = await backlogOf({ ...PARTITIONED, bufferIntervalSeconds: 0 }, spool);
  const runs: readonly { name: string; backlog: Backlog; parts: number }[] = [
    { name: "without partitions", backlog: plain, parts: 1 },
    ...CPU_PARTS.map((parts) => ({
      name: `${CPU_PARTITIONS} partitions, ${parts === 1 ? "none waits" : `arriving in ${parts} parts`}`,
      backlog: parts === 1 ? atOnce : partitioned,
      parts,
    })),
  ];
  const spooled = new Map<string, number>();
  const measured = await compareCpu(
    runs.map(({ name, backlog, parts }) => ({
      name,
      async run() {
        spool.putBytes = 0;
        await backlog.flush(parts);
        spooled.set(name, spool.putBytes);
      },
    })),
    { rounds: ROUNDS, runsPerRound: 1 },
  );
  const table = {
    title: "CPU of partitioned flushes, GZIP, records of 1 KiB",
    columns: [
      "what comes in",
      "MB/s per core (median)",
      "MB/s (best)",
      "of the first row (quartiles)",
      "bytes put into the spool for each that comes in",
    ],
    rows: measured.map(({ name, medianMs, leastMs, ratio, ratioQuartiles: [low, high] }) => [
      name,
      fixed(CPU_TOTAL_BYTES / 1e3 / medianMs, 1),
      fixed(CPU_TOTAL_BYTES / 1e3 / leastMs, 1),
      `${fixed(1 / ratio, 2)} (${fixed(1 / high, 2)}–${fixed(1 / low, 2)})`,
      fixed((spooled.get(name) ?? 0) / CPU_TOTAL_BYTES, 2),
    ]),
  };
  return [table];
}

const [, script, name] = process.argv;
if (script === fileURLToPath(import.meta.url) && name !== undefined) {
  console.log(JSON.stringify(await measureHere(SHAPES[name]!)));
}
