/**
 * Not one of Firehose's: a replay is ended where it is. What it has written stays, and an object that is being written may
 * still appear. One that is over already stays as it is.
 */
import { stopReplay as stop } from "../../delivery/replay/lifecycle.ts";
import { stepDeadlineMs } from "../../streams/lifecycle.ts";
import { operation } from "../../wire/operation.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { ReplayContext } from "../context.ts";
import { findReplay, replayInput } from "./find-replay.ts";
import { wireReplay } from "./wire-replay.ts";

export const stopReplay = operation({
  input: replayInput,
  resource: ({ DeliveryStreamName }, context: ReplayContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  async handle(request, context: ReplayContext) {
    const { stream, replay } = await findReplay(request, context);
    await context.sweepRule.enable();
    const stopped = await stop(context, replay, stepDeadlineMs(context));
    return { Replay: await wireReplay(context, stream, stopped ?? replay) };
  },
});
