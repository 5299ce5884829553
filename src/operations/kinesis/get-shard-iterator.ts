/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetShardIterator.html */
import type { GetShardIteratorOutput } from "@aws-sdk/client-kinesis";
import { formatIterator, type IteratorStart } from "../../log/iterator.ts";
import { sequenceStart, TRIM_HORIZON } from "../../streams/iterator-start.ts";
import type { StreamView } from "../../streams/put.ts";
import { formatShardId } from "../../streams/shard-id.ts";
import { dataShardKey, type Shard } from "../../streams/stream.ts";
import { operation } from "../../wire/operation.ts";
import { required, string, timestamp } from "../../wire/shape.ts";
import type { DataStreamContext } from "../context.ts";
import { shardId, streamAddress } from "./common-shapes.ts";
import { addressedArn, addressedName } from "./find-stream.ts";
import { findShard, shardDoesNotExist } from "./find-shard.ts";
import { sequenceNumber } from "./record-shapes.ts";
import { invalidArgument } from "./refusals.ts";

const TYPES = [
  "AFTER_SEQUENCE_NUMBER",
  "LATEST",
  "AT_TIMESTAMP",
  "AT_SEQUENCE_NUMBER",
  "TRIM_HORIZON",
] as const;

interface StartInput {
  readonly ShardIteratorType: (typeof TYPES)[number];
  readonly StartingSequenceNumber?: string;
  readonly Timestamp?: Date;
}

export const getShardIterator = operation({
  input: {
    ...streamAddress,
    ShardId: required(shardId),
    ShardIteratorType: required(string({ enum: TYPES })),
    StartingSequenceNumber: sequenceNumber,
    Timestamp: timestamp(),
  },
  resource: (input, context: DataStreamContext) => addressedArn(input, context),
  async handle(input, context: DataStreamContext) {
    const { clock, random, tokenSecret } = context;
    const name = addressedName(input, context);
    const { view, shard } = await findShard(name, input.ShardId, context);
    const { generation } = view.stream;
    const start = await startOf(input, view, shard, context);
    const issuedAtMs = clock.now();
    const position = { streamName: name, generation, shardIndex: shard.index, start, issuedAtMs };
    return {
      ShardIterator: formatIterator(tokenSecret, random, position),
    } satisfies GetShardIteratorOutput;
  },
});

async function startOf(
  { ShardIteratorType: type, StartingSequenceNumber: number, Timestamp }: StartInput,
  view: StreamView,
  shard: Shard,
  context: DataStreamContext,
): Promise<IteratorStart> {
  switch (type) {
    case "TRIM_HORIZON":
      if (number !== undefined) throw mismatch(type, "and also a");
      return TRIM_HORIZON;
    case "LATEST":
      if (number !== undefined) throw mismatch(type, "and also a");
      return { kind: "record", blockIndex: await headIndex(view, shard, context), position: 0 };
    case "AT_SEQUENCE_NUMBER":
    case "AFTER_SEQUENCE_NUMBER":
      if (number === undefined) throw mismatch(type, "and no");
      return startAtNumber(type, number, view, shard, context);
    case "AT_TIMESTAMP":
      return startAtTime(Timestamp, context.clock.now());
  }
}

async function startAtNumber(
  type: "AT_SEQUENCE_NUMBER" | "AFTER_SEQUENCE_NUMBER",
  number: string,
  view: StreamView,
  shard: Shard,
  context: DataStreamContext,
): Promise<IteratorStart> {
  const which = type === "AT_SEQUENCE_NUMBER" ? "at" : "after";
  const head = await headIndex(view, shard, context);
  const found = sequenceStart(view.stream, shard, number, which, head);
  const id = formatShardId(shard.index);
  const used = `StartingSequenceNumber ${number} used in GetShardIterator on shard ${id} in stream ${view.stream.name} under account ${context.accountId} is invalid`;
  switch (found.kind) {
    case "start":
      return found.start;
    case "malformed":
      throw invalidArgument(`${used}.`);
    case "otherStream":
      throw invalidArgument(`${used} because it did not come from this stream.`);
    case "otherShard":
      throw invalidArgument(
        `Invalid StartingSequenceNumber. It encodes ${formatShardId(found.shardIndex)}, while it was used in a call to a shard with ${id}`,
      );
  }
}

function startAtTime(time: Date | undefined, nowMs: number): IteratorStart {
  if (time === undefined) {
    throw invalidArgument(
      "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp parameter.",
    );
  }
  const timestampMs = time.getTime();
  if (timestampMs > nowMs) {
    throw invalidArgument(
      `The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: ${timestampMs}, currentTimestampInMillis: ${nowMs}`,
    );
  }
  return { kind: "time", timestampMs };
}

/** The first index that was not reserved when we looked. */
async function headIndex(
  { stream }: StreamView,
  { index }: Shard,
  { log, accountId }: DataStreamContext,
): Promise<number> {
  const head = await log.head(dataShardKey(stream, index));
  if (head === undefined) throw shardDoesNotExist(index, stream.name, accountId);
  return head.blockIndex;
}

function mismatch(type: string, found: "and also a" | "and no") {
  return invalidArgument(
    `Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified ${type} ${found} StartingSequenceNumber.`,
  );
}
