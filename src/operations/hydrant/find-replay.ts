/** The replay that a request names, settled as far as others left it. */
import type { DeliveryStream } from "../../delivery/delivery-stream.ts";
import { settleReplay } from "../../delivery/replay/lifecycle.ts";
import { identityOf, isOver, type Replay } from "../../delivery/replay/replay.ts";
import { serviceError, type ServiceError } from "../../errors.ts";
import { stepDeadlineMs } from "../../streams/lifecycle.ts";
import { required, string } from "../../wire/shape.ts";
import type { ReplayContext } from "../context.ts";
import { deliveryStreamName } from "../firehose/common-shapes.ts";
import { deliveryStreamNotFound } from "../firehose/refusals.ts";

export const replayInput = {
  DeliveryStreamName: required(deliveryStreamName),
  ReplayId: required(string({ minLength: 1, maxLength: 64, pattern: "[0-9a-f-]+" })),
} as const;

interface Asked {
  readonly DeliveryStreamName: string;
  readonly ReplayId: string;
}

export async function findReplay(
  asked: Asked,
  context: ReplayContext,
): Promise<{ readonly stream: DeliveryStream; readonly replay: Replay }> {
  const { DeliveryStreamName, ReplayId } = asked;
  const stream = await context.deliveryStreams.get(DeliveryStreamName);
  if (stream === undefined) throw deliveryStreamNotFound(DeliveryStreamName, context.accountId);
  const identity = identityOf(stream, ReplayId);
  const found = await context.replays.get(identity);
  if (found === undefined) throw replayNotFound(asked);
  if (isOver(found)) return { stream, replay: found };
  await settleReplay(context, identity, stepDeadlineMs(context));
  return { stream, replay: (await context.replays.get(identity)) ?? found };
}

function replayNotFound({ DeliveryStreamName, ReplayId }: Asked): ServiceError {
  return serviceError(
    "ResourceNotFoundException",
    `Replay ${ReplayId} of Firehose ${DeliveryStreamName} not found.`,
  );
}
