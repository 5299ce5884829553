/** Event source mappings: Lambda's operations, and one of our own, under Hydrant's target prefix. */
import type { Lambda } from "@aws-sdk/client-lambda";
import { defineService } from "../../wire/operation.ts";
import type { MappingContext } from "../context.ts";
import { createEventSourceMapping } from "./create-event-source-mapping.ts";
import { deleteEventSourceMapping } from "./delete-event-source-mapping.ts";
import { describeEventSourceMappingProgress } from "./describe-event-source-mapping-progress.ts";
import { hydrantDifferences } from "./differences.ts";
import { getEventSourceMapping } from "./get-event-source-mapping.ts";
import { listEventSourceMappings } from "./list-event-source-mappings.ts";
import { updateEventSourceMapping } from "./update-event-source-mapping.ts";

/** What a client would offer: Lambda's methods, and one of ours. */
interface Mappings extends LambdaMappings {
  describeEventSourceMappingProgress(): void;
}

type LambdaMappings = Pick<
  Lambda,
  | "createEventSourceMapping"
  | "deleteEventSourceMapping"
  | "getEventSourceMapping"
  | "listEventSourceMappings"
  | "updateEventSourceMapping"
>;

export const hydrantService = defineService<Mappings, MappingContext>({
  title: "Event source mappings",
  targetPrefix: "Hydrant_20261122",
  signingName: "hydrant",
  emptyOutput: "object",
  violationValue: "printed",
  operations: {
    CreateEventSourceMapping: createEventSourceMapping,
    DeleteEventSourceMapping: deleteEventSourceMapping,
    DescribeEventSourceMappingProgress: describeEventSourceMappingProgress,
    GetEventSourceMapping: getEventSourceMapping,
    ListEventSourceMappings: listEventSourceMappings,
    UpdateEventSourceMapping: updateEventSourceMapping,
  },
  differences: hydrantDifferences,
});
