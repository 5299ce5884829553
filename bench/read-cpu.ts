/**
 * How much CPU does a page of GetRecords cost? From the iterator to the bytes of the answer, the calls to DynamoDB and S3
 * included, which go over loopback to a process that answers at once (its time is not counted), against the least that
 * anyone must do: decompress the blocks, print base64 of every record.
 */
import { Writable } from "node:stream";
import { zstdDecompressSync } from "node:zlib";
import { systemClock as clock } from "../src/clock.ts";
import { packRecords } from "../src/log/frame.ts";
import { formatIterator } from "../src/log/iterator.ts";
import type { LogRecord } from "../src/log/record.ts";
import type { DataStreamContext } from "../src/operations/context.ts";
import { dataStreamCache } from "../src/operations/data-stream-cache.ts";
import { getRecords } from "../src/operations/kinesis/get-records.ts";
import { systemRandom as random } from "../src/random.ts";
import { dynamodbClient, promptS3Client } from "../src/storage/clients.ts";
import { dynamodbLog } from "../src/storage/dynamodb/log.ts";
import { memoryLog } from "../src/storage/memory/log.ts";
import { memoryStreams } from "../src/storage/memory/streams.ts";
import { eagerBodies } from "../src/storage/s3/bodies.ts";
import { initialShards } from "../src/streams/shard-map.ts";
import { dataShardKey } from "../src/streams/stream.ts";
import { JSON_ENCODING } from "../src/wire/codec.ts";
import { outputResponse } from "../src/wire/respond.ts";
import { writeResponse } from "../src/wire/write-response.ts";
import { newDataStream } from "../test/helpers/data-stream.ts";
import { accessLogs } from "./access-logs.ts";
import { startAnsweringServices } from "./answering-services.ts";
import { compareCpu, type Measured } from "./measure.ts";
import { BENCH_REGION } from "./put-events.ts";
import { fixed, type Table } from "./report.ts";

/** As calls over 32 shards leave them, as one call leaves them that went to one shard, and as single puts do. */
const BACKLOGS = [
  { recordsPerBlock: 16, blockCount: 170 },
  { recordsPerBlock: 500, blockCount: 6 },
  { recordsPerBlock: 1, blockCount: 2700 },
];
const RECORD_BYTES = 1024;
const MIB = 1024 * 1024;

export async function readCpu(): Promise<readonly Table[]> {
  const rows: (string | number)[][] = [];
  for (const backlog of BACKLOGS) rows.push(await measure(backlog));
  return [
    {
      title: "CPU of a page of GetRecords",
      columns: ["backlog", "floor, ms a MiB", "Hydrant, ms a MiB (median)", "ratio (quartiles)"],
      rows,
    },
  ];
}

async function measure({ recordsPerBlock, blockCount }: (typeof BACKLOGS)[number]) {
  const services = await startAnsweringServices({ keeps: true });
  try {
    const page = await pageOf(services.endpoint, { recordsPerBlock, blockCount });
    const measured = await compareCpu(
      [
        { name: "floor", run: () => page.floor() },
        { name: "api", run: () => page.get() },
      ],
      { rounds: 15, runsPerRound: 3 },
    );
    const [least, ours] = measured as [Measured, Measured];
    const mib = (recordsPerBlock * blockCount * RECORD_BYTES) / MIB;
    return [
      `${blockCount} blocks of ${recordsPerBlock} × ${RECORD_BYTES} B`,
      fixed(least.medianMs / mib, 2),
      fixed(ours.medianMs / mib, 2),
      `${fixed(ours.ratio, 2)} (${ours.ratioQuartiles.map((ratio) => fixed(ratio, 2)).join("–")})`,
    ];
  } finally {
    await services.stop();
  }
}

export async function pageOf(
  endpoint: string,
  { recordsPerBlock, blockCount }: (typeof BACKLOGS)[number],
) {
  const where = {
    region: BENCH_REGION,
    endpoint,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  };
  const client = dynamodbClient(where);
  const log = dynamodbLog({ client, logTable: "hydrant-log", stateTable: "hydrant-state" });
  const s3 = promptS3Client({ ...where, pathStyle: true });
  const bodies = eagerBodies(s3, "log-bucket", random);
  const stream = newDataStream("clicks", 1, clock.now() - 60_000);
  const shards = memoryLog();
  const dataStreams = memoryStreams(shards);
  await dataStreams.create(stream);
  await dataStreams.addShards(stream, initialShards(1, stream.createdAtMs));

  const data = accessLogs({ count: recordsPerBlock * blockCount, recordBytes: RECORD_BYTES });
  const packed: Uint8Array[] = [];
  for (let index = 0; index < blockCount; index++) {
    const records = data
      .slice(index * recordsPerBlock, (index + 1) * recordsPerBlock)
      .map((record, i): LogRecord => ({ data: record, partitionKey: `key-${index}-${i}` }));
    const bytes = packRecords(records);
    packed.push(bytes);
    const key = bytes.length > 8192 ? await bodies.put(bytes, 86_400_000) : undefined;
    const firstRecord = index * recordsPerBlock;
    const byteCount = recordsPerBlock * RECORD_BYTES;
    const arrivedAtMs = clock.now() - 10_000;
    await log.write({
      kind: "data",
      shard: dataShardKey(stream, 0),
      index,
      firstRecord,
      recordCount: recordsPerBlock,
      byteOffset: index * byteCount,
      byteCount,
      arrivedAtMs,
      expiresAtMs: arrivedAtMs + 86_400_000,
      token: "0123456789abcdef",
      body: key ? { kind: "object", key, byteCount: bytes.length } : { kind: "inline", bytes },
    });
  }

  const never = new AbortController().signal;
  const tokenSecret = Buffer.alloc(32, "secret");
  const context = {
    accountId: "000000000000",
    region: BENCH_REGION,
    clock,
    random,
    log,
    bodies,
    dataStreams,
    dataStreamCache: dataStreamCache({ dataStreams, log: shards, clock, transitionDelayMs: 0 }),
    tokenSecret,
    // Streamed, with AWS's own bounds.
    push: {},
  } as unknown as DataStreamContext;
  const ShardIterator = formatIterator(tokenSecret, random, {
    streamName: stream.name,
    generation: stream.generation,
    shardIndex: 0,
    start: { kind: "record", blockIndex: 0, position: 0 },
    issuedAtMs: clock.now(),
  });
  return {
    async get(): Promise<void> {
      const output = await getRecords.handle({ ShardIterator }, context);
      if (output.Records.length !== data.length) {
        throw new Error(`${output.Records.length} records instead of ${data.length}`);
      }
      const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
      await writeResponse(
        outputResponse(JSON_ENCODING, { emptyOutput: "object" }, output),
        sink,
        never,
      );
    },
    floor(): number {
      let length = 0;
      for (const bytes of packed) {
        const content = bytes.subarray(1);
        const framed = (bytes[0]! & 1) === 1 ? zstdDecompressSync(content) : Buffer.from(content);
        length += framed.toString("base64").length;
      }
      return length;
    },
  };
}
