/** Not one of Firehose's: the redrives of a delivery stream, the latest first, those of the last 90 days. */
import { inTurns } from "../../streams/in-turns.ts";
import { operation } from "../../wire/operation.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { ReplayContext } from "../context.ts";
import { deliveryStreamNotFound } from "../firehose/refusals.ts";
import { LATEST_FIRST_INPUT, latestFirst } from "./latest-first.ts";
import { wireRedrive } from "./wire-redrive.ts";

export const listRedrives = operation({
  input: LATEST_FIRST_INPUT,
  resource: ({ DeliveryStreamName }, context: ReplayContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  async handle(request, context: ReplayContext) {
    const { DeliveryStreamName: streamName } = request;
    const { accountId, deliveryStreams, redrives } = context;
    const stream = await deliveryStreams.get(streamName);
    if (stream === undefined) throw deliveryStreamNotFound(streamName, accountId);
    const all = await redrives.list({ streamName, generation: stream.generation });
    const { page, next } = latestFirst(all, ({ redriveId }) => redriveId, request);
    return {
      Redrives: await inTurns(page, (redrive) => wireRedrive(context, redrive)),
      ...next,
    };
  },
});
