/** Keys as they are shown: as a table, or as JSON with IAM's names. */
import type { Policy } from "../../../src/auth/policy.ts";
import { documentOf } from "../../../src/auth/policy-document.ts";
import type { KeyRate } from "../../../src/auth/rates.ts";
import type { ListedAccessKey } from "../../../src/auth/store.ts";
import { table } from "../table.ts";
import { printRate } from "./rate.ts";

/** As in IAM's CreateAccessKey and ListAccessKeys, with the policy beside it. */
export function toDocument(
  key: ListedAccessKey & { readonly secret?: string },
  nowMs: number,
): object {
  const { id, secret, name = id, createdAtMs, lastUsedAtMs, expiresAtMs, policy, rate } = key;
  return {
    Name: name,
    AccessKeyId: id,
    ...(secret !== undefined && { SecretAccessKey: secret }),
    Status: statusOf(key, nowMs),
    CreateDate: new Date(createdAtMs).toISOString(),
    ...(expiresAtMs !== undefined && { ExpirationDate: new Date(expiresAtMs).toISOString() }),
    ...(lastUsedAtMs !== undefined && { LastUsedDate: new Date(lastUsedAtMs).toISOString() }),
    ...(rate && { RateLimit: toRateLimit(rate) }),
    Policy: policyOf(policy),
  };
}

export function printKeys(keys: readonly ListedAccessKey[], nowMs: number): string {
  if (keys.length === 0) return "no access keys";
  const headings = [
    "name",
    "access key",
    "status",
    "created",
    "expires",
    "last used",
    "rate",
    "may",
  ];
  const rows = keys.map((key) => {
    const { id, name = id, createdAtMs, lastUsedAtMs, expiresAtMs, policy, rate } = key;
    return [
      name,
      id,
      statusOf(key, nowMs),
      minute(createdAtMs),
      expiresAtMs === undefined ? "never" : minute(expiresAtMs),
      lastUsedAtMs === undefined ? "never" : minute(lastUsedAtMs),
      printRate(rate),
      rights(policy),
    ];
  });
  return table([headings, ...rows]).join("\n");
}

const EVERYTHING = { Statement: [{ Effect: "Allow", Action: ["*"], Resource: ["*"] }] };

export function toRateLimit({ callsPerSecond, bytesPerSecond }: KeyRate) {
  return { CallsPerSecond: callsPerSecond, BytesPerSecond: bytesPerSecond };
}

/** IAM's two, and one of Hydrant's. */
function statusOf({ isDisabled, expiresAtMs }: ListedAccessKey, nowMs: number): string {
  if (isDisabled) return "Inactive";
  return expiresAtMs !== undefined && expiresAtMs <= nowMs ? "Expired" : "Active";
}

/** As it is written. */
export function policyOf(policy: Policy | undefined): object {
  return policy === undefined ? EVERYTHING : documentOf(policy);
}

/** In a few words. */
export function rights(policy: Policy | undefined): string {
  if (policy === undefined) return "everything";
  return policy.statements
    .map(({ effect, actions, conditions = [] }) => {
      const named = `${effect === "deny" ? "not " : ""}${actions.join(" ")}`;
      const keys = new Set(conditions.map(({ key }) => key));
      return keys.size === 0 ? named : `${named} if ${[...keys].join(" ")}`;
    })
    .join(", ");
}

/** `2026-11-30T08:15Z` */
function minute(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16)}Z`;
}
