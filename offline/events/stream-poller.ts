/**
 * Reads one DynamoDB stream for one function: from the stored checkpoint, in order, batch by batch. Idle polls
 * slow down to half a second, unless a nudge tells that there may be something; after records the next follows soon.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { ACCOUNT_ID, REGION, callAws } from "../aws-json.ts";
import type { Checkpoints } from "../checkpoints.ts";
import type { Invoke } from "../invoke.ts";
import { passesFilter, type FilterPattern } from "./filter.ts";
import type { Nudge } from "./nudge.ts";
import { pauseAfterMs } from "./pace.ts";
import { shareOut } from "./share-out.ts";
import {
  runStreamBatch,
  type GiveUpReason,
  type StreamBatchOptions,
  type StreamRecord,
} from "./stream-batch.ts";

export interface StreamMapping extends StreamBatchOptions {
  readonly functionName: string;
  readonly streamArn: string;
  readonly startingPosition: string;
  readonly batchSize: number;
  /** How long a batch may wait to fill up. */
  readonly windowSeconds: number;
  readonly onFailureQueueUrl?: string;
  /** Batches of a shard in work at a time. */
  readonly parallelizationFactor: number;
  /** Records that pass none are never shown to the function; empty: all pass. */
  readonly filterPatterns: readonly FilterPattern[];
}

export interface StreamPollerPorts {
  readonly streamsEndpoint: string;
  readonly sqsEndpoint: string;
  readonly invoke: Invoke;
  readonly checkpoints: Checkpoints;
  readonly signal: AbortSignal;
  readonly report: (error: unknown) => void;
  /** Given when something may have been written. */
  readonly nudge: Nudge;
}

const SHORTEST_PAUSE_MS = 10;
/** Writes that nobody tells of, such as those of other processes, wait for so long. */
const LONGEST_PAUSE_MS = 500;
const ERROR_PAUSE_MS = 500;

export async function pollStream(mapping: StreamMapping, ports: StreamPollerPorts): Promise<void> {
  const { signal } = ports;
  const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => {});
  const started = new Set<string>();
  const shards: Promise<void>[] = [];
  // Embedded streams keep one shard; those of another DynamoDB split every few hours.
  while (!signal.aborted) {
    try {
      for (const shardId of await listShards(mapping.streamArn, ports)) {
        if (started.has(shardId)) continue;
        started.add(shardId);
        shards.push(pollShard(mapping, shardId, ports, pause));
      }
    } catch (error) {
      if (!signal.aborted) ports.report(error);
    }
    await pause(started.size === 0 ? ERROR_PAUSE_MS : 30_000);
  }
  await Promise.all(shards);
}

async function listShards(streamArn: string, { streamsEndpoint, signal }: StreamPollerPorts) {
  const { StreamDescription } = await callAws<{
    StreamDescription: { readonly Shards: readonly { readonly ShardId: string }[] };
  }>(streamsEndpoint, "DynamoDBStreams_20120810.DescribeStream", { StreamArn: streamArn }, signal);
  return StreamDescription.Shards.map(({ ShardId }) => ShardId);
}

async function pollShard(
  mapping: StreamMapping,
  shardId: string,
  ports: StreamPollerPorts,
  pause: (ms: number) => Promise<void>,
): Promise<void> {
  const { signal, checkpoints, nudge } = ports;
  const name = `${mapping.functionName}/${mapping.streamArn}/${shardId}`;
  const call = <T>(operation: string, input: object) =>
    callAws<T>(ports.streamsEndpoint, `DynamoDBStreams_20120810.${operation}`, input, signal);
  const openAt = async (): Promise<string> => {
    const after = checkpoints.get(name);
    const { ShardIterator } = await call<{ ShardIterator: string }>("GetShardIterator", {
      StreamArn: mapping.streamArn,
      ShardId: shardId,
      ...(after === undefined
        ? { ShardIteratorType: mapping.startingPosition }
        : { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", SequenceNumber: after }),
    });
    return ShardIterator;
  };
  let iterator: string | undefined;
  let idleMs = SHORTEST_PAUSE_MS;
  let gathered: readonly StreamRecord[] = [];
  let windowEndsAt = 0;
  while (!signal.aborted) {
    try {
      const nudgeCount = nudge.count;
      iterator ??= await openAt();
      const limit = mapping.batchSize - gathered.length;
      const page: {
        readonly Records: readonly StreamRecord[];
        readonly NextShardIterator?: string;
      } = await call("GetRecords", {
        ShardIterator: iterator,
        Limit: limit,
      });
      if (gathered.length === 0) windowEndsAt = Date.now() + 1000 * mapping.windowSeconds;
      gathered = [...gathered, ...page.Records.map(asLambdaShowsIt(mapping.streamArn))];
      const isDue = gathered.length >= mapping.batchSize || Date.now() >= windowEndsAt;
      if (gathered.length > 0 && isDue) {
        const wanted = gathered.filter((record) => passesFilter(mapping.filterPatterns, record));
        const parts = shareOut(wanted, mapping.parallelizationFactor);
        const run = batchPorts(mapping, shardId, ports, pause);
        const lefts = await Promise.all(parts.map((part) => runStreamBatch(part, mapping, run)));
        const left = new Set(lefts.flat());
        const firstLeft = gathered.find((record) => left.has(record));
        const handled =
          firstLeft === undefined ? gathered : gathered.slice(0, gathered.indexOf(firstLeft));
        const last = handled.at(-1);
        if (last !== undefined) checkpoints.set(name, last.dynamodb.SequenceNumber);
        gathered = [];
      }
      if (page.NextShardIterator === undefined) return;
      iterator = page.NextShardIterator;
      idleMs = page.Records.length > 0 ? SHORTEST_PAUSE_MS : Math.min(idleMs * 2, LONGEST_PAUSE_MS);
      if (page.Records.length > 0) {
        await pause(pauseAfterMs(page.Records.length, limit));
        continue;
      }
      if (await nudge.wait(idleMs, signal, nudgeCount)) {
        idleMs = SHORTEST_PAUSE_MS;
        // Many together are looked for once.
        await pause(SHORTEST_PAUSE_MS);
      }
    } catch (error) {
      if (signal.aborted) return;
      ports.report(error);
      // From the checkpoint again: what was gathered has not been handled.
      iterator = undefined;
      gathered = [];
      await pause(ERROR_PAUSE_MS);
    }
  }
}

function asLambdaShowsIt(streamArn: string) {
  const source = { awsRegion: REGION, eventSource: "aws:dynamodb", eventSourceARN: streamArn };
  return (record: StreamRecord): StreamRecord => ({
    ...record,
    ...source,
  });
}

function batchPorts(
  mapping: StreamMapping,
  shardId: string,
  ports: StreamPollerPorts,
  pause: (ms: number) => Promise<void>,
) {
  return {
    invoke: (records: readonly StreamRecord[]) =>
      ports.invoke(mapping.functionName, { Records: records }),
    giveUp: async (records: readonly StreamRecord[], condition: GiveUpReason, attempts: number) => {
      ports.report(
        new Error(`${mapping.functionName}: ${condition}, ${records.length} records given up`),
      );
      if (mapping.onFailureQueueUrl === undefined) return;
      await callAws(ports.sqsEndpoint, "AmazonSQS.SendMessage", {
        QueueUrl: mapping.onFailureQueueUrl,
        MessageBody: failureRecord(mapping, shardId, records, condition, attempts),
      });
    },
    now: () => Date.now(),
    sleep: pause,
    isStopping: () => ports.signal.aborted,
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html */
function failureRecord(
  mapping: StreamMapping,
  shardId: string,
  records: readonly StreamRecord[],
  condition: GiveUpReason,
  attempts: number,
): string {
  const arrival = (record: StreamRecord | undefined) =>
    new Date(1000 * (record?.dynamodb.ApproximateCreationDateTime ?? 0)).toISOString();
  return JSON.stringify({
    requestContext: {
      functionArn: `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${mapping.functionName}`,
      condition,
      approximateInvokeCount: attempts,
    },
    version: "1.0",
    timestamp: new Date().toISOString(),
    DDBStreamBatchInfo: {
      shardId,
      startSequenceNumber: records[0]?.dynamodb.SequenceNumber,
      endSequenceNumber: records.at(-1)?.dynamodb.SequenceNumber,
      approximateArrivalOfFirstRecord: arrival(records[0]),
      approximateArrivalOfLastRecord: arrival(records.at(-1)),
      batchSize: records.length,
      streamArn: mapping.streamArn,
    },
  });
}
