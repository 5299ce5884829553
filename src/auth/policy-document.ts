/**
 * Reads policy documents as people write them for IAM. What is not understood here is refused, never skipped: a
 * condition that were passed over would allow too much. Each refusal begins with the place, `Statement[0].Effect`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
import { shown as cut } from "../errors.ts";
import { POLICY_DEPTH_MAX } from "../limits.ts";
import { ownMember } from "../own-member.ts";
import { readCondition, writtenOperator } from "./conditions.ts";
import { findRepeatedMember } from "./repeated-member.ts";
import type { Condition, Policy, Statement } from "./policy.ts";

/** The services that there are actions of; without their versions, as actions begin. */
export const SERVICES_IN_POLICIES: ReadonlySet<string> = new Set([
  "firehose",
  "hydrant",
  "kinesis",
]);

const VERSIONS: readonly unknown[] = ["2012-10-17", "2008-10-17"];

/** What a key may do. Throws a sentence that names the place. */
export function parsePolicy(text: string): Policy {
  return readDocument(text, { services: SERVICES_IN_POLICIES });
}

/** What others may do with a resource of Kinesis. */
export function parseResourcePolicy(text: string, resourceArn: string): Policy {
  return readDocument(text, { services: new Set(["kinesis"]), resourceArn });
}

interface Dialect {
  readonly services: ReadonlySet<string>;
  /** Of what it is put on: it is about that, and names whom it is for. Absent: it is a key's. */
  readonly resourceArn?: string;
}

function readDocument(text: string, dialect: Dialect): Policy {
  const document = readJson(text);
  const { Version, Id, Statement: statements, ...rest } = asObject(document, "The policy");
  refuseOthers(rest, "");
  if (Version !== undefined && !VERSIONS.includes(Version)) {
    refuse("Version", `must be ${VERSIONS.join(" or ")}, got ${shown(Version)}`);
  }
  if (Id !== undefined) asText(Id, "Id");
  if (statements === undefined) refuse("Statement", "is missing");
  const all = asArray(statements);
  const read = all.map((statement, index) =>
    readStatement(statement, placeOf("Statement", index, statements), dialect),
  );
  refuseRepeatedSids(all);
  return { statements: read };
}

function readJson(text: string): unknown {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new Error("it is no JSON document", { cause: error });
  }
  refuseDepth(document, POLICY_DEPTH_MAX);
  const repeated = findRepeatedMember(text);
  if (repeated !== undefined) refuse(repeated, "is there twice");
  return document;
}

/** Nobody who is shown a value that was refused shall have to go through it to the bottom. */
function refuseDepth(value: unknown, depth: number): void {
  if (typeof value !== "object" || value === null) return;
  if (depth === 0) throw new Error(`it is nested more than ${POLICY_DEPTH_MAX} levels deep`);
  for (const member of Object.values(value)) refuseDepth(member, depth - 1);
}

function readStatement(value: unknown, place: string, dialect: Dialect): Statement {
  const {
    Sid,
    Effect,
    Principal,
    Action,
    Resource,
    Condition: conditions,
    ...rest
  } = asObject(value, place);
  refuseOthers(rest, place);
  if (Sid !== undefined) asText(Sid, `${place}.Sid`);
  if (Effect !== "Allow" && Effect !== "Deny") {
    refuse(`${place}.Effect`, `must be Allow or Deny, got ${shown(Effect)}`);
  }
  const principals = readPrincipals(Principal, place, dialect);
  const read = conditions === undefined ? [] : readConditions(conditions, `${place}.Condition`);
  return {
    effect: Effect === "Allow" ? "allow" : "deny",
    actions: readTexts(Action, `${place}.Action`, (action, at) => checkAction(action, at, dialect)),
    resources: readTexts(Resource, `${place}.Resource`, (resource, at) =>
      checkResource(resource, at, dialect),
    ),
    ...(read.length > 0 && { conditions: read }),
    ...(principals !== undefined && { principals }),
  };
}

/** Why IAM's own words are no members here. */
const REFUSED_MEMBERS: Readonly<Record<string, string>> = {
  NotAction: "is not offered: name the actions in Action, or deny them in a statement of their own",
  NotResource:
    "is not offered: name the resources in Resource, or deny them in a statement of their own",
  NotPrincipal: "is not offered: name the principals, or deny them in a statement of their own",
};

function refuseOthers(rest: Readonly<Record<string, unknown>>, place: string): void {
  const [name] = Object.keys(rest);
  if (name === undefined) return;
  const refusal = ownMember(REFUSED_MEMBERS, name) ?? "is no member of a policy that is known here";
  refuse(place === "" ? name : `${place}.${name}`, refusal);
}

const PRINCIPAL_ARN =
  /^arn:aws[\w-]*:(?:iam::\d{12}:(?:root|(?:user|role)\/[^\s*?]+)|sts::\d{12}:assumed-role\/[^\s/*?]+\/[^\s/*?]+)$/;

function readPrincipals(
  value: unknown,
  place: string,
  { resourceArn }: Dialect,
): readonly string[] | undefined {
  const at = `${place}.Principal`;
  if (resourceArn === undefined) {
    if (value === undefined) return undefined;
    refuse(at, "is of the policies of resources: a key's policy is about that key");
  }
  if (value === undefined) refuse(at, "is missing");
  if (value === "*") return ["*"];
  const { AWS: named, ...others } = asObject(value, at);
  const [other] = Object.keys(others);
  if (other !== undefined)
    refuse(`${at}.${other}`, "is not offered: only AWS principals call here");
  return readTexts(named, `${at}.AWS`, (principal, where) => {
    if (principal === "*" || /^\d{12}$/.test(principal) || PRINCIPAL_ARN.test(principal)) return;
    refuse(
      where,
      `must be *, an account, or the ARN of an account's root, a user, a role or a session of a role, got ${shown(principal)}`,
    );
  });
}

function readConditions(value: unknown, place: string): readonly Condition[] {
  return Object.entries(asObject(value, place)).flatMap(([operator, keys]) =>
    Object.entries(asObject(keys, `${place}.${operator}`)).map(([key, given]) => {
      const at = `${place}.${operator}`;
      const values = asArray(given).map((one) => asValue(one, `${at}.${key}`));
      for (const text of values) refuseVariables(text, `${at}.${key}`);
      refuseVariables(key, at);
      if (values.length === 0) refuse(`${at}.${key}`, "must have a value");
      return readCondition(operator, key, values, (problem) => refuse(at, problem));
    }),
  );
}

/** `kinesis:Get*`; the service in full, as IAM wants it. */
function checkAction(action: string, place: string, { services }: Dialect): void {
  if (action === "*") return;
  const [service = "", name, ...more] = action.split(":");
  if (name === undefined || name === "" || more.length > 0) {
    refuse(place, `must be * or <service>:<action>, got ${shown(action)}`);
  }
  if (!services.has(service.toLowerCase())) {
    refuse(place, `must be of ${[...services].join(", ")}, got ${shown(action)}`);
  }
}

function checkResource(resource: string, place: string, { resourceArn }: Dialect): void {
  if (resource === "*" || resource === resourceArn) return;
  if (resourceArn !== undefined) {
    refuse(
      place,
      `must be the resource that the policy is put on, ${resourceArn}, got ${shown(resource)}`,
    );
  }
  const [arn, , service = "", ...rest] = resource.split(":");
  const isWhole = rest.length >= 3 || (rest.length > 0 && resource.includes("*"));
  if (arn !== "arn" || !isWhole) {
    refuse(
      place,
      `must be * or an ARN such as arn:aws:kinesis:*:*:stream/logs-*, got ${shown(resource)}`,
    );
  }
  if (/[*?]/.test(service)) {
    refuse(place, `must name its service without a wildcard, got ${shown(resource)}`);
  }
}

/** IAM would put a value in its place; taken as it stands it would mean nothing. */
function refuseVariables(text: string, place: string): void {
  if (text.includes("${"))
    refuse(place, `has a policy variable, which is not offered: ${shown(text)}`);
}

/** One text or a list of them, each checked. */
function readTexts(
  value: unknown,
  place: string,
  check: (text: string, place: string) => void,
): readonly string[] {
  if (value === undefined) refuse(place, "is missing");
  const all = asArray(value);
  if (all.length === 0) refuse(place, "must not be empty");
  return all.map((one, index) => {
    const at = placeOf(place, index, value);
    const text = asText(one, at);
    refuseVariables(text, at);
    check(text, at);
    return text;
  });
}

function refuseRepeatedSids(statements: readonly unknown[]): void {
  const sids = statements.map((statement) => (statement as { readonly Sid?: string }).Sid);
  const index = sids.findIndex((sid, at) => sid !== undefined && sids.indexOf(sid) < at);
  if (index >= 0)
    refuse(`Statement[${index}].Sid`, `is another statement's, too: ${shown(sids[index])}`);
}

const placeOf = (place: string, index: number, value: unknown) =>
  Array.isArray(value) ? `${place}[${index}]` : place;

function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function asObject(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  return refuse(place, `must be an object, got ${shown(value)}`);
}

function asText(value: unknown, place: string): string {
  return typeof value === "string" ? value : refuse(place, `must be a text, got ${shown(value)}`);
}

/** Of conditions: IAM takes `true` and `5` for their texts. */
function asValue(value: unknown, place: string): string {
  return typeof value === "boolean" || typeof value === "number"
    ? String(value)
    : asText(value, place);
}

const SHOWN_MAX_LENGTH = 200;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= SHOWN_MAX_LENGTH ? text : `${text.slice(0, SHOWN_MAX_LENGTH)}...`;
}

function refuse(place: string, problem: string): never {
  throw new Error(cut(`${place} ${problem}`));
}

/** A policy as people write it; `parsePolicy` makes the same of it again. */
export function documentOf({ statements }: Policy): object {
  return {
    Version: VERSIONS[0],
    Statement: statements.map(({ effect, actions, resources, conditions, principals }) => ({
      Effect: effect === "allow" ? "Allow" : "Deny",
      ...(principals && { Principal: { AWS: principals } }),
      Action: actions,
      Resource: resources,
      ...(conditions && { Condition: writeConditions(conditions) }),
    })),
  };
}

function writeConditions(conditions: readonly Condition[]): object {
  const byOperator: Record<string, Record<string, readonly string[]>> = {};
  for (const condition of conditions) {
    const keys = (byOperator[writtenOperator(condition)] ??= {});
    keys[condition.key] = condition.values;
  }
  return byOperator;
}
