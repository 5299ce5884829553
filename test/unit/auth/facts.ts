/** What conditions are asked about in tests: a call of the key `alice`, on a working day. */
import type { ConditionFacts } from "../../../src/auth/conditions.ts";
import { principalOfArn } from "../../../src/auth/principal.ts";

export const ACCOUNT_ID = "123456789012";
export const ALICE_ARN = `arn:aws:iam::${ACCOUNT_ID}:user/alice`;

export function factsOf(changes: Partial<ConditionFacts> = {}): ConditionFacts {
  return {
    nowMs: Date.parse("2026-11-30T08:15:00Z"),
    isSecure: true,
    principal: principalOfArn(ALICE_ARN),
    ...changes,
  };
}
