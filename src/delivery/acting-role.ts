/**
 * Whose rights a delivery uses: those of the role that its settings name, where the deployment lists it, else those of the
 * deliver function itself.
 */

export type ActingRole =
  /** The role that is named is assumed. */
  { readonly kind: "named"; readonly roleArn: string } | { readonly kind: "own" };

/** @param assumable ARNs, in which `*` stands for any text, as in a policy */
export function actingRole(assumable: readonly string[], roleArn: string | undefined): ActingRole {
  if (roleArn === undefined) return { kind: "own" };
  const isListed = assumable.some((pattern) => matches(pattern, roleArn));
  return isListed ? { kind: "named", roleArn } : { kind: "own" };
}

function matches(pattern: string, roleArn: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return roleArn === pattern;
  if (!roleArn.startsWith(first)) return false;
  const last = rest.pop() ?? "";
  let at = first.length;
  for (const part of rest) {
    const found = roleArn.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return roleArn.length - last.length >= at && roleArn.endsWith(last);
}
