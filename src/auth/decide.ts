/**
 * What follows from policies, as in IAM: nothing is allowed unless a statement allows it, one that denies wins over all
 * that allow, and within an account the key's policy and the resource's may either of them allow.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
import { asksResource, type ConditionFacts, holds } from "./conditions.ts";
import type { Policy, Statement } from "./policy.ts";
import { matchesArn, matchesWildcard } from "../wildcard.ts";

/** What is asked for. */
export interface Access {
  /** `kinesis:GetRecords` */
  readonly action: string;
  readonly resource: string;
}

/** What a policy says to it. */
export type Verdict = "allow" | "deny" | "nothing";

/** A key without a policy may do everything. */
export function verdictOfKey(
  policy: Policy | undefined,
  access: Access,
  facts: ConditionFacts,
): Verdict {
  return policy === undefined ? "allow" : verdictOf(policy, access, facts, () => "fully");
}

/**
 * The policy of a resource. One that allows an account something leaves it to that account whom it allows it to, so that
 * nothing follows for a key of the same account; what it denies an account, it denies each of its keys.
 */
export function verdictOfResource(policy: Policy, access: Access, facts: ConditionFacts): Verdict {
  return verdictOf(policy, access, facts, ({ principals = [] }) => isMeant(principals, facts));
}

/** Whether what a policy says may hang on the tags of the resource. */
export function asksTags(policy: Policy, { action }: Access): boolean {
  return about(policy, action).some(({ conditions = [] }) => conditions.some(asksResource));
}

type Meant = "fully" | "by its account" | "not";

function verdictOf(
  policy: Policy,
  { action, resource }: Access,
  facts: ConditionFacts,
  meant: (statement: Statement) => Meant,
): Verdict {
  let verdict: Verdict = "nothing";
  for (const statement of about(policy, action)) {
    const { effect, resources, conditions = [] } = statement;
    if (effect === "allow" && verdict === "allow") continue;
    const who = meant(statement);
    if (who === "not" || (who === "by its account" && effect === "allow")) continue;
    if (!resources.some((pattern) => matchesArn(pattern, resource))) continue;
    if (!conditions.every((condition) => holds(condition, facts))) continue;
    if (effect === "deny") return "deny";
    verdict = "allow";
  }
  return verdict;
}

/** There are as many actions as operations, and a policy is the same object for as long as its key is remembered. */
const remembered = new WeakMap<Policy, Map<string, readonly Statement[]>>();

/** The statements that name an action. */
function about(policy: Policy, action: string): readonly Statement[] {
  let byAction = remembered.get(policy);
  if (byAction === undefined) remembered.set(policy, (byAction = new Map()));
  let statements = byAction.get(action);
  if (statements === undefined) {
    const wanted = action.toLowerCase();
    statements = policy.statements.filter(({ actions }) =>
      actions.some((pattern) => matchesWildcard(pattern.toLowerCase(), wanted)),
    );
    byAction.set(action, statements);
  }
  return statements;
}

/** A session of a role goes by its own name and by that of the role. */
function isMeant(
  principals: readonly string[],
  { principal: { arn, identityArn, accountId } }: ConditionFacts,
): Meant {
  if (principals.some((named) => named === "*" || named === arn || named === identityArn)) {
    return "fully";
  }
  const isItsAccount = (named: string) =>
    named === accountId || /^arn:[\w-]+:iam::(\d{12}):root$/.exec(named)?.[1] === accountId;
  return principals.some(isItsAccount) ? "by its account" : "not";
}
