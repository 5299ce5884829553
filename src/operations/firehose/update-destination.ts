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
import { configurationOf, DESTINATION_ID } from "./describe-s3.ts";
import { rightsToReadSource } from "./kinesis-source.ts";
import { callMetrics } from "./metrics.ts";
import { checkTargets, namedTargets } from "./named-targets.ts";
import { invalidArgument, updatedStreamNotFound } from "./refusals.ts";
import { type ExtendedParts, readExtended } from "./s3-destination.ts";
import { storeUpdate } from "./store-update.ts";
import type { ExtendedS3Configuration, ExtendedS3Update } from "./s3-shapes.ts";
import { rightsToUseBesides } from "./use-rights.ts";
import { OTHER_UPDATES, updateInput, type UpdateInput } from "./update-input.ts";

export const updateDestination = operation({
  input: updateInput,
  resource: ({ DeliveryStreamName }, context: DeliveryStreamContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  implies: async (request, context: DeliveryStreamContext) => [
    ...(await rightsToReadSource(request, context)),
    ...(await rightsToUseBesides(request.DeliveryStreamName, context, (standing) =>
      withUpdate(
        standing,
        request.ExtendedS3DestinationUpdate ?? request.S3DestinationUpdate ?? {},
      ),
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
  const update = onlyUpdate(request);
  checkVersion(stream, request);
  const { DestinationId } = request;
  if (DestinationId !== DESTINATION_ID) {
    throw invalidArgument(`Destination Id ${DestinationId} not found`);
  }
  const settings = withUpdate(configurationOf(stream), update);
  const parts = readExtended(settings, {
    nowMs: context.clock.now(),
    isStrict: context.isStrict === true,
  });
  checkTargets(namedTargets(settings, context), context);
  const after = withDestination(stream, parts, context);
  await checkQuery(after, context.jq);
  return after;
}

function onlyUpdate(request: UpdateInput): ExtendedS3Update {
  const others = Object.entries(OTHER_UPDATES).filter(
    ([member]) => request[member as keyof typeof OTHER_UPDATES] !== undefined,
  );
  const { S3DestinationUpdate: simple, ExtendedS3DestinationUpdate: extended } = request;
  const own = [simple, extended].filter((update) => update !== undefined);
  if (own.length + others.length !== 1) {
    throw invalidArgument("Exactly one destination configuration is supported for a Firehose");
  }
  const [other] = others;
  if (other !== undefined) {
    throw invalidArgument(
      `Changing the destination type to or from ${other[1]} is not supported at this time.`,
    );
  }
  return extended ?? simple!;
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

function withUpdate(
  standing: ExtendedS3Configuration,
  update: ExtendedS3Update,
): ExtendedS3Configuration {
  const { S3BackupUpdate, ...rest } = update;
  const backup = { ...standing.S3BackupConfiguration, ...S3BackupUpdate };
  const { BucketARN, RoleARN } = backup;
  const isWhole = BucketARN !== undefined && RoleARN !== undefined;
  return {
    ...standing,
    ...rest,
    // What is not whole is as good as none, which is refused where one is needed.
    ...(isWhole && { S3BackupConfiguration: { ...backup, BucketARN, RoleARN } }),
  };
}

/** The stream with another destination, under its next version. */
export function withDestination(
  stream: DeliveryStream,
  given: ExtendedParts,
  { clock }: Pick<DeliveryStreamContext, "clock">,
): DeliveryStream {
  checkBackup(stream, given);
  const {
    processingConfiguration: _processing,
    dataFormatConversionConfiguration: _conversion,
    dynamicPartitioningConfiguration: _partitioning,
    ...rest
  } = stream;
  const updatedAtMs = clock.now();
  const after = { ...rest, ...given, versionId: stream.versionId + 1, updatedAtMs };
  checkStaysPartitioned(stream, after);
  return after;
}

function checkBackup(stream: DeliveryStream, { destination: { backup } }: ExtendedParts): void {
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
