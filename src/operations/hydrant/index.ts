/** Event source mappings: Lambda's operations under Hydrant's own target prefix. */
import type { Lambda } from "@aws-sdk/client-lambda";
import { defineService } from "../../wire/operation.ts";
import type { MappingContext } from "../context.ts";
import { createEventSourceMapping } from "./create-event-source-mapping.ts";
import { deleteEventSourceMapping } from "./delete-event-source-mapping.ts";
import { hydrantDifferences } from "./differences.ts";
import { getEventSourceMapping } from "./get-event-source-mapping.ts";
import { listEventSourceMappings } from "./list-event-source-mappings.ts";
import { updateEventSourceMapping } from "./update-event-source-mapping.ts";

type Mappings = Pick<
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
    GetEventSourceMapping: getEventSourceMapping,
    ListEventSourceMappings: listEventSourceMappings,
    UpdateEventSourceMapping: updateEventSourceMapping,
  },
  differences: hydrantDifferences,
});
