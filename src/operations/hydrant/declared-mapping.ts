/**
 * Custom::HydrantEventSourceMapping: a mapping with CreateEventSourceMapping's own members. Source and starting position
 * cannot be changed, so another mapping takes the place then, as it does where the stream was made anew under its name;
 * an option that is no longer declared has its default again.
 */
import type { EventSourceMapping } from "../../consumer/mapping.ts";
import type { MappingContext } from "../context.ts";
import { mappingArn } from "../arn.ts";
import {
  createEventSourceMapping,
  createMapping,
  type CreateMappingInput,
} from "./create-event-source-mapping.ts";
import { type DeclaredKind, waitFor } from "./declared-kind.ts";
import { deleteEventSourceMapping } from "./delete-event-source-mapping.ts";
import { rightsToFeed } from "./event-source.ts";
import { DEFAULT_OPTIONS } from "./mapping-options.ts";
import { updateMapping } from "./update-event-source-mapping.ts";

export const declaredMapping: DeclaredKind<CreateMappingInput, EventSourceMapping> = {
  properties: createEventSourceMapping.input,
  traits: { violationValue: "printed" },
  rights: ({ EventSourceArn }) => rightsToFeed(EventSourceArn),
  newId: (_, seed) => seed,
  find: (uuid, { mappings }) => mappings.get(uuid),
  async isLeftOver({ streamName, streamGeneration }, { dataStreams }) {
    const stream = await dataStreams.get(streamName);
    return stream !== undefined && stream.generation !== streamGeneration;
  },
  canBecome(standing, declared) {
    return (
      standing.status !== "deleting" &&
      standing.eventSourceArn === declared.EventSourceArn &&
      isStart(standing, declared)
    );
  },
  async create(uuid, declared, context) {
    await createMapping(uuid, declared, context);
    await untilStarted(uuid, context);
  },
  async change({ uuid }, declared, context) {
    await untilStarted(uuid, context);
    await updateMapping(uuid, { Enabled: true, ...declared }, context, DEFAULT_OPTIONS);
  },
  async remove({ uuid }, context) {
    await deleteEventSourceMapping.handle({ UUID: uuid }, context);
    // Whoever declares it anew must not meet it.
    await waitFor(context, async () => (await context.mappings.get(uuid)) === undefined);
  },
  attributes: (UUID, context) => ({ UUID, EventSourceMappingArn: mappingArn(context, UUID) }),
};

/** Until then it cannot be changed. */
function untilStarted(uuid: string, context: MappingContext): Promise<void> {
  return waitFor(context, async () => (await context.mappings.get(uuid))?.status !== "starting");
}

function isStart(
  { start }: EventSourceMapping,
  { StartingPosition, StartingPositionTimestamp }: CreateMappingInput,
): boolean {
  switch (start.kind) {
    case "latest":
      return StartingPosition === "LATEST";
    case "trim-horizon":
      return StartingPosition === "TRIM_HORIZON";
    case "time":
      return (
        StartingPosition === "AT_TIMESTAMP" &&
        StartingPositionTimestamp?.getTime() === start.timestampMs
      );
  }
}
