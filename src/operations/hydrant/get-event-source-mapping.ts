/** https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html */
import { operation } from "../../wire/operation.ts";
import type { MappingContext } from "../context.ts";
import { describeMapping } from "./describe-mapping.ts";
import { addressedMapping, findMapping } from "./find-mapping.ts";
import { mappingUuid } from "./mapping-shapes.ts";

export const getEventSourceMapping = operation({
  input: { UUID: mappingUuid },
  resource: addressedMapping,
  async handle(request, context: MappingContext) {
    return describeMapping(await findMapping(request, context), context);
  },
});
