/**
 * https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
 *
 * The mapping stands when the call returns; its readers are opened by the consume function, for a stream may have
 * thousands of shards.
 */
import type { EventSourceMapping } from "../../consumer/mapping.ts";
import { randomUuid } from "../../random.ts";
import type { FollowStart } from "../../readers/follow.ts";
import { operation } from "../../wire/operation.ts";
import { type InferMembers, required, string, timestamp } from "../../wire/shape.ts";
import type { MappingContext } from "../context.ts";
import { rightsToUse } from "../firehose/use-rights.ts";
import { describeMapping } from "./describe-mapping.ts";
import { eventSourceArn, findEventSource, rightsToFeed } from "./event-source.ts";
import { functionArnOf, functionName, functionNameOf } from "./function-name.ts";
import { changeOptions, DEFAULT_OPTIONS } from "./mapping-options.ts";
import { optionMembers } from "./mapping-shapes.ts";
import { checkMappingTargets, targetsNamed } from "./mapping-targets.ts";
import { refusedMembers, refuseUnsupported } from "./refused-members.ts";
import { invalidParameter, mappingExists, mappingRemoved, tooManyMappings } from "./refusals.ts";

export const USER_ACTION = "User action";

const members = {
  EventSourceArn: eventSourceArn,
  FunctionName: required(functionName),
  StartingPosition: string({
    enum: ["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"],
    printedOrder: ["LATEST", "AT_TIMESTAMP", "TRIM_HORIZON"],
  }),
  StartingPositionTimestamp: timestamp(),
  ...optionMembers,
  ...refusedMembers,
};

export type CreateMappingInput = InferMembers<typeof members>;

export const createEventSourceMapping = operation({
  input: members,
  resource: ({ EventSourceArn = "*" }) => EventSourceArn,
  implies: (request, context: MappingContext) => [
    ...rightsToFeed(request.EventSourceArn),
    ...rightsToUse(targetsNamed(request, context)),
  ],
  async handle(request, context: MappingContext) {
    const created = await createMapping(randomUuid(context.random), request, context);
    return describeMapping(created, context);
  },
});

/** May be repeated with the same uuid; once the mapping was deleted, that fails. */
export async function createMapping(
  uuid: string,
  request: CreateMappingInput,
  context: MappingContext,
): Promise<EventSourceMapping> {
  const { mappings, mappingQueue, sweepRule, clock } = context;
  refuseUnsupported(request);
  const nowMs = clock.now();
  const { EventSourceArn, FunctionName, Enabled = true } = request;
  const start = startAt(request.StartingPosition, request.StartingPositionTimestamp, nowMs);
  const options = changeOptions(DEFAULT_OPTIONS, request, context.region);
  const functionArn = functionArnOf(FunctionName, context);
  checkMappingTargets({ ...options, functionArn }, context);
  const stream = await findEventSource(EventSourceArn, context);
  const mapping: EventSourceMapping = {
    ...options,
    uuid,
    revision: 1,
    status: "starting",
    startsEnabled: Enabled,
    eventSourceArn: EventSourceArn!,
    streamName: stream.name,
    streamGeneration: stream.generation,
    functionArn,
    start,
    createdAtMs: nowMs,
    modifiedAtMs: nowMs,
    statusReason: USER_ACTION,
  };
  await checkRoom(uuid, context);
  // First: should this call die between the mapping and its message, the sweep sends it.
  await sweepRule.enable();
  const created = await mappings.create(mapping);
  switch (created.kind) {
    case "exists":
      throw mappingExists(mapping.eventSourceArn, functionNameOf(functionArn), created.uuid);
    case "removed":
      throw mappingRemoved(uuid);
    case "created":
  }
  await mappingQueue.send(mapping.uuid);
  return mapping;
}

/** Two creations at once may both find room for one. One that comes again takes none. */
async function checkRoom(
  uuid: string,
  { mappings, mappingsMaxCount: maxCount }: MappingContext,
): Promise<void> {
  if (maxCount === undefined || (await mappings.count(maxCount)) < maxCount) return;
  if ((await mappings.get(uuid)) === undefined) throw tooManyMappings(maxCount);
}

function startAt(
  position: "TRIM_HORIZON" | "LATEST" | "AT_TIMESTAMP" | undefined,
  time: Date | undefined,
  nowMs: number,
): FollowStart {
  if (position === undefined) {
    throw invalidParameter(
      "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
    );
  }
  if (position === "AT_TIMESTAMP") return startAtTime(time, nowMs);
  if (time !== undefined) {
    throw invalidParameter(`StartingPositionTimestamp goes with AT_TIMESTAMP, got ${position}.`);
  }
  return { kind: position === "LATEST" ? "latest" : "trim-horizon" };
}

function startAtTime(time: Date | undefined, nowMs: number): FollowStart {
  if (time === undefined) throw invalidParameter("Need to specify a timestamp");
  const timestampMs = time.getTime();
  if (timestampMs > nowMs) {
    throw invalidParameter(
      `StartingPositionTimestamp must not be in the future, got ${time.toISOString()}.`,
    );
  }
  return { kind: "time", timestampMs };
}
