/** The mapping that a request names, and its ARN for the caller's policy. */
import type { EventSourceMapping } from "../../consumer/mapping.ts";
import { mappingArn } from "../arn.ts";
import type { MappingContext } from "../context.ts";
import { mappingNotFound } from "./refusals.ts";

interface MappingAddress {
  readonly UUID: string;
}

export function addressedMapping({ UUID }: MappingAddress, context: MappingContext): string {
  return mappingArn(context, UUID);
}

export async function findMapping(
  { UUID }: MappingAddress,
  { mappings }: MappingContext,
): Promise<EventSourceMapping> {
  const found = await mappings.get(UUID);
  if (found === undefined) throw mappingNotFound();
  return found;
}
