/**
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html
 *
 * The iterator says which stream and shard are read; the StreamARN that may come with it is not looked at.
 */
import type { GetRecordsOutput } from "@aws-sdk/client-kinesis";
import { serviceError, type ServiceError } from "../../errors.ts";
import { GET_RECORDS_MAX_COUNT, SHARD_ITERATOR_LIFETIME_MS } from "../../limits.ts";
import { recordBytes } from "../../log/record.ts";
import { formatIterator, parseIterator, type ShardIterator } from "../../log/iterator.ts";
import { settledChildren } from "../../streams/lineage.ts";
import { type Page, readPage } from "../../streams/read.ts";
import { countBytes, takeCall } from "../../streams/read-limit.ts";
import { formatShardId } from "../../streams/shard-id.ts";
import { dataShardKey } from "../../streams/stream.ts";
import { operation } from "../../wire/operation.ts";
import { integer, required, string } from "../../wire/shape.ts";
import { dataStreamArn } from "../arn.ts";
import type { DataStreamContext } from "../context.ts";
import { pageSize } from "./answer-size.ts";
import { streamArn, streamId } from "./common-shapes.ts";
import { dryRun, endDryRun } from "./dry-run.ts";
import { findShardByIndex, shardDoesNotExist } from "./find-shard.ts";
import { getRecordsMetrics } from "./metrics.ts";
import { millisBehind, toWireChild, toWireRecord } from "./read-output.ts";
import { invalidArgument } from "./refusals.ts";

export const getRecords = operation({
  input: {
    ShardIterator: required(string({ minLength: 1, maxLength: 512 })),
    Limit: integer({ min: 1, max: GET_RECORDS_MAX_COUNT }),
    StreamARN: streamArn,
    StreamId: streamId,
    DryRun: dryRun,
  },
  resource({ ShardIterator }, context: DataStreamContext) {
    const iterator = parseIterator(context.tokenSecret, ShardIterator);
    return iterator === undefined ? "*" : dataStreamArn(context, iterator.streamName);
  },
  async handle(input, context: DataStreamContext) {
    const { ShardIterator, Limit = GET_RECORDS_MAX_COUNT } = input;
    const iterator = validIterator(ShardIterator, context);
    const { streamName, shardIndex } = iterator;
    const { view, shard } = await findShardByIndex(streamName, shardIndex, context);
    if (view.stream.generation !== iterator.generation) throw invalidIterator();
    if (input.DryRun) return endDryRun(view.stream, context);
    const key = dataShardKey(view.stream, shardIndex);
    const { clock, readWindows } = context;
    const limit = readWindows && { readWindows, clock };
    if (limit && !(await takeCall(limit, key))) {
      context.measure?.(...getRecordsMetrics(view.stream, shardIndex, "throttled"));
      throw rateExceeded(streamName, shardIndex, context);
    }
    const bounds = { recordCount: Limit, ...pageSize(context) };
    const page = await readPage(context, view.stream, shard, iterator.start, bounds);
    if (page === undefined) throw shardDoesNotExist(shardIndex, streamName, context.accountId);

    const byteCount = bytesOf(page);
    context.measure?.(
      ...getRecordsMetrics(view.stream, shardIndex, {
        byteCount,
        recordCount: page.records.length,
        ageMs: ageOf(page, context.clock.now()),
      }),
    );
    if (limit && page.records.length > 0) await countBytes(limit, key, byteCount);

    const isOver = page.isSealed && page.isAtTip && page.records.length === 0;
    const children = isOver
      ? await settledChildren(view, shard, () => context.dataStreamCache.refresh(streamName))
      : [];
    return {
      Records: page.records.map((record) => toWireRecord(view, shard, record)),
      MillisBehindLatest: millisBehind(page, context.clock.now()),
      // A shard that is sealed and has no children yet is in the midst of a reshard: come back for them.
      ...(children.length > 0
        ? { ChildShards: children.map(toWireChild) }
        : { NextShardIterator: nextIterator(iterator, page, context) }),
    } satisfies GetRecordsOutput;
  },
});

/** In AWS's words, which are others than those for writers. */
function rateExceeded(
  streamName: string,
  shardIndex: number,
  { accountId }: DataStreamContext,
): ServiceError {
  return serviceError(
    "ProvisionedThroughputExceededException",
    `Rate exceeded for Shard - ${accountId}/${streamName}/${formatShardId(shardIndex)}`,
  );
}

/** Of the last record; of a page without any, how far behind it is. */
function ageOf(page: Page, nowMs: number): number {
  const last = page.records.at(-1);
  return last === undefined ? millisBehind(page, nowMs) : Math.max(0, nowMs - last.arrivedAtMs);
}

function bytesOf({ records }: Page): number {
  return records.reduce((sum, record) => sum + recordBytes(record), 0);
}

function validIterator(text: string, { tokenSecret, clock }: DataStreamContext): ShardIterator {
  const iterator = parseIterator(tokenSecret, text);
  if (iterator === undefined) throw invalidIterator();
  const nowMs = clock.now();
  if (nowMs - iterator.issuedAtMs > SHARD_ITERATOR_LIFETIME_MS) {
    throw serviceError(
      "ExpiredIteratorException",
      `Iterator expired. The iterator was created at time ${javaDate(iterator.issuedAtMs)} while right now it is ${javaDate(nowMs)} which is further in the future than the tolerated delay of ${SHARD_ITERATOR_LIFETIME_MS} milliseconds.`,
    );
  }
  return iterator;
}

function invalidIterator() {
  return invalidArgument("Invalid ShardIterator.");
}

/** Java's `Date.toString()`: `Thu Jan 22 01:22:02 UTC 2015`. */
function javaDate(ms: number): string {
  const [weekday = "", day, month, year, time] = new Date(ms).toUTCString().split(" ");
  return `${weekday.slice(0, 3)} ${month} ${day} ${time} UTC ${year}`;
}

function nextIterator(
  { streamName, generation, shardIndex }: ShardIterator,
  { next }: Page,
  { tokenSecret, random, clock }: DataStreamContext,
): string {
  return formatIterator(tokenSecret, random, {
    streamName,
    generation,
    shardIndex,
    start: { kind: "record", ...next },
    issuedAtMs: clock.now(),
  });
}
