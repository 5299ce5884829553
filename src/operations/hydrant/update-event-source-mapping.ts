/** https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html */
import type { EventSourceMapping, MappingOptions } from "../../consumer/mapping.ts";
import { serviceError } from "../../errors.ts";
import { operation } from "../../wire/operation.ts";
import type { InferMembers } from "../../wire/shape.ts";
import type { MappingContext } from "../context.ts";
import { rightsToUse } from "../firehose/use-rights.ts";
import { changeMapping } from "./change-mapping.ts";
import { USER_ACTION } from "./create-event-source-mapping.ts";
import { describeMapping } from "./describe-mapping.ts";
import { rightsToFeed } from "./event-source.ts";
import { addressedMapping } from "./find-mapping.ts";
import { functionArnOf, functionName } from "./function-name.ts";
import { changeOptions } from "./mapping-options.ts";
import { mappingUuid, optionMembers } from "./mapping-shapes.ts";
import { checkMappingTargets, targetsNamed, targetsOfMapping } from "./mapping-targets.ts";
import { refusedMembers, refuseUnsupported } from "./refused-members.ts";

const changeable = { FunctionName: functionName, ...optionMembers, ...refusedMembers };

export const updateEventSourceMapping = operation({
  input: { UUID: mappingUuid, ...changeable },
  resource: addressedMapping,
  // It may name another function, or let records flow again. What it has already, somebody was allowed to name.
  implies: async ({ UUID, ...request }, context: MappingContext) => {
    const standing = await context.mappings.get(UUID);
    if (standing === undefined) return [];
    return [
      ...rightsToFeed(standing.eventSourceArn),
      ...rightsToUse(targetsNamed(request, context), targetsOfMapping(standing)),
    ];
  },
  async handle({ UUID, ...request }, context: MappingContext) {
    return describeMapping(await updateMapping(UUID, request, context), context);
  },
});

/** @param unless what options are that the request leaves out; as they stand, if absent */
export async function updateMapping(
  uuid: string,
  request: InferMembers<typeof changeable>,
  context: MappingContext,
  unless?: MappingOptions,
): Promise<EventSourceMapping> {
  refuseUnsupported(request);
  const { FunctionName, Enabled } = request;
  const functionArn = FunctionName && functionArnOf(FunctionName, context);
  return changeMapping(uuid, context, (standing) => {
    const isEnabled = standing.status === "enabled";
    if (!isEnabled && standing.status !== "disabled") throw inUse();
    const { startsEnabled, eventSourceArn, streamName, streamGeneration } = standing;
    const options = changeOptions(unless ?? standing, request, context.region);
    // What was named before is not asked for again: it must be possible to switch a mapping off.
    const { onFailureArn } = options;
    checkMappingTargets(
      {
        ...(functionArn && { functionArn }),
        ...(request.DestinationConfig && onFailureArn !== undefined && { onFailureArn }),
      },
      context,
    );
    return {
      ...options,
      uuid,
      status: (Enabled ?? isEnabled) ? "enabled" : "disabled",
      pending: pendingOf(isEnabled, Enabled ?? isEnabled),
      startsEnabled,
      eventSourceArn,
      streamName,
      streamGeneration,
      functionArn: functionArn ?? standing.functionArn,
      start: standing.start,
      createdAtMs: standing.createdAtMs,
      statusReason: USER_ACTION,
    };
  });
}

function pendingOf(
  wasEnabled: boolean,
  isEnabled: boolean,
): NonNullable<EventSourceMapping["pending"]> {
  if (wasEnabled === isEnabled) return "updating";
  return isEnabled ? "enabling" : "disabling";
}

function inUse() {
  return serviceError(
    "ResourceInUseException",
    "Cannot update the event source mapping because it is in use.",
  );
}
