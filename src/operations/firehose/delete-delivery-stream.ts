/**
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_DeleteDeliveryStream.html
 *
 * Buffered records that were not delivered are discarded, as AWS does.
 */
import { removeStream } from "../../delivery/lane-change.ts";
import { allLanes } from "../../delivery/lanes.ts";
import { LANE_CHANGE_MAX_COUNT } from "../../limits.ts";
import { stopRedrivesOf } from "../../delivery/redrive/lifecycle.ts";
import { stopReplaysOf } from "../../delivery/replay/lifecycle.ts";
import { deleteWithSource, isUnderWay } from "../../delivery/source/lifecycle.ts";
import { operation } from "../../wire/operation.ts";
import { boolean, required } from "../../wire/shape.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { DeliveryStreamContext } from "../context.ts";
import { deliveryStreamName } from "./common-shapes.ts";
import { lifecyclePorts } from "./kinesis-source.ts";
import { deliveryStreamInCreation, deliveryStreamNotFound } from "./refusals.ts";

export const deleteDeliveryStream = operation({
  input: {
    DeliveryStreamName: required(deliveryStreamName),
    // About KMS grants, of which there are none.
    AllowForceDelete: boolean(),
  },
  resource: ({ DeliveryStreamName }, context: DeliveryStreamContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  async handle({ DeliveryStreamName }, context: DeliveryStreamContext) {
    const { accountId, clock, deliveryStreams, streamCache } = context;
    const stream = await deliveryStreams.get(DeliveryStreamName);
    if (stream?.transition?.kind === "creating" && isUnderWay(stream, clock.now())) {
      throw deliveryStreamInCreation(DeliveryStreamName, accountId);
    }
    // Should this process die between two steps, the sweep is who goes on.
    if (stream?.lanes && allLanes(stream.lanes).length > LANE_CHANGE_MAX_COUNT) {
      await context.sweepRule.enable();
    }
    const outcome = stream?.source
      ? await deleteWithSource(lifecyclePorts(context), stream)
      : stream && (await removeStream(context, stream));
    streamCache.forget(DeliveryStreamName);
    // What is left over of them goes when it is woken.
    if (stream !== undefined) {
      await stopReplaysOf(context, stream);
      await stopRedrivesOf(context, stream);
    }
    if (outcome === "removing") await context.sweepRule.enable();
    else if (outcome !== "removed") throw deliveryStreamNotFound(DeliveryStreamName, accountId);
    return {};
  },
});
