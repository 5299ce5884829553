/**
 * Whose rights a delivery uses: those of the role that its settings name, where the deployment lists it, else those of the
 * deliver function itself.
 */
import { matchesArn } from "../arn-pattern.ts";

export type ActingRole =
  /** The role that is named is assumed. */
  { readonly kind: "named"; readonly roleArn: string } | { readonly kind: "own" };

/** @param assumable patterns of ARNs, as in a policy */
export function actingRole(assumable: readonly string[], roleArn: string | undefined): ActingRole {
  if (roleArn === undefined) return { kind: "own" };
  const isListed = assumable.some((pattern) => matchesArn(pattern, roleArn));
  return isListed ? { kind: "named", roleArn } : { kind: "own" };
}
