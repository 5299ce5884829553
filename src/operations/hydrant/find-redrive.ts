/** The redrive that a request names. */
import type { Redrive } from "../../delivery/redrive/redrive.ts";
import { serviceError } from "../../errors.ts";
import { required, string } from "../../wire/shape.ts";
import type { ReplayContext } from "../context.ts";
import { deliveryStreamName } from "../firehose/common-shapes.ts";
import { deliveryStreamNotFound } from "../firehose/refusals.ts";

export const redriveInput = {
  DeliveryStreamName: required(deliveryStreamName),
  RedriveId: required(string({ minLength: 1, maxLength: 64, pattern: "[0-9a-f-]+" })),
} as const;

export async function findRedrive(
  asked: { readonly DeliveryStreamName: string; readonly RedriveId: string },
  context: ReplayContext,
): Promise<Redrive> {
  const { DeliveryStreamName, RedriveId: redriveId } = asked;
  const stream = await context.deliveryStreams.get(DeliveryStreamName);
  if (stream === undefined) throw deliveryStreamNotFound(DeliveryStreamName, context.accountId);
  const { name: streamName, generation } = stream;
  const redrive = await context.redrives.get({ streamName, generation, redriveId });
  if (redrive !== undefined) return redrive;
  throw serviceError(
    "ResourceNotFoundException",
    `Redrive ${redriveId} of Firehose ${DeliveryStreamName} not found.`,
  );
}
