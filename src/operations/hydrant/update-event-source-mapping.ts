/** https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html */
import type { EventSourceMapping } from "../../consumer/mapping.ts";
import { serviceError } from "../../errors.ts";
import { operation } from "../../wire/operation.ts";
import type { MappingContext } from "../context.ts";
import { changeMapping } from "./change-mapping.ts";
import { USER_ACTION } from "./create-event-source-mapping.ts";
import { describeMapping } from "./describe-mapping.ts";
import { addressedMapping } from "./find-mapping.ts";
import { functionArnOf, functionName } from "./function-name.ts";
import { changeOptions } from "./mapping-options.ts";
import { mappingUuid, optionMembers } from "./mapping-shapes.ts";
import { refusedMembers, refuseUnsupported } from "./refused-members.ts";

export const updateEventSourceMapping = operation({
  input: { UUID: mappingUuid, FunctionName: functionName, ...optionMembers, ...refusedMembers },
  resource: addressedMapping,
  async handle(request, context: MappingContext) {
    refuseUnsupported(request);
    const { UUID, FunctionName, Enabled } = request;
    const functionArn = FunctionName && functionArnOf(FunctionName, context);
    const changed = await changeMapping(UUID, context, (standing) => {
      const isEnabled = standing.status === "enabled";
      if (!isEnabled && standing.status !== "disabled") throw inUse();
      const { uuid, startsEnabled, eventSourceArn, streamName, streamGeneration } = standing;
      return {
        ...changeOptions(standing, request),
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
    return describeMapping(changed, context);
  },
});

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
