/**
 * What a core delivers with each stage that a stream can ask for, and with a whole pipeline of them. Each is held against a
 * floor of the same bytes: the least work of its kind that Node offers.
 */
import { gunzipSync, gzipSync, zstdDecompressSync } from "node:zlib";
import { systemClock as clock } from "../src/clock.ts";
import { formatSequenceNumber } from "../src/log/sequence.ts";
import type { S3Destination } from "../src/delivery/delivery-stream.ts";
import { COMPRESSION_FORMATS } from "../src/delivery/compression/index.ts";
import { openRecordReader } from "../src/delivery/formats/deserializer.ts";
import { HIVE_DEFAULTS } from "../src/delivery/formats/hive-json.ts";
import { OPENX_DEFAULTS } from "../src/delivery/formats/openx-json.ts";
import { openParquetWriter, PARQUET_DEFAULTS } from "../src/delivery/formats/parquet.ts";
import type { RecordReader } from "../src/delivery/formats/record-reader.ts";
import { readSchema } from "../src/delivery/formats/schema.ts";
import { workerJq } from "../src/delivery/jq/worker-engine.ts";
import { appendDelimiter } from "../src/delivery/stages/append-delimiter.ts";
import { extractMessages } from "../src/delivery/stages/cloudwatch-logs.ts";
import { deAggregate } from "../src/delivery/stages/de-aggregate.ts";
import { decompress } from "../src/delivery/stages/decompress.ts";
import { identifying } from "../src/delivery/record-identity.ts";
import { addRecordMetadata } from "../src/delivery/stages/record-metadata.ts";
import { extractMetadata } from "../src/delivery/stages/metadata.ts";
import { enter, type Stage } from "../src/delivery/stages/outcome.ts";
import { fillBacklog } from "./backlog.ts";
import { compareCpu } from "./measure.ts";
import { EVENT_COLUMNS, nestedEvents } from "./nested-events.ts";
import { fixed, type Table } from "./report.ts";

const EVENT_COUNT = 10_000;
const RECORDS_PER_BLOCK = 100;
const SUB_RECORDS = 100;
/** Of a call, as the pipeline makes them. */
const GROUP = 500;
const ROUNDS = 9;

interface Measured {
  readonly name: string;
  readonly byteCount: number;
  readonly floorName: string;
  readonly floor: () => unknown;
  readonly run: () => unknown;
}

export async function stages(): Promise<readonly Table[]> {
  const events = nestedEvents(EVENT_COUNT);
  const jq = workerJq({ clock });
  try {
    const one = await tableOf("Stages per core", [...recordStages(events, jq), ...formats(events)]);
    const whole = await tableOf(
      "Whole pipelines per core",
      await pipelines(nestedEvents(3 * EVENT_COUNT)),
    );
    return [one, whole];
  } finally {
    await jq.close();
  }
}

async function tableOf(title: string, all: readonly Measured[]): Promise<Table> {
  const rows: (string | number)[][] = [];
  for (const { name, byteCount, floorName, floor, run } of all) {
    const contenders = [
      { name: "floor", run: floor },
      { name, run },
    ];
    const [least, ours] = await compareCpu(contenders, { rounds: ROUNDS, runsPerRound: 1 });
    const [low, high] = ours!.ratioQuartiles;
    rows.push([
      name,
      fixed(byteCount / 1e3 / ours!.medianMs, 1),
      fixed(byteCount / 1e3 / ours!.leastMs, 1),
      `${floorName}, ${fixed(byteCount / 1e3 / least!.medianMs, 1)}`,
      `${fixed(1 / ours!.ratio, 2)} (${fixed(1 / high, 2)}–${fixed(1 / low, 2)})`,
    ]);
  }
  return {
    title,
    columns: [
      "what is done",
      "MB/s of what comes in (median)",
      "MB/s (best)",
      "floor, MB/s",
      "of the floor (quartiles)",
    ],
    rows,
  };
}

function recordStages(
  events: readonly Buffer[],
  jq: ReturnType<typeof workerJq>,
): readonly Measured[] {
  const together = (separator: string) =>
    Array.from({ length: events.length / SUB_RECORDS }, (_, i) =>
      Buffer.from(events.slice(i * SUB_RECORDS, (i + 1) * SUB_RECORDS).join(separator)),
    );
  const json = together("");
  const lines = together("\n");
  const envelopes = Array.from({ length: events.length / SUB_RECORDS }, (_, i) =>
    Buffer.from(JSON.stringify(envelopeOf(events.slice(i * SUB_RECORDS, (i + 1) * SUB_RECORDS)))),
  );
  const packed = envelopes.map((envelope) => gzipSync(envelope));
  const metadata = (query: string, name: string): Measured => {
    const extract = extractMetadata({ query, engine: jq, nowMs: 0 });
    return {
      name,
      ...parsing(events),
      async run() {
        for (let from = 0; from < events.length; from += GROUP) {
          await extract(events.slice(from, from + GROUP).map(passingOf));
        }
      },
    };
  };
  return [
    stage("RecordDeAggregation, JSON", deAggregate({ kind: "JSON" }), json, {
      floorName: "text and back",
      floor: () => each(json, (record) => Buffer.from(record.toString())),
    }),
    stage(
      "RecordDeAggregation, DELIMITED",
      deAggregate({ kind: "DELIMITED", delimiter: Buffer.from("\n") }),
      lines,
      {
        floorName: "text, split and back",
        floor: () =>
          each(lines, (record) =>
            record
              .toString()
              .split("\n")
              .map((line) => Buffer.from(line)),
          ),
      },
    ),
    {
      ...stage("Decompression", decompress, packed, {
        floorName: "gunzip",
        floor: () => each(packed, (record) => gunzipSync(record)),
      }),
      byteCount: sizeOf(envelopes),
    },
    stage("CloudWatchLogProcessing", extractMessages, envelopes, parsing(envelopes)),
    recordMetadata(events),
    metadata("{country: .who.country, name: .name}", "MetadataExtraction, compiled query"),
    metadata("{user: (.name | explode | .[0:7] | implode)}", "MetadataExtraction by jq"),
    stage("AppendDelimiterToRecord", appendDelimiter("\n"), events, {
      floorName: "copy",
      floor: () => each(events, (record) => Buffer.from(record)),
    }),
  ];
}

function stage(
  name: string,
  of: Stage,
  records: readonly Buffer[],
  floor: Pick<Measured, "floorName" | "floor">,
): Measured {
  return {
    name,
    byteCount: sizeOf(records),
    ...floor,
    run() {
      for (const record of records) of(passingOf(record));
    },
  };
}

/** With ids of the log, which it has to read. */
function recordMetadata(events: readonly Buffer[]): Measured {
  const shard = { shardCreatedAtMs: 0, shardIndex: 0, arrivedAtMs: 0 };
  const records = events.map((data, i) => {
    const place = {
      blockIndex: Math.floor(i / RECORDS_PER_BLOCK),
      position: i % RECORDS_PER_BLOCK,
    };
    return enter({
      recordId: `${formatSequenceNumber({ ...shard, ...place })}000000`,
      arrivedAtMs: 0,
      data,
    });
  });
  const add = addRecordMetadata(
    [
      { name: "arrived_at", field: "arrivalTimestamp" },
      { name: "record_id", field: "id" },
    ],
    identifying({ name: "access-logs", generation: "0123456789abcdef" }),
  );
  return {
    name: "record metadata: arrival and id",
    ...parsing(events),
    run() {
      for (const record of records) add(record);
    },
  };
}

/** Nothing is kept of it. */
function each(records: readonly Buffer[], of: (record: Buffer) => unknown): void {
  for (const record of records) of(record);
}

const passingOf = (data: Buffer) => enter({ recordId: "0", arrivedAtMs: 0, data });

const sizeOf = (records: readonly Uint8Array[]) =>
  records.reduce((sum, { length }) => sum + length, 0);

function parsing(records: readonly Buffer[]): Pick<Measured, "byteCount" | "floorName" | "floor"> {
  return {
    byteCount: sizeOf(records),
    floorName: "JSON.parse",
    floor: () => each(records, (record) => JSON.parse(record.toString()) as unknown),
  };
}

function envelopeOf(messages: readonly Buffer[]): object {
  return {
    messageType: "DATA_MESSAGE",
    owner: "123456789012",
    logGroup: "/aws/lambda/shop",
    logStream: "2026/11/30/[$LATEST]0123456789abcdef",
    subscriptionFilters: ["all"],
    logEvents: messages.map((message, i) => ({
      id: String(i).padStart(56, "3"),
      timestamp: 1_795_996_800_000 + i,
      message: message.toString(),
    })),
  };
}

function formats(events: readonly Buffer[]): readonly Measured[] {
  const bytes = Buffer.concat(events);
  const schema = schemaOfEvents();
  const hive = { ...HIVE_DEFAULTS, timestampFormats: ["yyyy-MM-dd'T'HH:mm:ss.SSSZ"] };
  const openX = openRecordReader(schema, { kind: "openx", ...OPENX_DEFAULTS });
  const convert = async (reader: RecordReader) => {
    const writer = await openParquetWriter(schema, PARQUET_DEFAULTS, async () => {});
    for (const record of events) {
      const result = reader.read(record);
      if (result.kind === "failed") throw new Error(result.errorMessage);
      await writer.write(result.rows);
    }
    await writer.end();
  };
  return [
    { name: "OpenX JSON to Parquet", ...parsing(events), run: () => convert(openX) },
    {
      name: "Hive JSON to Parquet",
      ...parsing(events),
      run: () => convert(openRecordReader(schema, { kind: "hive", ...hive })),
    },
    ...(["GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"] as const).map((compression) => ({
      name: compression,
      byteCount: bytes.length,
      floorName: "gzip in one call",
      floor: () => gzipSync(bytes, { level: 6 }),
      async run() {
        const encoder = COMPRESSION_FORMATS[compression].open(async () => {}, "seed");
        for (let from = 0; from < bytes.length; from += 128 * 1024) {
          await encoder.write(bytes.subarray(from, from + 128 * 1024));
        }
        await encoder.end();
      },
    })),
  ];
}

function schemaOfEvents() {
  const result = readSchema(columnsOfEvents());
  if (result.kind === "invalid") throw new Error(result.errorMessage);
  return result.schema;
}

const columnsOfEvents = () => Object.entries(EVENT_COLUMNS).map(([Name, Type]) => ({ Name, Type }));

/** From the blocks of a lane to objects. */
async function pipelines(events: readonly Buffer[]): Promise<readonly Measured[]> {
  const byteCount = sizeOf(events);
  const conversion: S3Destination["conversion"] = {
    deserializer: { kind: "openx", ...OPENX_DEFAULTS },
    parquet: PARQUET_DEFAULTS,
    table: {
      databaseName: "analytics",
      tableName: "events",
      versionId: "LATEST",
      roleArn: "arn:aws:iam::000000000000:role/hydrant",
    },
  };
  const partitioned: Partial<S3Destination> = {
    prefix: "!{partitionKeyFromQuery:first}/!{partitionKeyFromQuery:ok}/",
    errorOutputPrefix: "failed/!{firehose:error-output-type}/",
    partitioning: { retrySeconds: 300 },
    stages: { metadataQuery: "{first: .counts.k0 // 50 | tostring, ok: .ok}" },
  };
  const backlogOf = (compression: "GZIP" | "UNCOMPRESSED", destination: Partial<S3Destination>) =>
    fillBacklog({
      recordBytes: Math.round(byteCount / events.length),
      recordsPerBlock: RECORDS_PER_BLOCK,
      totalBytes: byteCount,
      compression,
      records: events,
      destination,
      tables: { "analytics.events": columnsOfEvents() },
    });
  const gzip = await backlogOf("GZIP", {});
  const shared = await backlogOf("GZIP", partitioned);
  const parquet = await backlogOf("UNCOMPRESSED", { conversion });
  const both = await backlogOf("UNCOMPRESSED", { conversion, ...partitioned });
  const unpacked = () =>
    gzip.bodies.map((body) => (body[0] === 1 ? zstdDecompressSync(body.subarray(1)) : body));
  const packing = {
    byteCount,
    floorName: "unpack blocks, gzip",
    floor: () => gzipSync(Buffer.concat(unpacked()), { level: 6 }),
  };
  const reading = {
    byteCount,
    floorName: "unpack blocks, JSON.parse",
    floor() {
      unpacked();
      each(events, (event) => JSON.parse(event.toString()) as unknown);
    },
  };
  return [
    { name: "GZIP", ...packing, run: () => gzip.flush() },
    { name: "GZIP, partitioned", ...packing, run: () => shared.flush() },
    { name: "Parquet", ...reading, run: () => parquet.flush() },
    { name: "Parquet, partitioned", ...reading, run: () => both.flush() },
  ];
}
