/**
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListShards.html
 *
 * A token remembers the stream and the filter, so that the next call gives nothing else.
 */
import type { ListShardsOutput } from "@aws-sdk/client-kinesis";
import { LIST_SHARDS_MAX_COUNT } from "../../limits.ts";
import { shownStatus } from "../../streams/lifecycle.ts";
import { type ListTokens, openListToken, sealListToken } from "../../streams/list-token.ts";
import type { ShardFilter } from "../../streams/shard-filter.ts";
import type { DataStream } from "../../streams/stream.ts";
import { operation } from "../../wire/operation.ts";
import { integer, timestamp } from "../../wire/shape.ts";
import { dataStreamArn } from "../arn.ts";
import type { DataStreamContext } from "../context.ts";
import { nextToken, shardId, streamAddress } from "./common-shapes.ts";
import { exclusiveStartIndex, shardsToList, wireShard } from "./describe.ts";
import { addressedArn, findStream, type StreamAddress } from "./find-stream.ts";
import { requireFresh } from "./next-token.ts";
import { invalidArgument, streamNotActive, streamNotFound } from "./refusals.ts";
import { readShardFilter, shardFilter, type ShardFilterInput } from "./shard-filter-input.ts";

export const listShards = operation({
  input: {
    ...streamAddress,
    NextToken: nextToken,
    ExclusiveStartShardId: shardId,
    MaxResults: integer({ min: 1, max: 10_000 }),
    StreamCreationTimestamp: timestamp(),
    ShardFilter: shardFilter,
  },
  resource(input, context: DataStreamContext) {
    const token = input.NextToken && openShardsToken(input.NextToken, context);
    return token ? dataStreamArn(context, token.streamName) : addressedArn(input, context);
  },
  async handle({ MaxResults = LIST_SHARDS_MAX_COUNT, ...input }, context: DataStreamContext) {
    const { stream, filter, after } = await readQuestion(input, context);
    const status = shownStatus(stream, context.clock.now());
    if (status !== "ACTIVE" && status !== "UPDATING") {
      throw streamNotActive(stream.name, context.accountId, status);
    }
    const listed = await shardsToList(stream, context, filter);
    const shards = listed.filter(({ index }) => index > after);
    const page = shards.slice(0, Math.min(MaxResults, LIST_SHARDS_MAX_COUNT));
    const last = page.at(-1);
    const hasMore = shards.length > page.length && last !== undefined;
    return {
      ...(hasMore && {
        NextToken: sealListToken(context.tokenSecret, "shards", {
          issuedAtMs: context.clock.now(),
          streamName: stream.name,
          generation: stream.generation,
          ...(filter && { filter }),
          afterShardIndex: last.index,
        }),
      }),
      Shards: page.map(wireShard),
    } satisfies ListShardsOutput;
  },
});

interface Input extends StreamAddress {
  readonly NextToken?: string;
  readonly ExclusiveStartShardId?: string;
  readonly StreamCreationTimestamp?: Date;
  readonly ShardFilter?: ShardFilterInput;
}

interface Question {
  readonly stream: DataStream;
  readonly filter: ShardFilter | undefined;
  readonly after: number;
}

async function readQuestion(input: Input, context: DataStreamContext): Promise<Question> {
  if (input.NextToken !== undefined) return readToken(input, input.NextToken, context);
  if (input.StreamName === undefined && input.StreamARN === undefined) {
    throw invalidArgument("Either NextToken or StreamName should be provided.");
  }
  const stream = await findStream(input, context);
  const createdAt = input.StreamCreationTimestamp;
  // Clients keep whole seconds of it, some of them.
  if (createdAt && wholeSeconds(createdAt.getTime()) !== wholeSeconds(stream.createdAtMs)) {
    throw streamNotFound(stream.name, context.accountId);
  }
  return {
    stream,
    filter: readShardFilter(input.ShardFilter, stream, context),
    after: exclusiveStartIndex(input.ExclusiveStartShardId, stream, context),
  };
}

const wholeSeconds = (ms: number) => Math.floor(ms / 1000);

const NOT_BESIDE_A_TOKEN = [
  "StreamName",
  "StreamARN",
  "ExclusiveStartShardId",
  "StreamCreationTimestamp",
  "ShardFilter",
] as const;

async function readToken(
  input: Input,
  text: string,
  context: DataStreamContext,
): Promise<Question> {
  const beside = NOT_BESIDE_A_TOKEN.find((member) => input[member] !== undefined);
  if (beside !== undefined) {
    throw invalidArgument(`NextToken and ${beside} cannot be provided together.`);
  }
  const token = requireFresh(openShardsToken(text, context), context);
  const stream = await findStream({ StreamName: token.streamName }, context);
  if (stream.generation !== token.generation) {
    throw streamNotFound(stream.name, context.accountId);
  }
  return { stream, filter: token.filter, after: token.afterShardIndex };
}

function openShardsToken(
  text: string,
  { tokenSecret }: DataStreamContext,
): ListTokens["shards"] | undefined {
  return openListToken(tokenSecret, "shards", text);
}
