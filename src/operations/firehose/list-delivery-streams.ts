/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_ListDeliveryStreams.html */
import type { ListDeliveryStreamsOutput } from "@aws-sdk/client-firehose";
import { allDeliveryStreams } from "../../delivery/all-streams.ts";
import type { DeliveryStreamStore } from "../../delivery/ports.ts";
import { LIST_DELIVERY_STREAMS_DEFAULT_COUNT } from "../../limits.ts";
import { operation } from "../../wire/operation.ts";
import { integer } from "../../wire/shape.ts";
import type { DeliveryStreamContext } from "../context.ts";
import { deliveryStreamName, deliveryStreamType } from "./common-shapes.ts";
import { callMetrics } from "./metrics.ts";
import { typeOf } from "./kinesis-source.ts";

export const listDeliveryStreams = operation({
  input: {
    Limit: integer({ min: 1, max: 10_000 }),
    DeliveryStreamType: deliveryStreamType,
    ExclusiveStartDeliveryStreamName: deliveryStreamName,
  },
  async handle(
    {
      Limit = LIST_DELIVERY_STREAMS_DEFAULT_COUNT,
      DeliveryStreamType: type,
      ExclusiveStartDeliveryStreamName: after,
    },
    { deliveryStreams, measure }: DeliveryStreamContext,
  ) {
    measure?.(callMetrics("ListDeliveryStreams"));
    const names =
      type === undefined
        ? await deliveryStreams.list({ limit: Limit + 1, ...(after !== undefined && { after }) })
        : await namesOfType(deliveryStreams, { type, limit: Limit + 1, after });
    return {
      DeliveryStreamNames: names.slice(0, Limit),
      HasMoreDeliveryStreams: names.length > Limit,
    } satisfies ListDeliveryStreamsOutput;
  },
});

interface Page {
  readonly type: string;
  readonly limit: number;
  readonly after: string | undefined;
}

/** The names alone do not tell it, so the streams are looked at, a page at a time. */
async function namesOfType(
  deliveryStreams: DeliveryStreamStore,
  { type, limit, after }: Page,
): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const streams of allDeliveryStreams(deliveryStreams, after)) {
    names.push(...streams.filter((stream) => typeOf(stream) === type).map(({ name }) => name));
    if (names.length >= limit) break;
  }
  return names.slice(0, limit);
}
