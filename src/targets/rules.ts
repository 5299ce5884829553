/**
 * Whether a target may be named: what the deployment lists may, what is Hydrant's own never. What is worked on under a role
 * that the deployment lists is that role's affair, and need not be listed besides.
 */
import { matchesArn } from "../arn-pattern.ts";
import { endpointProblem } from "./endpoint.ts";
import { type NamedTarget, TARGET_KINDS, type TargetKind } from "./kinds.ts";
import { type Deployment, isOwn } from "./own.ts";

/** Patterns of ARNs, each as the roles' policies have it; `*` alone is everything. */
export type TargetLists = Readonly<Record<TargetKind, readonly string[]>>;

export interface TargetRules extends Deployment {
  /** `aws` */
  readonly partition: string;
  readonly lists: TargetLists;
  /** On a laptop: what runs there may be sent to. */
  readonly mayReachLoopback: boolean;
}

const EVERYTHING = "*";

/** Why it may not be named; `undefined`: it may. */
export function targetProblem(target: NamedTarget, rules: TargetRules): string | undefined {
  const { kind, arn, roleArn } = target;
  if (kind === "role") {
    // Any other role is shown, and never assumed.
    const isTaken = isListed("role", arn, rules) && isOwn(target, rules);
    return isTaken ? isHydrants(arn) : undefined;
  }
  // Under whatever role: a URL is no matter of IAM.
  if (kind === "endpoint") {
    const { lists, mayReachLoopback } = rules;
    return endpointProblem(arn, { patterns: lists.endpoint, mayReachLoopback });
  }
  if (isOwn(target, rules)) return isHydrants(arn);
  // Nobody tells of a delivery's errors under its role.
  const isUnderRole = kind !== "errorLog" && roleArn !== undefined;
  if (isUnderRole && isListed("role", roleArn, rules)) return undefined;
  if (isListed(kind, arn, rules)) return undefined;
  const { parameter, words } = TARGET_KINDS[kind];
  return `${arn} is not among ${words}: the parameter ${parameter} of this deployment lists them`;
}

function isHydrants(arn: string): string {
  return `${arn} is one of Hydrant's own, which nothing may be pointed at`;
}

export function isListed(kind: TargetKind, arn: string, { lists }: TargetRules): boolean {
  return lists[kind].some((pattern) => pattern === EVERYTHING || matchesArn(pattern, arn));
}
