/**
 * Not one of Firehose's: records that failed, once more through the stream's pipeline as it is by then, to its destination.
 * It goes through the objects of failed records that stand now, each of which is redriven once, by whichever redrive.
 */
import { bucketName } from "../../delivery/plan.ts";
import {
  AFTER_REDRIVE,
  REDRIVEN_PREFIX,
  type Redrive,
  type RedriveSelection,
  redriveShard,
} from "../../delivery/redrive/redrive.ts";
import { ERROR_OUTPUT_TYPES, errorPrefixes } from "../../delivery/redrive/select.ts";
import type { NamedTarget } from "../../targets/kinds.ts";
import type { DeliveryStream } from "../../delivery/delivery-stream.ts";
import { createInRoom } from "../../delivery/room.ts";
import { derivedUuid } from "../../derived-uuid.ts";
import { serviceError } from "../../errors.ts";
import { REDRIVE_KEYS_MAX_COUNT, REDRIVES_RUNNING_MAX_COUNT } from "../../limits.ts";
import { randomUuid } from "../../random.ts";
import { operation, type Right } from "../../wire/operation.ts";
import { boolean, type InferMembers, list, required, string, timestamp } from "../../wire/shape.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { ReplayContext } from "../context.ts";
import { findDeliveryStream } from "../firehose/change-stream.ts";
import { deliveryStreamName } from "../firehose/common-shapes.ts";
import { statusOf } from "../firehose/delivery-stream-status.ts";
import { rightsToReadSource } from "../firehose/kinesis-source.ts";
import { configurationOf } from "../firehose/describe-s3.ts";
import { checkTargets, namedTargets } from "../firehose/named-targets.ts";
import { invalidArgument } from "../firehose/refusals.ts";
import { rightsToUse } from "../firehose/use-rights.ts";
import { requestHash } from "./request-hash.ts";
import { wireRedrive } from "./wire-redrive.ts";

const key = string({ minLength: 1, maxLength: 1024 });

const input = {
  DeliveryStreamName: required(deliveryStreamName),
  /** Requests with the same token are one. */
  ClientToken: string({ minLength: 1, maxLength: 64, pattern: String.raw`[!-~]+` }),
  Kinds: list(string({ enum: ERROR_OUTPUT_TYPES }), {
    minLength: 1,
    maxLength: ERROR_OUTPUT_TYPES.length,
  }),
  /** Of the times in the objects' names. */
  From: timestamp(),
  To: timestamp(),
  Prefix: string({ minLength: 1, maxLength: 1024 }),
  Keys: list(key, { minLength: 1, maxLength: REDRIVE_KEYS_MAX_COUNT }),
  DryRun: boolean(),
  /** With each object, once all of its records are handled. */
  AfterRedrive: string({ enum: AFTER_REDRIVE }),
} as const;

type Request = InferMembers<typeof input>;

export const startRedrive = operation({
  input,
  resource: ({ DeliveryStreamName }, context: ReplayContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  implies: async (request, context: ReplayContext) => [
    ...(await rightsToReadSource(request, context)),
    ...(await rightsToSearch(request, context)),
  ],
  async handle(request, context: ReplayContext) {
    const { redrives, log, clock } = context;
    const stream = await findDeliveryStream(request.DeliveryStreamName, context);
    const redrive = newRedrive(stream, request, context);
    const before = await redrives.get(redrive);
    if (before !== undefined) return { Redrive: await sameAs(before, request, context) };
    await checkRoom(stream, context);
    checkTargets(
      [
        ...namedTargets(configurationOf(stream), context),
        ...targetsOfMove({ AfterRedrive: request.AfterRedrive }, stream),
      ],
      context,
    );
    // Should this process die before it has rung, the sweep is who wakes it.
    await context.sweepRule.enable();
    const outcome = await createInRoom(
      {
        room: () => redrives.room(redrive),
        runningCount: () => runningCount(stream, context),
        create: (one, room) => redrives.create(one, room),
      },
      redrive,
      REDRIVES_RUNNING_MAX_COUNT,
    );
    if (outcome === "full") throw tooMany(stream);
    if (outcome === "exists") {
      return { Redrive: await sameAs((await redrives.get(redrive)) ?? redrive, request, context) };
    }
    await log.ring(redriveShard(redrive), clock.now());
    return { Redrive: await wireRedrive(context, redrive) };
  },
});

/** Objects that do not lie where the stream puts its failed records may be of somebody else. */
async function rightsToSearch(
  { DeliveryStreamName, Prefix, Keys = [], AfterRedrive }: Request,
  { deliveryStreams }: ReplayContext,
): Promise<readonly Right[]> {
  const stream = await deliveryStreams.get(DeliveryStreamName);
  if (stream === undefined) return [];
  const { destination } = stream;
  const own = errorPrefixes(destination, {});
  const named = [...Keys, ...(Prefix === undefined ? [] : [Prefix])].filter(
    (text) => !own.some((folder) => text.startsWith(folder)),
  );
  const targets = named.map(
    (text) => ({ kind: "bucket", arn: `${destination.bucketArn}/${text}` }) as const,
  );
  return rightsToUse([...targets, ...targetsOfMove({ AfterRedrive }, stream)]);
}

/** Objects that are moved leave the folders that the stream names. */
function targetsOfMove(
  { AfterRedrive }: { readonly AfterRedrive: Request["AfterRedrive"] | undefined },
  { destination: { bucketArn, roleArn } }: DeliveryStream,
): readonly NamedTarget[] {
  if (AfterRedrive !== "MOVE") return [];
  return [{ kind: "bucket", arn: `${bucketArn}/${REDRIVEN_PREFIX}`, roleArn }];
}

function newRedrive(stream: DeliveryStream, request: Request, context: ReplayContext): Redrive {
  const { name: streamName, generation, destination } = stream;
  const { ClientToken, DryRun, AfterRedrive = "KEEP" } = request;
  if (DryRun === true && AfterRedrive !== "KEEP") {
    throw invalidArgument(
      `AfterRedrive cannot be ${AfterRedrive} with DryRun: nothing is redriven`,
    );
  }
  const selection = readSelection(request);
  return {
    streamName,
    generation,
    redriveId:
      ClientToken === undefined
        ? randomUuid(context.random)
        : derivedUuid("redrive", generation, ClientToken),
    state: "RUNNING",
    selection,
    ...(DryRun === true && { isDryRun: true }),
    ...(AfterRedrive !== "KEEP" && { after: AfterRedrive }),
    bucket: bucketName(destination.bucketArn),
    prefixes: errorPrefixes(destination, selection),
    ...(destination.customTimeZone !== undefined && { timeZone: destination.customTimeZone }),
    request: hashOf(request),
    startedAtMs: context.clock.now(),
  };
}

function readSelection({ Kinds, From, To, Prefix, Keys }: Request): RedriveSelection {
  if (Keys !== undefined && (Kinds ?? From ?? To ?? Prefix) !== undefined) {
    throw invalidArgument("Keys cannot be combined with Kinds, From, To or Prefix");
  }
  if (From !== undefined && To !== undefined && From >= To) {
    throw invalidArgument("From must come before To");
  }
  return {
    ...(Kinds && { kinds: Kinds }),
    ...(From && { sinceMs: From.getTime() }),
    ...(To && { untilMs: To.getTime() }),
    ...(Prefix !== undefined && { prefix: Prefix }),
    ...(Keys && { keys: [...new Set(Keys)] }),
  };
}

/** The token was used before. */
function sameAs(redrive: Redrive, request: Request, context: ReplayContext) {
  if (redrive.request !== hashOf(request)) {
    throw invalidArgument(
      `ClientToken ${request.ClientToken} stands for redrive ${redrive.redriveId}, which was asked for with other members`,
    );
  }
  return wireRedrive(context, redrive);
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
  if ((await runningCount(stream, context)) >= REDRIVES_RUNNING_MAX_COUNT) throw tooMany(stream);
}

async function runningCount(
  { name: streamName, generation }: DeliveryStream,
  { redrives }: ReplayContext,
): Promise<number> {
  const all = await redrives.list({ streamName, generation });
  return all.filter(({ state }) => state === "RUNNING").length;
}

function tooMany({ name }: DeliveryStream) {
  return serviceError(
    "LimitExceededException",
    `Firehose ${name} has ${REDRIVES_RUNNING_MAX_COUNT} redrives under way, which is the limit. Stop one, or wait until one has ended.`,
  );
}

function hashOf({ ClientToken: _token, ...asked }: Request): string {
  return requestHash(asked);
}
