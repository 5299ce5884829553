/**
 * A process that is one client of a server: puts in four ways and reads back, as fast as it is answered. Prints what it
 * got done as JSON.
 */
import { processTree } from "../../test/helpers/process-tree.ts";
import { accessLogs } from "../access-logs.ts";
import type { PeerDone, PeerLoad, Phase } from "./phases.ts";
import {
  type Answered,
  type Body,
  bodyOf,
  type SignedCalls,
  signedCalls,
} from "../../test/helpers/signed-calls.ts";

const SINGLES = "peers-singles";
const BATCHES = "peers-batches";
const DELIVERY = "peers-delivery";
const BUCKET = "peers-bucket";
/** Bodies are made once and sent in turns. */
const BODY_COUNT = 8;
const MIB = 1024 * 1024;
const ACTIVE_WITHIN_MS = 60_000;

async function bear(load: PeerLoad): Promise<PeerDone> {
  const { hasFirehose, recordBytes, recordsPerCall } = load;
  const client = signedCalls(load.endpoint, load.connectionCount);
  await makeStreams(client, load);
  const data = accessLogs({ count: recordsPerCall * BODY_COUNT, recordBytes }).map((record) =>
    record.toString("base64"),
  );
  const bodies = (make: (batch: readonly string[], index: number) => object) =>
    Array.from({ length: BODY_COUNT }, (_, i) =>
      bodyOf(make(data.slice(i * recordsPerCall, (i + 1) * recordsPerCall), i)),
    );
  let refusedCount = 0;

  /** @param recordCount how many records a call brings */
  async function repeat(
    target: string,
    recordCount: number,
    all: readonly Body[],
  ): Promise<Phase & { readonly callCount: number }> {
    return await watched(load, async (goesOn) => {
      let callCount = 0;
      const connection = async (first: number) => {
        for (let i = first; goesOn(); i++) {
          const answer = await client.call(target, all[i % all.length]!);
          if (isTaken(answer)) callCount++;
          else refusedCount++;
        }
      };
      await Promise.all(Array.from({ length: load.connectionCount }, (_, i) => connection(i)));
      return { callCount, recordCount: callCount * recordCount };
    });
  }

  const startedAt = performance.now();
  const firehose = hasFirehose && {
    firehoseBatches: await repeat(
      "Firehose_20150804.PutRecordBatch",
      recordsPerCall,
      bodies((batch) => ({
        DeliveryStreamName: DELIVERY,
        Records: batch.map((Data) => ({ Data })),
      })),
    ),
    firehosePuts: await repeat(
      "Firehose_20150804.PutRecord",
      1,
      bodies(([Data]) => ({ DeliveryStreamName: DELIVERY, Record: { Data } })),
    ),
  };
  const kinesisPuts = await repeat(
    "Kinesis_20131202.PutRecord",
    1,
    bodies(([Data], i) => ({ StreamName: SINGLES, PartitionKey: `key-${i}`, Data })),
  );
  const putRecords = await repeat(
    "Kinesis_20131202.PutRecords",
    recordsPerCall,
    bodies((batch, call) => ({
      StreamName: BATCHES,
      Records: batch.map((Data, i) => ({ Data, PartitionKey: `key-${call}-${i}` })),
    })),
  );
  let firstRound: number | undefined;
  const getRecords = await watched(load, async (goesOn) => {
    const done = { callCount: 0, recordCount: 0 };
    while (goesOn()) {
      const round = await readAll(client, load);
      done.callCount += round.callCount;
      done.recordCount += round.recordCount;
      firstRound ??= round.recordCount;
    }
    return done;
  });
  const { user, system } = process.cpuUsage();
  client.close();
  return {
    phases: { ...firehose, kinesisPuts, putRecords, getRecords },
    refusedCount,
    missingCount: putRecords.callCount * recordsPerCall - (firstRound ?? 0),
    clientCores: (user + system) / 1000 / (performance.now() - startedAt),
  };
}

async function watched(
  { serverPid, durationMs, recordBytes }: PeerLoad,
  run: (
    goesOn: () => boolean,
  ) => Promise<{ readonly callCount: number; readonly recordCount: number }>,
): Promise<Phase & { readonly callCount: number }> {
  const cpuMs = () => processTree(serverPid).reduce((sum, facts) => sum + facts.cpuMs, 0);
  const cpuBefore = cpuMs();
  const from = performance.now();
  const { callCount, recordCount } = await run(() => performance.now() - from < durationMs);
  const seconds = (performance.now() - from) / 1000;
  return {
    callCount,
    callsPerSecond: callCount / seconds,
    mibPerSecond: (recordCount * recordBytes) / MIB / seconds,
    serverCpuMsPerCall: (cpuMs() - cpuBefore) / callCount,
  };
}

/** A batch of which nothing was refused says so by a zero, or by nothing. */
function isTaken({ status, bytes }: Answered): boolean {
  return status === 200 && !/"Failed(?:Put|Record)Count": ?[1-9]/.test(headAndTail(bytes));
}

function headAndTail(bytes: Buffer): string {
  const length = 200;
  return (
    bytes.toString("latin1", 0, length) +
    bytes.toString("latin1", Math.max(0, bytes.length - length))
  );
}

async function makeStreams(client: SignedCalls, load: PeerLoad): Promise<void> {
  for (const StreamName of [SINGLES, BATCHES]) {
    await must(client, "Kinesis_20131202.CreateStream", {
      StreamName,
      ShardCount: load.shardCount,
    });
  }
  if (load.hasFirehose) {
    const { bucket = await makeBucket(load.endpoint) } = load;
    await must(client, "Firehose_20150804.CreateDeliveryStream", {
      DeliveryStreamName: DELIVERY,
      ExtendedS3DestinationConfiguration: {
        RoleARN: "arn:aws:iam::000000000000:role/firehose",
        BucketARN: `arn:aws:s3:::${bucket}`,
      },
    });
  }
  await untilActive(client, "Kinesis_20131202.DescribeStreamSummary", { StreamName: SINGLES });
  await untilActive(client, "Kinesis_20131202.DescribeStreamSummary", { StreamName: BATCHES });
  if (!load.hasFirehose) return;
  await untilActive(client, "Firehose_20150804.DescribeDeliveryStream", {
    DeliveryStreamName: DELIVERY,
  });
}

async function makeBucket(endpoint: string): Promise<string> {
  const { status } = await fetch(`${endpoint}/${BUCKET}`, {
    method: "PUT",
    headers: { host: "s3.amazonaws.com" },
  });
  if (status !== 200) throw new Error(`the bucket was not made: ${status}`);
  return BUCKET;
}

async function must(client: SignedCalls, target: string, input: object): Promise<string> {
  const { status, bytes } = await client.call(target, bodyOf(input));
  const text = bytes.toString();
  if (status !== 200) throw new Error(`${target}: ${status} ${text.slice(0, 500)}`);
  return text;
}

async function untilActive(client: SignedCalls, target: string, input: object): Promise<void> {
  const deadline = performance.now() + ACTIVE_WITHIN_MS;
  for (;;) {
    const text = await must(client, target, input);
    if (/Status": ?"ACTIVE"/.test(text)) return;
    if (performance.now() > deadline) throw new Error(`${target}: not ACTIVE: ${text}`);
  }
}

interface Read {
  readonly callCount: number;
  readonly recordCount: number;
}

/** Connections take shard after shard. */
async function readAll(client: SignedCalls, { connectionCount }: PeerLoad): Promise<Read> {
  const listed = JSON.parse(
    await must(client, "Kinesis_20131202.ListShards", { StreamName: BATCHES }),
  ) as { readonly Shards: readonly { readonly ShardId: string }[] };
  const shards = listed.Shards.map(({ ShardId }) => ShardId);
  const reads: Read[] = [];
  const take = async () => {
    for (let shard = shards.pop(); shard !== undefined; shard = shards.pop()) {
      reads.push(await readShard(client, shard));
    }
  };
  await Promise.all(Array.from({ length: connectionCount }, take));
  return {
    callCount: reads.reduce((sum, { callCount }) => sum + callCount, 0),
    recordCount: reads.reduce((sum, { recordCount }) => sum + recordCount, 0),
  };
}

async function readShard(client: SignedCalls, ShardId: string): Promise<Read> {
  const opened = await must(client, "Kinesis_20131202.GetShardIterator", {
    StreamName: BATCHES,
    ShardId,
    ShardIteratorType: "TRIM_HORIZON",
  });
  let iterator = stringAfter(Buffer.from(opened), "ShardIterator");
  let callCount = 0;
  let recordCount = 0;
  while (iterator !== undefined) {
    const { status, bytes } = await client.call(
      "Kinesis_20131202.GetRecords",
      bodyOf({ ShardIterator: iterator }),
    );
    if (status !== 200) throw new Error(`GetRecords: ${status} ${bytes.toString().slice(0, 500)}`);
    const found = occurrences(bytes, '"PartitionKey"');
    // An empty page may have others behind it.
    if (found === 0 && numberAfter(bytes, "MillisBehindLatest") === 0) break;
    callCount += 1;
    recordCount += found;
    iterator = stringAfter(bytes, "NextShardIterator");
  }
  return { callCount, recordCount };
}

function stringAfter(bytes: Buffer, member: string): string | undefined {
  const [literal] = /^"[^"]*"/.exec(after(bytes, member)) ?? [];
  return literal === undefined ? undefined : (JSON.parse(literal) as string);
}

function numberAfter(bytes: Buffer, member: string): number {
  return Number.parseFloat(after(bytes, member) || "0");
}

/** What follows the name of a member that stands once, without parsing the megabytes around it. */
function after(bytes: Buffer, member: string): string {
  const name = `"${member}"`;
  const at = bytes.indexOf(name);
  const from = at + name.length;
  return at < 0 ? "" : bytes.toString("latin1", from, from + 2000).replace(/^\s*:\s*/, "");
}

function occurrences(bytes: Buffer, text: string): number {
  let count = 0;
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + text.length)) count++;
  return count;
}

process.stdout.write(JSON.stringify(await bear(JSON.parse(process.argv[2]!) as PeerLoad)));
