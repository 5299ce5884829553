/** Whether a caller may do all that a call needs; if not, AWS's refusal, which says by what. */
import { serviceError, type ServiceError } from "../errors.ts";
import type { ConditionFacts } from "./conditions.ts";
import { type Access, asksTags, verdictOfKey, verdictOfResource } from "./decide.ts";
import type { Policy } from "./policy.ts";
import { accountRoot } from "./principal.ts";

/** What policies may ask of a resource. */
export interface ResourceFacts {
  readonly tags?: Readonly<Record<string, string>>;
  /** Its own. */
  readonly policy?: Policy;
  /** The ARN of what it is a part of: a consumer of its stream. What is denied there is denied here. */
  readonly partOf?: string;
}

/**
 * Looks resources up; `undefined` for what has nothing that a policy could ask for. It writes nothing, for the caller
 * may not be allowed anything.
 * @param asksTags whether what the key may do hangs on the resource's tags
 */
export type Resources = (
  arn: string,
  asksTags: boolean,
) => ResourceFacts | undefined | Promise<ResourceFacts | undefined>;

export interface Question {
  /** Of the key; absent: it may do everything. */
  readonly policy?: Policy | undefined;
  /** All that is known but for the resource. */
  readonly facts: ConditionFacts;
  readonly resources: Resources;
}

/** Throws AccessDeniedException for the first that is not allowed. */
export async function authorize(accesses: readonly Access[], question: Question): Promise<void> {
  for (const access of accesses) {
    const resource = await lookUp(access, question);
    const isAllowed = judge(access, resource, question);
    if (resource?.partOf !== undefined) {
      const whole = { ...access, resource: resource.partOf };
      judge(whole, await lookUp(whole, question), question);
    }
    if (!isAllowed) throw denied(access, question, "nothing");
  }
}

/** For what acts in the account's own name, without a key: it may do everything but what policies of resources deny it. */
export function authorizeAccount(
  accesses: readonly Access[],
  { accountId, nowMs, resources }: { accountId: string; nowMs: number; resources: Resources },
): Promise<void> {
  const facts = { nowMs, principal: accountRoot(accountId), isSecure: true };
  return authorize(accesses, { facts, resources });
}

async function lookUp(
  access: Access,
  { policy, resources }: Question,
): Promise<ResourceFacts | undefined> {
  return resources(access.resource, policy !== undefined && asksTags(policy, access));
}

/** Throws for what is denied. */
function judge(
  access: Access,
  resource: ResourceFacts | undefined,
  { policy, facts }: Question,
): boolean {
  const all = resource?.tags === undefined ? facts : { ...facts, resourceTags: resource.tags };
  const own = verdictOfKey(policy, access, all);
  if (own === "deny") throw denied(access, { facts }, "identity");
  if (resource?.policy === undefined) return own === "allow";
  const others = verdictOfResource(resource.policy, access, all);
  if (others === "deny") throw denied(access, { facts }, "resource");
  return own === "allow" || others === "allow";
}

/** In AWS's words. */
function denied(
  { action, resource }: Access,
  { facts }: Pick<Question, "facts">,
  by: "identity" | "resource" | "nothing",
): ServiceError {
  const why =
    by === "nothing"
      ? `because no identity-based policy allows the ${action} action`
      : `with an explicit deny in ${by === "identity" ? "an identity" : "a resource"}-based policy`;
  return serviceError(
    "AccessDeniedException",
    `User: ${facts.principal.arn} is not authorized to perform: ${action} on resource: ${resource} ${why}`,
  );
}
