/** What may be named in tests: everything but Hydrant's own, unless a list says otherwise. */
import { TARGET_KINDS, type TargetKind } from "../../src/targets/kinds.ts";
import { readTargetRules } from "../../src/targets/read-rules.ts";
import type { TargetRules } from "../../src/targets/rules.ts";

/** @param lists as a deployment's parameters have them */
export function targetRules(
  { region, accountId }: { readonly region: string; readonly accountId: string },
  lists: Partial<Readonly<Record<TargetKind, string>>> = {},
): TargetRules {
  const all = Object.entries(TARGET_KINDS).map(([kind, { variable }]) => [
    variable,
    // No role is assumed unless it is listed.
    lists[kind as TargetKind] ?? (kind === "role" ? "" : "*"),
  ]);
  return readTargetRules(Object.fromEntries(all) as Readonly<Record<string, string>>, {
    region,
    accountId,
    stack: "hydrant-dev",
    logBucket: `hydrant-dev-log-${accountId}`,
    deliveryBucket: `hydrant-dev-delivery-${accountId}`,
    mayReachLoopback: false,
  });
}
