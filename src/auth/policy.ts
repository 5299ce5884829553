/**
 * What an access key may do, in the manner of IAM: nothing unless a statement allows it, and a statement that
 * denies wins over all that allow. Actions compare without regard to case, resources with regard to it; `*` is
 * any run of characters and `?` any one.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */

export interface Statement {
  readonly effect: "allow" | "deny";
  /** `firehose:PutRecord`, `firehose:*` */
  readonly actions: readonly string[];
  /** `arn:aws:firehose:us-east-1:000000000000:deliverystream/logs-*`, `*` */
  readonly resources: readonly string[];
}

export interface Policy {
  readonly statements: readonly Statement[];
}

/** A key without a policy may do everything. */
export function isAllowed(policy: Policy | undefined, action: string, resource: string): boolean {
  if (policy === undefined) return true;
  const effects = policy.statements
    .filter(({ actions, resources }) => {
      const actionApplies = actions.some((pattern) =>
        matchesWildcard(pattern.toLowerCase(), action.toLowerCase()),
      );
      return actionApplies && resources.some((pattern) => matchesWildcard(pattern, resource));
    })
    .map(({ effect }) => effect);
  return effects.includes("allow") && !effects.includes("deny");
}

/**
 * Whether `text` as a whole matches. Goes back at most to the last `*`, so that no pattern can make it slow:
 * time is bounded by the product of the lengths.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  let inPattern = 0;
  let inText = 0;
  let lastStar = -1;
  let resumeAt = 0;
  while (inText < text.length) {
    const wanted = pattern[inPattern];
    if (wanted === "*") {
      lastStar = inPattern++;
      resumeAt = inText;
    } else if (wanted === "?" || wanted === text[inText]) {
      inPattern++;
      inText++;
    } else if (lastStar >= 0) {
      inPattern = lastStar + 1;
      inText = ++resumeAt;
    } else {
      return false;
    }
  }
  while (pattern[inPattern] === "*") inPattern++;
  return inPattern === pattern.length;
}

/**
 * Reads a policy document as people write it for IAM. Whatever it asks for that is not understood here
 * (conditions, principals, `NotAction`) is refused, never skipped: a skipped condition would allow too much.
 */
export function parsePolicy(document: unknown): Policy {
  const {
    Version: _version,
    Id: _id,
    Statement: statements,
    ...rest
  } = asObject(document, "policy");
  refuseUnknown(rest, "policy");
  return { statements: asArray(statements).map(parseStatement) };
}

function parseStatement(value: unknown): Statement {
  const { Sid: _sid, Effect, Action, Resource, ...rest } = asObject(value, "statement");
  refuseUnknown(rest, "statement");
  if (Effect !== "Allow" && Effect !== "Deny") {
    throw new Error(`policy: Effect must be Allow or Deny, got ${JSON.stringify(Effect)}`);
  }
  return {
    effect: Effect === "Allow" ? "allow" : "deny",
    actions: asTexts(Action, "Action"),
    resources: asTexts(Resource, "Resource"),
  };
}

function asObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new Error(`policy: a ${what} must be an object, got ${JSON.stringify(value)}`);
}

function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function asTexts(value: unknown, member: string): readonly string[] {
  const texts = asArray(value);
  if (texts.length > 0 && texts.every((text) => typeof text === "string")) return texts;
  throw new Error(
    `policy: ${member} must be a text or a list of texts, got ${JSON.stringify(value)}`,
  );
}

function refuseUnknown(rest: Readonly<Record<string, unknown>>, what: string): void {
  const [name] = Object.keys(rest);
  if (name !== undefined) throw new Error(`policy: ${name} is not supported in a ${what}`);
}
