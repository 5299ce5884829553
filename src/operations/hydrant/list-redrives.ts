/** Not one of Firehose's: the redrives of a delivery stream, the latest first, those of the last 90 days. */
import { REPLAYS_LISTED_MAX_COUNT } from "../../limits.ts";
import { inTurns } from "../../streams/in-turns.ts";
import { operation } from "../../wire/operation.ts";
import { integer, required, string } from "../../wire/shape.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { ReplayContext } from "../context.ts";
import { deliveryStreamName } from "../firehose/common-shapes.ts";
import { deliveryStreamNotFound } from "../firehose/refusals.ts";
import { wireRedrive } from "./wire-redrive.ts";

export const listRedrives = operation({
  input: {
    DeliveryStreamName: required(deliveryStreamName),
    /** The last redrive of the page before. */
    Marker: string({ minLength: 1, maxLength: 64 }),
    MaxItems: integer({ min: 1, max: REPLAYS_LISTED_MAX_COUNT }),
  },
  resource: ({ DeliveryStreamName }, context: ReplayContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  async handle(request, context: ReplayContext) {
    const { DeliveryStreamName, Marker, MaxItems = REPLAYS_LISTED_MAX_COUNT } = request;
    const { accountId, deliveryStreams, redrives } = context;
    const stream = await deliveryStreams.get(DeliveryStreamName);
    if (stream === undefined) throw deliveryStreamNotFound(DeliveryStreamName, accountId);
    const { generation } = stream;
    const all = await redrives.list({ streamName: DeliveryStreamName, generation });
    const inOrder = all.toSorted(
      (a, b) => b.startedAtMs - a.startedAtMs || (a.redriveId < b.redriveId ? -1 : 1),
    );
    const begin = inOrder.findIndex(({ redriveId }) => redriveId === Marker) + 1;
    const page = inOrder.slice(begin, begin + MaxItems);
    return {
      Redrives: await inTurns(page, (redrive) => wireRedrive(context, redrive)),
      ...(inOrder.length > begin + MaxItems && { NextMarker: page.at(-1)!.redriveId }),
    };
  },
});
