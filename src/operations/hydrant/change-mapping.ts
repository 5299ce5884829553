/**
 * Changing a mapping: on the mapping as it stands, conditional on its revision, and then the consume function is
 * asked to bring the change to its readers. Should the call die before it asks, the sweep does.
 */
import type { EventSourceMapping } from "../../consumer/mapping.ts";
import type { MappingContext } from "../context.ts";
import { findMapping } from "./find-mapping.ts";
import { functionNameOf } from "./function-name.ts";
import { mappingExists } from "./refusals.ts";

/** A change that loses this many races in a row has met something that changes the mapping all the time. */
const ATTEMPTS_MAX_COUNT = 20;

/** What becomes of a mapping besides its revision and the time of the change. */
export type MappingChange = Omit<EventSourceMapping, "revision" | "modifiedAtMs">;

/** @param change may throw a refusal, and is called again when somebody else was faster */
export async function changeMapping(
  uuid: string,
  context: MappingContext,
  change: (standing: EventSourceMapping) => MappingChange,
): Promise<EventSourceMapping> {
  const { mappings, mappingQueue, sweepRule, clock } = context;
  await sweepRule.enable();
  for (let attempt = 0; attempt < ATTEMPTS_MAX_COUNT; attempt++) {
    const standing = await findMapping({ UUID: uuid }, context);
    const changed = {
      ...change(standing),
      revision: standing.revision + 1,
      modifiedAtMs: clock.now(),
    };
    const updated = await mappings.update(changed);
    if (updated.kind === "exists") {
      const { eventSourceArn, functionArn } = changed;
      throw mappingExists(eventSourceArn, functionNameOf(functionArn), updated.uuid);
    }
    if (updated.kind === "updated") {
      await mappingQueue.send(uuid);
      return changed;
    }
  }
  throw new Error(`no change got through in ${ATTEMPTS_MAX_COUNT} attempts`);
}
