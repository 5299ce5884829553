/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListStreams.html */
import type { ListStreamsOutput } from "@aws-sdk/client-kinesis";
import { LIST_STREAMS_MAX_COUNT } from "../../limits.ts";
import { openListToken, sealListToken } from "../../streams/list-token.ts";
import { operation } from "../../wire/operation.ts";
import { integer } from "../../wire/shape.ts";
import type { DataStreamContext } from "../context.ts";
import { nextToken, streamName } from "./common-shapes.ts";
import { streamSummary } from "./describe.ts";
import { requireFresh } from "./next-token.ts";

export const listStreams = operation({
  input: {
    Limit: integer({ min: 1, max: 10_000 }),
    ExclusiveStartStreamName: streamName,
    NextToken: nextToken,
  },
  async handle({ Limit, ExclusiveStartStreamName, NextToken }, context: DataStreamContext) {
    const count = Math.min(Limit ?? LIST_STREAMS_MAX_COUNT, LIST_STREAMS_MAX_COUNT);
    const after =
      NextToken === undefined ? ExclusiveStartStreamName : afterName(NextToken, context);
    const found = await context.dataStreams.list({
      limit: count + 1,
      ...(after !== undefined && { after }),
    });
    const names = found.slice(0, count);
    const streams = await Promise.all(names.map((name) => context.dataStreams.get(name)));
    // What was deleted in between is in neither list.
    const summaries = streams
      .flatMap((stream) => stream ?? [])
      .map((stream) => streamSummary(stream, context));
    const last = names.at(-1);
    const hasMore = found.length > count && last !== undefined;
    return {
      StreamNames: summaries.map(({ StreamName }) => StreamName),
      HasMoreStreams: hasMore,
      ...(hasMore && {
        NextToken: sealListToken(context.tokenSecret, "streams", {
          issuedAtMs: context.clock.now(),
          afterStreamName: last,
        }),
      }),
      StreamSummaries: summaries,
    } satisfies ListStreamsOutput;
  },
});

function afterName(token: string, context: DataStreamContext): string {
  const opened = openListToken(context.tokenSecret, "streams", token);
  return requireFresh(opened, context).afterStreamName;
}
