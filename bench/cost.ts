/**
 * What do a million records cost, beside Firehose? Units of DynamoDB and S3 are counted on a sample, by
 * ReturnConsumedCapacity and by request, and scaled; the times of our code are measured, the waits of a Lambda for
 * DynamoDB and S3 are assumed. The steady rate decides how often a doorbell rings and a buffer closes.
 */
import { memorySpool } from "../src/storage/memory/spool.ts";
import { memoryJq } from "../src/storage/memory/jq.ts";
import { systemClock as clock } from "../src/clock.ts";
import { deliver } from "../src/delivery/deliver.ts";
import { DELIVERY_READER, laneKey } from "../src/delivery/delivery-stream.ts";
import { TIME_MARK_INTERVAL_MS } from "../src/limits.ts";
import { createAppender } from "../src/log/append.ts";
import { randomHex, systemRandom as random } from "../src/random.ts";
import { memoryErrorLog } from "../src/storage/memory/error-log.ts";
import { memoryRedrives } from "../src/storage/memory/redrives.ts";
import { memoryErrorObjects } from "../src/storage/memory/error-objects.ts";
import { memoryObjects } from "../src/storage/memory/objects.ts";
import type { RedriveProgress } from "../src/delivery/redrive/redrive.ts";
import { memoryLog } from "../src/storage/memory/log.ts";
import { memoryReaders } from "../src/storage/memory/readers.ts";
import { memoryReplays } from "../src/storage/memory/replays.ts";
import { memoryTables } from "../src/storage/memory/tables.ts";
import { answerDoorbell } from "../src/readers/wake.ts";
import { accessLogs } from "./access-logs.ts";
import { apiFunction, benchStream } from "./api-function.ts";
import { type CountedStores, openCountedStores, type Units } from "./counted-stores.ts";
import { compareCpu } from "./measure.ts";
import { firehoseDollars, PRICES } from "./prices.ts";
import { putEvent } from "./put-events.ts";
import { fixed, type Table } from "./report.ts";

const RECORD_SIZES = [
  { name: "100 B", recordBytes: 100 },
  { name: "1 KiB", recordBytes: 1024 },
  { name: "5 KiB", recordBytes: 5 * 1024 },
  { name: "50 KiB", recordBytes: 50 * 1024 },
];
const RECORD_COUNT = 1e6;
const BATCH_MAX_COUNT = 500;
const BATCH_MAX_BYTES = 4 * 2 ** 20;
const SAMPLE_CALLS = 24;

const RECORDS_PER_SECOND = 100;
const BUFFER_BYTES = 5 * 2 ** 20;
const BUFFER_SECONDS = 300;
/** A stream's poller looks this often; a batch that fills in between is one invocation. */
const DOORBELLS_PER_SECOND_MAX = 4;
/** Timer and work message, each sent, received, hidden by its worker and deleted. */
const SQS_REQUESTS_PER_FLUSH = 8;

const API_GB = 1;
const DELIVER_GB = 1769 / 1024;
const DOORBELL_GB = 0.5;
/** Lambda gives a core per 1,769 MB: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const CORES_PER_GB = 1024 / 1769;
/** Assumed: a round trip to DynamoDB with the SDK's own work, an S3 request, a warm doorbell, a flush's fixed part. */
const DYNAMODB_MS = 5;
const S3_MS = 30;
const DOORBELL_MS = 25;
const FLUSH_MS = 150;
const DELIVERED_BYTES_PER_CORE_MS = 45_000;

export async function cost(): Promise<readonly Table[]> {
  const stores = await openCountedStores();
  const rows: (string | number)[][] = [];
  const unitRows: (string | number)[][] = [];
  try {
    for (const { name, recordBytes } of RECORD_SIZES) {
      const batch = Math.min(BATCH_MAX_COUNT, Math.floor(BATCH_MAX_BYTES / recordBytes));
      for (const recordsPerCall of [1, batch]) {
        const sample = await takeSample(stores, recordBytes, recordsPerCall);
        const bill = billOf(sample);
        const unproven = billOf({ ...sample, perCall: sample.perUnprovenCall, roundTrips: 2 });
        const label = `${name}, ${recordsPerCall === 1 ? "single" : `${batch} a call`}`;
        const firehose =
          firehoseDollars(RECORD_COUNT, recordBytes) + bill.flushes * PRICES.s3Put.dollars;
        rows.push([
          label,
          ...[bill.gateway, bill.lambda, bill.dynamodb, bill.s3, bill.sqs].map((dollars) =>
            fixed(dollars, 3),
          ),
          `**${fixed(bill.total, 3)}**`,
          fixed(unproven.total, 3),
          `**${fixed(firehose, 3)}**`,
          fixed(bill.total / firehose, 2),
        ]);
        const { write, put } = sample.perCall;
        unitRows.push([
          label,
          fixed(write, 2),
          fixed(sample.perUnprovenCall.write, 2),
          fixed(put, 2),
          fixed(sample.apiCpuMs, 2),
          ...[bill.writeUnits, bill.readUnits, bill.s3Puts, bill.s3Gets, bill.invocations].map(
            (count) => fixed(count, 0),
          ),
        ]);
      }
    }
  } finally {
    await stores.close();
  }
  return [
    {
      title: `Dollars per million records at ${RECORDS_PER_SECOND} records a second, buffers of 5 MiB or 300 s, GZIP`,
      columns: [
        "records",
        "API Gateway",
        "Lambda",
        "DynamoDB",
        "S3",
        "SQS",
        "Hydrant",
        "without proofs",
        "Firehose",
        "ratio",
      ],
      rows,
    },
    {
      title: "Units behind it: per call counted, per million records scaled",
      columns: [
        "records",
        "write units a call",
        "without proofs",
        "S3 PUTs a call",
        "api CPU a call, ms",
        "write units",
        "read units",
        "S3 PUTs",
        "S3 GETs",
        "invocations",
      ],
      rows: unitRows,
    },
    {
      title: "Prices",
      columns: ["item", "dollars", "known"],
      rows: Object.values(PRICES).map(({ per, dollars, known }) => [
        per,
        dollars < 0.001 ? `${fixed(dollars * 1e6, 4)} per million` : dollars,
        known,
      ]),
    },
  ];
}

interface Sample {
  readonly recordBytes: number;
  readonly recordsPerCall: number;
  readonly perCall: Units;
  /** Where producers' retries are not recognised. */
  readonly perUnprovenCall: Units;
  /** To DynamoDB, one after the other. */
  readonly roundTrips: number;
  readonly perDoorbell: Units;
  /** Without what grows with the number of blocks. */
  readonly perFlush: Units;
  /** What a flush adds for each block. */
  readonly perBlock: Units;
  readonly apiCpuMs: number;
}

async function takeSample(
  stores: CountedStores,
  recordBytes: number,
  recordsPerCall: number,
): Promise<Sample> {
  const name = `cost-${recordBytes}-${recordsPerCall}`;
  const base = benchStream(name);
  const bucketArn = `arn:aws:s3:::${stores.deliveryBucket}`;
  const generation = randomHex(random, 8);
  const stream = { ...base, generation, destination: { ...base.destination, bucketArn } };
  const shard = laneKey(stream, 0);
  const reader = {
    readerId: DELIVERY_READER,
    sizeBytes: BUFFER_BYTES,
    intervalMs: BUFFER_SECONDS * 1000,
  };
  await stores.deliveryStreams.create(stream, [shard], [reader]);
  const appender = createAppender({ ...stores, clock, random });
  const records = accessLogs({ count: recordsPerCall * 4, recordBytes }).map((data) => ({ data }));

  const append = async (call: number, to = appender) => {
    const from = (call % 4) * recordsPerCall;
    await to.append({
      name: base.name,
      generation,
      records: records.slice(from, from + recordsPerCall),
      retentionMs: 86_400_000,
      request: { callId: random.bytes(32), attempt: 1 },
      chooseLane: () => 0,
      keyOf: () => shard,
    });
  };
  const flush = async () => {
    const blockIndex =
      (await stores.readers.get(shard, DELIVERY_READER))?.checkpoint.blockIndex ?? 0;
    stores.take();
    await deliver(
      {
        ...stores,
        clock,
        random,
        invoker: { invoke: () => Promise.reject(new Error("nothing is transformed here")) },
        tables: memoryTables(),
        errorLog: memoryErrorLog(),
        jq: memoryJq(),
        spool: memorySpool(random),
        replays: memoryReplays(),
        redrives: memoryRedrives(memoryLog(), memoryReaders()),
        redriveReaders: memoryReaders<RedriveProgress>(),
        errorObjects: memoryErrorObjects(memoryObjects()),

        region: "us-east-1",
        deliveryStreamArn: (streamName) => streamName,
        dataStreamArn: (streamName) => streamName,
        report: () => {},
      },
      {
        wakeUp: { shard, readerId: DELIVERY_READER, blockIndex },
        messageId: "bench",
        isRepeated: false,
        deadlineMs: clock.now() + 600_000,
        backOffMs: 1000,
      },
    );
    return stores.take();
  };

  await append(0);
  const flushOfOne = await flush();
  stores.take();
  for (let call = 0; call < SAMPLE_CALLS; call++) await append(call);
  const perCall = over(stores.take(), SAMPLE_CALLS);
  const { proofs: _, ...unproving } = { ...stores, clock, random };
  const unproven = createAppender(unproving);
  for (let call = 0; call < SAMPLE_CALLS; call++) await append(call, unproven);
  const perUnprovenCall = over(stores.take(), SAMPLE_CALLS);
  // The first arms the timer and notes it; those that follow only look.
  const queue = { send: () => Promise.resolve() };
  const sweep = { callFor: () => Promise.resolve() };
  await answerDoorbell({ ...stores, queue, sweep, clock }, shard, clock.now());
  stores.take();
  await answerDoorbell({ ...stores, queue, sweep, clock }, shard, clock.now());
  const perDoorbell = stores.take();
  const flushOfMany = await flush();
  const perBlock = over(minus(flushOfMany, flushOfOne), 2 * SAMPLE_CALLS - 1);

  const event = await putEvent(
    name,
    records.slice(0, recordsPerCall).map(({ data }) => data),
  );
  const handler = await apiFunction([name]);
  const api = { name: "api", run: () => handler(event) };
  const [cpu] = await compareCpu([api], {
    rounds: 15,
    runsPerRound: recordsPerCall === 1 ? 100 : 5,
  });
  return {
    recordBytes,
    recordsPerCall,
    perCall,
    perUnprovenCall,
    roundTrips: 3,
    perDoorbell,
    perFlush: minus(flushOfOne, perBlock),
    perBlock,
    apiCpuMs: cpu!.medianMs,
  };
}

function billOf(sample: Sample) {
  const { recordBytes, recordsPerCall, perCall, roundTrips } = sample;
  const { perDoorbell, perFlush, perBlock } = sample;
  const calls = RECORD_COUNT / recordsPerCall;
  const byteCount = RECORD_COUNT * recordBytes;
  const seconds = RECORD_COUNT / RECORDS_PER_SECOND;
  const flushes = Math.max(byteCount / BUFFER_BYTES, seconds / BUFFER_SECONDS);
  const doorbells = Math.min(calls, seconds * DOORBELLS_PER_SECOND_MAX);
  const sum = (unit: keyof Units) =>
    calls * (perCall[unit] + perBlock[unit]) +
    doorbells * perDoorbell[unit] +
    flushes * perFlush[unit];
  // Arming the timer and asking for work are noted with a write each; every ten minutes a mark of the time is left, by a
  // call that the counter refuses once.
  const marks = (seconds * 1000) / TIME_MARK_INTERVAL_MS;
  const writeUnits = sum("write") + flushes * 2 + marks * 2;
  const readUnits = sum("read");
  const s3Puts = sum("put");
  const s3Gets = sum("get");
  // All but the counter, and the proofs, which are gone after an hour or two.
  const storedGb = (calls * (perCall.write - roundTrips + 1) * 1024) / 1e9;

  const apiMs = sample.apiCpuMs / CORES_PER_GB + roundTrips * DYNAMODB_MS + perCall.put * S3_MS;
  const deliverMs = flushes * FLUSH_MS + byteCount / DELIVERED_BYTES_PER_CORE_MS / CORES_PER_GB;
  const gbSeconds =
    (calls * apiMs * API_GB + doorbells * DOORBELL_MS * DOORBELL_GB + deliverMs * DELIVER_GB) /
    1000;
  const invocations = calls + doorbells + flushes * 2;
  const gateway = calls * PRICES.apiRequest.dollars;
  const lambda =
    invocations * PRICES.lambdaRequest.dollars + gbSeconds * PRICES.lambdaGbSecond.dollars;
  const dynamodb =
    writeUnits * PRICES.writeUnit.dollars +
    readUnits * PRICES.readUnit.dollars +
    (storedGb * PRICES.dynamodbGbMonth.dollars) / 30;
  const s3 = s3Puts * PRICES.s3Put.dollars + s3Gets * PRICES.s3Get.dollars;
  const sqs = flushes * SQS_REQUESTS_PER_FLUSH * PRICES.sqsRequest.dollars;
  const total = gateway + lambda + dynamodb + s3 + sqs;
  return {
    flushes,
    gateway,
    lambda,
    dynamodb,
    s3,
    sqs,
    total,
    writeUnits,
    readUnits,
    s3Puts,
    s3Gets,
    invocations,
  };
}

function over(units: Units, count: number): Units {
  const { write, read, put, get } = units;
  return { write: write / count, read: read / count, put: put / count, get: get / count };
}

function minus(from: Units, taken: Units): Units {
  return {
    write: Math.max(0, from.write - taken.write),
    read: Math.max(0, from.read - taken.read),
    put: Math.max(0, from.put - taken.put),
    get: Math.max(0, from.get - taken.get),
  };
}
