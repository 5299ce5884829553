/** Not one of Firehose's: what a replay is, how far it came, and what keeps it. */
import { operation } from "../../wire/operation.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { ReplayContext } from "../context.ts";
import { findReplay, replayInput } from "./find-replay.ts";
import { wireReplay } from "./wire-replay.ts";

export const describeReplay = operation({
  input: replayInput,
  resource: ({ DeliveryStreamName }, context: ReplayContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  async handle(request, context: ReplayContext) {
    const { stream, replay } = await findReplay(request, context);
    return { Replay: await wireReplay(context, stream, replay) };
  },
});
