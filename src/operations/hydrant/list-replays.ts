/** Not one of Firehose's: the replays of a delivery stream, the latest first, those of the last 90 days. */
import { inTurns } from "../../streams/in-turns.ts";
import { operation } from "../../wire/operation.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { ReplayContext } from "../context.ts";
import { deliveryStreamNotFound } from "../firehose/refusals.ts";
import { LATEST_FIRST_INPUT, latestFirst } from "./latest-first.ts";
import { wireReplay } from "./wire-replay.ts";

export const listReplays = operation({
  input: LATEST_FIRST_INPUT,
  resource: ({ DeliveryStreamName }, context: ReplayContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  async handle(request, context: ReplayContext) {
    const { DeliveryStreamName: streamName } = request;
    const { accountId, deliveryStreams, replays } = context;
    const stream = await deliveryStreams.get(streamName);
    if (stream === undefined) throw deliveryStreamNotFound(streamName, accountId);
    const all = await replays.list({ streamName, generation: stream.generation });
    const { page, next } = latestFirst(all, ({ replayId }) => replayId, request);
    return {
      Replays: await inTurns(page, (replay) => wireReplay(context, stream, replay)),
      ...next,
    };
  },
});
