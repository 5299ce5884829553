/**
 * https://docs.aws.amazon.com/lambda/latest/api/API_DeleteEventSourceMapping.html
 *
 * The mapping is Deleting until its readers are gone. Unlike AWS's call this one is never refused because the
 * mapping is still being made or removed: it then begins the removal, or asks for it again.
 */
import { operation } from "../../wire/operation.ts";
import type { MappingContext } from "../context.ts";
import { changeMapping } from "./change-mapping.ts";
import { USER_ACTION } from "./create-event-source-mapping.ts";
import { describeMapping } from "./describe-mapping.ts";
import { addressedMapping } from "./find-mapping.ts";
import { mappingUuid } from "./mapping-shapes.ts";

export const deleteEventSourceMapping = operation({
  input: { UUID: mappingUuid },
  resource: addressedMapping,
  async handle({ UUID }, context: MappingContext) {
    const changed = await changeMapping(UUID, context, (standing) => ({
      ...standing,
      status: "deleting",
      statusReason: USER_ACTION,
    }));
    return describeMapping(changed, context);
  },
});
