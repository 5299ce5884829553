/** Keys as they are shown: as a table, or as JSON with IAM's names. */
import type { Policy } from "../../../src/auth/policy.ts";
import { documentOf } from "../../../src/auth/policy-document.ts";
import type { KeyRate } from "../../../src/auth/rates.ts";
import type { AccessKey } from "../../../src/auth/store.ts";
import { table } from "../table.ts";
import { printRate } from "./rate.ts";

export type KeyFacts = Omit<AccessKey, "secret">;

/** As in IAM's CreateAccessKey and ListAccessKeys, with the policy beside it. */
export function toDocument(key: KeyFacts & Partial<AccessKey>): object {
  const { id, secret, name = id, createdAtMs, lastUsedAtMs, policy, rate } = key;
  return {
    Name: name,
    AccessKeyId: id,
    ...(secret !== undefined && { SecretAccessKey: secret }),
    Status: statusOf(key),
    CreateDate: new Date(createdAtMs).toISOString(),
    ...(lastUsedAtMs !== undefined && { LastUsedDate: new Date(lastUsedAtMs).toISOString() }),
    ...(rate && { RateLimit: toRateLimit(rate) }),
    Policy: policy === undefined ? EVERYTHING : documentOf(policy),
  };
}

export function printKeys(keys: readonly KeyFacts[]): string {
  if (keys.length === 0) return "no access keys";
  const headings = ["name", "access key", "status", "created", "last used", "rate", "may"];
  const rows = keys.map((key) => {
    const { id, name = id, createdAtMs, lastUsedAtMs, policy, rate } = key;
    const lastUsed = lastUsedAtMs === undefined ? "never" : minute(lastUsedAtMs);
    return [
      name,
      id,
      statusOf(key),
      minute(createdAtMs),
      lastUsed,
      printRate(rate),
      rights(policy),
    ];
  });
  return table([headings, ...rows]).join("\n");
}

const EVERYTHING = { Statement: [{ Effect: "Allow", Action: ["*"], Resource: ["*"] }] };

function toRateLimit({ callsPerSecond, bytesPerSecond }: KeyRate) {
  return { CallsPerSecond: callsPerSecond, BytesPerSecond: bytesPerSecond };
}

function statusOf({ isDisabled }: KeyFacts): string {
  return isDisabled ? "Inactive" : "Active";
}

function rights(policy: Policy | undefined): string {
  if (policy === undefined) return "everything";
  return policy.statements
    .map(({ effect, actions }) => `${effect === "deny" ? "not " : ""}${actions.join(" ")}`)
    .join(", ");
}

/** `2026-11-30T08:15Z` */
function minute(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16)}Z`;
}
