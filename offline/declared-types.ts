/**
 * What may be declared, checked before anything is started. What is misspelt would count as declared no longer, and its
 * stream would be deleted with its records.
 */
import type { Resource } from "./template.ts";

/** In this order they are made, and in the reverse one removed: the others name streams. */
export const TYPES: readonly string[] = [
  "Custom::HydrantStream",
  "Custom::HydrantDeliveryStream",
  "Custom::HydrantStreamConsumer",
  "Custom::HydrantResourcePolicy",
  "Custom::HydrantEventSourceMapping",
];

/** CloudFormation's, as far as they mean something here, or nothing anywhere. */
const MEMBERS: readonly string[] = [
  "Type",
  "Properties",
  "DeletionPolicy",
  "UpdateReplacePolicy",
  "DependsOn",
  "Metadata",
];
const POLICIES: Readonly<Record<"DeletionPolicy" | "UpdateReplacePolicy", readonly string[]>> = {
  DeletionPolicy: ["Delete", "Retain", "RetainExceptOnCreate"],
  UpdateReplacePolicy: ["Delete", "Retain"],
};

/** Throws at the first thing in `file` that would not be brought about. */
export function checkDeclared(file: string, resources: Readonly<Record<string, unknown>>): void {
  for (const [id, resource] of Object.entries(resources)) {
    const refuse = (problem: string) => new Error(`${file}: the resource ${id} ${problem}`);
    if (typeof resource !== "object" || resource === null) throw refuse("has no Type");
    const declared = resource as Partial<Resource>;
    if (declared.Type === undefined || !TYPES.includes(declared.Type)) {
      throw refuse(`must have one of the types ${TYPES.join(", ")}, got ${String(declared.Type)}`);
    }
    const unknown = Object.keys(resource).find((name) => !MEMBERS.includes(name));
    if (unknown !== undefined) {
      throw refuse(`has an unknown member ${unknown}; there are ${MEMBERS.join(", ")}`);
    }
    for (const name of ["DeletionPolicy", "UpdateReplacePolicy"] as const) {
      const given = declared[name];
      if (given === undefined || POLICIES[name].includes(given)) continue;
      throw refuse(`must have ${POLICIES[name].join(" or ")} for ${name}, got ${given}`);
    }
  }
}
