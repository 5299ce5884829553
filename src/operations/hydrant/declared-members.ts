/**
 * Members that no shape knows. Callers may send what they like, for their SDKs know newer models; a template is
 * written by hand, and what is misspelt in one would be left out without a word. CloudFormation refuses it, too.
 */
import { isObject } from "../../wire/decode.ts";
import type { Shape } from "../../wire/shape.ts";
import { invalidParameter } from "./refusals.ts";

/** `path`: of the value, with a dot at its end. */
export function refuseUnknownMembers(shape: Shape, value: unknown, path = ""): void {
  if (shape.kind === "list" && Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      refuseUnknownMembers(shape.member, item, `${path}${index}.`);
    }
  }
  if (shape.kind !== "structure" || !isObject(value)) return;
  // Of a structure without members only its presence matters.
  if (Object.keys(shape.members).length === 0) return;
  for (const [name, item] of Object.entries(value)) {
    const member = Object.hasOwn(shape.members, name) ? shape.members[name] : undefined;
    if (member === undefined) {
      throw invalidParameter(`Encountered unsupported property ${path}${name}`);
    }
    refuseUnknownMembers(member, item, `${path}${name}.`);
  }
}
