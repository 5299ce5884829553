/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_ListDeliveryStreams.html */
import type { ListDeliveryStreamsOutput } from "@aws-sdk/client-firehose";
import { LIST_DELIVERY_STREAMS_DEFAULT_COUNT } from "../../limits.ts";
import { operation } from "../../wire/operation.ts";
import { integer } from "../../wire/shape.ts";
import type { DeliveryStreamContext } from "../context.ts";
import { deliveryStreamName, deliveryStreamType } from "./common-shapes.ts";

export const listDeliveryStreams = operation({
  input: {
    Limit: integer({ min: 1, max: 10_000 }),
    DeliveryStreamType: deliveryStreamType,
    ExclusiveStartDeliveryStreamName: deliveryStreamName,
  },
  async handle(
    {
      Limit = LIST_DELIVERY_STREAMS_DEFAULT_COUNT,
      DeliveryStreamType = "DirectPut",
      ExclusiveStartDeliveryStreamName,
    },
    { deliveryStreams }: DeliveryStreamContext,
  ) {
    // Every stream is DirectPut so far.
    const names =
      DeliveryStreamType === "DirectPut"
        ? await deliveryStreams.list({
            limit: Limit + 1,
            ...(ExclusiveStartDeliveryStreamName === undefined
              ? {}
              : { after: ExclusiveStartDeliveryStreamName }),
          })
        : [];
    return {
      DeliveryStreamNames: names.slice(0, Limit),
      HasMoreDeliveryStreams: names.length > Limit,
    } satisfies ListDeliveryStreamsOutput;
  },
});
