/**
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_UpdateDestination.html
 *
 * Members that are given replace those that stand, each as a whole; all others stay. What is pending is ended as it was
 * begun, and what is planned from then on goes by the new version.
 */
import { canJoin } from "../../delivery/update.ts";
import type { DeliveryStream } from "../../delivery/delivery-stream.ts";
import { serviceError } from "../../errors.ts";
import { operation } from "../../wire/operation.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { DeliveryStreamContext } from "../context.ts";
import { changeDeliveryStream } from "./change-stream.ts";
import { checkQuery, checkStaysPartitioned } from "./dynamic-partitioning.ts";
import { DESTINATION_ID } from "./describe-s3.ts";
import {
  type DestinationParts,
  readDestination,
  targetsOf,
  targetsOfUpdated,
  updatedDestination,
  withParts,
} from "./destination.ts";
import { rightsToReadSource } from "./kinesis-source.ts";
import { callMetrics } from "./metrics.ts";
import { checkTargets } from "./named-targets.ts";
import { invalidArgument, updatedStreamNotFound } from "./refusals.ts";
import { storeUpdate } from "./store-update.ts";
import { rightsToUseBesides } from "./use-rights.ts";
import { updateInput, type UpdateInput } from "./update-input.ts";

export const updateDestination = operation({
  input: updateInput,
  resource: ({ DeliveryStreamName }, context: DeliveryStreamContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  implies: async (request, context: DeliveryStreamContext) => [
    ...(await rightsToReadSource(request, context)),
    ...(await rightsToUseBesides(request.DeliveryStreamName, context, (stream) =>
      targetsOfUpdated(stream, request, context),
    )),
  ],
  async handle(request, context: DeliveryStreamContext) {
    await changeDeliveryStream({
      name: request.DeliveryStreamName,
      context,
      notFound: updatedStreamNotFound,
      change: (stream) => updated(stream, request, context),
      store: storeUpdate(context),
    });
    context.measure?.(callMetrics("UpdateDeliveryStream", request.DeliveryStreamName));
    return {};
  },
});

async function updated(
  stream: DeliveryStream,
  request: UpdateInput,
  context: DeliveryStreamContext,
): Promise<DeliveryStream> {
  const given = updatedDestination(stream, request);
  checkVersion(stream, request);
  const { DestinationId } = request;
  if (DestinationId !== DESTINATION_ID) {
    throw invalidArgument(`Destination Id ${DestinationId} not found`);
  }
  const parts = readDestination(given, {
    nowMs: context.clock.now(),
    isStrict: context.isStrict === true,
  });
  checkTargets(targetsOf(given, context), context);
  const after = withDestination(stream, parts, context);
  await checkQuery(after, context.jq);
  return after;
}

function checkVersion(
  { name, versionId }: DeliveryStream,
  { CurrentDeliveryStreamVersionId: given }: UpdateInput,
): void {
  if (given === String(versionId)) return;
  throw serviceError(
    "ConcurrentModificationException",
    `Cannot update firehose: ${name} since the current version id: ${versionId} and specified version id: ${given} do not match`,
  );
}

/** The stream with another destination, under its next version. */
export function withDestination(
  stream: DeliveryStream,
  given: DestinationParts,
  { clock }: Pick<DeliveryStreamContext, "clock">,
): DeliveryStream {
  checkBackup(stream, given);
  const versionId = stream.versionId + 1;
  const after = { ...withParts(stream, given), versionId, updatedAtMs: clock.now() };
  checkStaysPartitioned(stream, after);
  return after;
}

function checkBackup(stream: DeliveryStream, { destination: { backup } }: DestinationParts): void {
  const hadBackup = stream.destination.backup !== undefined;
  if (hadBackup && backup === undefined) {
    // AWS's sentence is not known.
    throw invalidArgument("S3 backup cannot be disabled once it has been enabled.");
  }
  if (hadBackup || backup === undefined) return;
  if (!canJoin(stream)) {
    throw serviceError(
      "ResourceInUseException",
      `Firehose ${stream.name} has lanes that are being closed. Try again in some minutes.`,
    );
  }
}
