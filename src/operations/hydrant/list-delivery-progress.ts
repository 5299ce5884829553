/** Not one of Firehose's: DescribeDeliveryProgress of all delivery streams, in the order of their names. */
import { DELIVERY_PROGRESS_DEFAULT_COUNT, DELIVERY_PROGRESS_MAX_COUNT } from "../../limits.ts";
import { operation } from "../../wire/operation.ts";
import { integer } from "../../wire/shape.ts";
import type { DeliveryProgressContext } from "../context.ts";
import { deliveryStreamName } from "../firehose/common-shapes.ts";
import { wireDeliveries } from "./delivery-progress.ts";

export const listDeliveryProgress = operation({
  input: {
    /** The last delivery stream of the page before. */
    Marker: deliveryStreamName,
    /** Delivery streams. */
    MaxItems: integer({ min: 1, max: DELIVERY_PROGRESS_MAX_COUNT }),
  },
  async handle(request, context: DeliveryProgressContext) {
    const { Marker, MaxItems = DELIVERY_PROGRESS_DEFAULT_COUNT } = request;
    const { deliveryStreams } = context;
    // One more than is shown, to know whether there is another page.
    const names = await deliveryStreams.list({
      ...(Marker !== undefined && { after: Marker }),
      limit: MaxItems + 1,
    });
    const page = names.slice(0, MaxItems);
    const rows = await Promise.all(
      page.map(async (name) => {
        const stream = await deliveryStreams.get(name);
        return stream === undefined ? [] : wireDeliveries(context, stream);
      }),
    );
    return {
      Deliveries: rows.flat(),
      ...(names.length > MaxItems && { NextMarker: page.at(-1)! }),
    };
  },
});
