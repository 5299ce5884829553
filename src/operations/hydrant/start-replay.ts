/**
 * Not one of Firehose's: records of a delivery stream's log once more, to the stream's destination or to another. Members of
 * `Destination` replace those of the stream's, as UpdateDestination replaces them; all others are as they stand now, and
 * stay so for this replay. It has no source backup. Its objects have names of their own, so that what was delivered stays
 * as it is.
 */
import { settleReplay } from "../../delivery/replay/lifecycle.ts";
import {
  identityOf,
  isOver,
  type Replay,
  type ReplayIdentity,
} from "../../delivery/replay/replay.ts";
import type { DeliveryStream, DeliveryTarget } from "../../delivery/delivery-stream.ts";
import { createInRoom } from "../../delivery/room.ts";
import { derivedUuid } from "../../derived-uuid.ts";
import { serviceError } from "../../errors.ts";
import { REPLAYS_RUNNING_MAX_COUNT } from "../../limits.ts";
import { randomUuid } from "../../random.ts";
import { stepDeadlineMs } from "../../streams/lifecycle.ts";
import { operation } from "../../wire/operation.ts";
import { type InferMembers, required, string } from "../../wire/shape.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { ReplayContext } from "../context.ts";
import { findDeliveryStream } from "../firehose/change-stream.ts";
import { deliveryStreamName } from "../firehose/common-shapes.ts";
import { statusOf } from "../firehose/delivery-stream-status.ts";
import { checkQuery } from "../firehose/dynamic-partitioning.ts";
import { configurationOf, describeExtended } from "../firehose/describe-s3.ts";
import { rightsToReadSource, updateRight } from "../firehose/kinesis-source.ts";
import {
  describeDestination,
  standingDestination,
  targetsOf,
  withParts,
} from "../firehose/destination.ts";
import { checkTargets, namedTargets } from "../firehose/named-targets.ts";
import { invalidArgument } from "../firehose/refusals.ts";
import { readExtended } from "../firehose/s3-destination.ts";
import { rightsToUseBesides } from "../firehose/use-rights.ts";
import { extendedS3DestinationUpdate } from "../firehose/s3-shapes.ts";
import { readRange, replayBound } from "./replay-range.ts";
import { requestHash } from "./request-hash.ts";
import { wireReplay } from "./wire-replay.ts";

const input = {
  DeliveryStreamName: required(deliveryStreamName),
  /** Requests with the same token are one. */
  ClientToken: string({ minLength: 1, maxLength: 64, pattern: String.raw`[!-~]+` }),
  From: replayBound,
  To: replayBound,
  Destination: extendedS3DestinationUpdate,
} as const;

type Request = InferMembers<typeof input>;

export const startReplay = operation({
  input,
  resource: ({ DeliveryStreamName }, context: ReplayContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  implies: async ({ DeliveryStreamName, Destination }, context: ReplayContext) => [
    ...(Destination === undefined ? [] : [updateRight(DeliveryStreamName, context)]),
    ...(await rightsToReadSource({ DeliveryStreamName }, context)),
    ...(await rightsToUseBesides(DeliveryStreamName, context, (stream) =>
      Destination === undefined
        ? targetsOf(standingDestination(stream), context)
        : namedTargets({ ...configurationOf(stream), ...Destination }, context),
    )),
  ],
  async handle(request, context: ReplayContext) {
    const { replays } = context;
    const stream = await findDeliveryStream(request.DeliveryStreamName, context);
    const identity = identityOf(stream, replayIdOf(stream, request, context));
    const before = await replays.get(identity);
    if (before !== undefined) return { Replay: await sameAs(before, stream, request, context) };
    await checkRoom(stream, context);
    const replay = await newReplay(stream, identity, request, context);
    // Should this process die between two steps, the sweep is who goes on.
    await context.sweepRule.enable();
    const outcome = await createInRoom(
      {
        room: () => replays.room(replay),
        runningCount: () => runningCount(stream, context),
        create: (one, room) => replays.create(one, room),
      },
      replay,
      REPLAYS_RUNNING_MAX_COUNT,
    );
    if (outcome === "full") throw tooMany(stream);
    if (outcome === "exists") {
      const other = (await replays.get(identity)) ?? replay;
      return { Replay: await sameAs(other, stream, request, context) };
    }
    await settleReplay(context, identity, stepDeadlineMs(context));
    return { Replay: await wireReplay(context, stream, (await replays.get(identity)) ?? replay) };
  },
});

function replayIdOf(
  { generation }: DeliveryStream,
  { ClientToken }: Request,
  { random }: ReplayContext,
): string {
  return ClientToken === undefined
    ? randomUuid(random)
    : derivedUuid("replay", generation, ClientToken);
}

/** The token was used before. */
async function sameAs(
  replay: Replay,
  stream: DeliveryStream,
  request: Request,
  context: ReplayContext,
) {
  if (replay.request !== hashOf(request)) {
    throw invalidArgument(
      `ClientToken ${request.ClientToken} stands for replay ${replay.replayId}, which was asked for with other members`,
    );
  }
  return wireReplay(context, stream, replay);
}

async function checkRoom(stream: DeliveryStream, context: ReplayContext): Promise<void> {
  const { accountId } = context;
  const { name: streamName } = stream;
  const status = statusOf(stream);
  if (status !== "ACTIVE") {
    throw serviceError(
      "ResourceInUseException",
      `Firehose ${streamName} under accountId ${accountId} is not ACTIVE but ${status}`,
    );
  }
  // What is wrong with the rest is told only then.
  if ((await runningCount(stream, context)) >= REPLAYS_RUNNING_MAX_COUNT) throw tooMany(stream);
}

async function runningCount(
  { name: streamName, generation }: DeliveryStream,
  { replays }: ReplayContext,
): Promise<number> {
  const all = await replays.list({ streamName, generation });
  return all.filter((replay) => !isOver(replay)).length;
}

function tooMany({ name }: DeliveryStream) {
  return serviceError(
    "LimitExceededException",
    `Firehose ${name} has ${REPLAYS_RUNNING_MAX_COUNT} replays under way, which is the limit. Stop one, or wait until one has ended.`,
  );
}

async function newReplay(
  stream: DeliveryStream,
  identity: ReplayIdentity,
  request: Request,
  context: ReplayContext,
): Promise<Replay> {
  const nowMs = context.clock.now();
  const { target, shown } = readTarget(stream, request, context);
  await checkQuery({ ...stream, destination: target }, context.jq);
  return {
    ...identity,
    state: "RUNNING",
    range: await readRange(request, stream, context),
    versionId: stream.versionId,
    target,
    shown,
    request: hashOf(request),
    startedAtMs: nowMs,
    openedBelow: 0,
  };
}

function readTarget(
  stream: DeliveryStream,
  { Destination }: Request,
  context: ReplayContext,
): { readonly target: DeliveryTarget; readonly shown: unknown } {
  if (Destination === undefined && stream.destination.receiver !== undefined) {
    checkTargets(targetsOf(standingDestination(stream), context), context);
    const { backup: _backup, ...target } = stream.destination;
    return { target, shown: describeDestination(stream) };
  }
  const { S3BackupMode, S3BackupUpdate, ...update } = Destination ?? {};
  if (S3BackupMode === "Enabled" || S3BackupUpdate !== undefined) {
    throw invalidArgument(
      "A replay has no source backup: leave out S3BackupMode and S3BackupUpdate",
    );
  }
  const {
    S3BackupConfiguration: _backup,
    S3BackupMode: _mode,
    ...standing
  } = configurationOf(stream);
  const settings = { ...standing, ...update };
  const parts = readExtended(settings, {
    nowMs: context.clock.now(),
    isStrict: context.isStrict === true,
  });
  checkTargets(namedTargets(settings, context), context);
  return { target: parts.destination, shown: describeExtended(withParts(stream, parts)) };
}

function hashOf({ ClientToken: _token, ...asked }: Request): string {
  return requestHash(asked);
}
