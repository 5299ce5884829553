/**
 * The conditions of statements: which keys there are, which operators ask them, and what these mean. A table of either;
 * what stands in neither is refused when a policy is read, for a condition that were skipped would allow too much.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
import { BlockList, isIP } from "node:net";
import { ownMember } from "../own-member.ts";
import type { Condition } from "./policy.ts";
import type { Principal } from "./principal.ts";
import { matchesArn, matchesWildcard } from "../wildcard.ts";

type Tags = Readonly<Record<string, string>>;

/** What is known of a call when its conditions are asked. */
export interface ConditionFacts {
  readonly nowMs: number;
  /** As the gateway saw it; absent where there is none. */
  readonly sourceIp?: string;
  readonly isSecure: boolean;
  readonly principal: Principal;
  /** Those that the request brings. */
  readonly requestTags?: Tags;
  /** Their keys, and the keys of those that it takes away. */
  readonly requestTagKeys?: readonly string[];
  /** Of the resource, if it has any. */
  readonly resourceTags?: Tags;
}

type Kind = "text" | "arn" | "time" | "boolean" | "address" | "texts";

interface Key {
  readonly kind: Kind;
  /** `undefined` or nothing: the key is not there. @param tag the name behind the slash, in lower case */
  values(facts: ConditionFacts, tag: string): readonly string[];
}

const one = (value: string | undefined): readonly string[] => (value === undefined ? [] : [value]);

/** By their names in lower case, as IAM compares them; those that end in a slash go on with a tag's key. */
const KEYS: Readonly<Record<string, Key>> = {
  "aws:currenttime": { kind: "time", values: ({ nowMs }) => [new Date(nowMs).toISOString()] },
  "aws:epochtime": { kind: "time", values: ({ nowMs }) => [String(Math.floor(nowMs / 1000))] },
  "aws:principalaccount": { kind: "text", values: ({ principal }) => [principal.accountId] },
  "aws:principalarn": { kind: "arn", values: ({ principal }) => [principal.identityArn] },
  "aws:requesttag/": { kind: "text", values: (facts, tag) => tagValue(facts.requestTags, tag) },
  "aws:resourcetag/": { kind: "text", values: (facts, tag) => tagValue(facts.resourceTags, tag) },
  "aws:securetransport": { kind: "boolean", values: ({ isSecure }) => [String(isSecure)] },
  "aws:sourceip": { kind: "address", values: ({ sourceIp }) => one(sourceIp) },
  "aws:tagkeys": { kind: "texts", values: ({ requestTagKeys = [] }) => requestTagKeys },
  "aws:username": { kind: "text", values: ({ principal }) => one(principal.userName) },
};

const KEY_NAMES =
  "aws:CurrentTime, aws:EpochTime, aws:PrincipalAccount, aws:PrincipalArn, aws:RequestTag/<key>, aws:ResourceTag/<key>, aws:SecureTransport, aws:SourceIp, aws:TagKeys and aws:username";

/** Keys of tags are not told apart by case; of two that differ by nothing else, either will do. */
function tagValue(tags: Tags = {}, tag: string): readonly string[] {
  return Object.entries(tags)
    .filter(([name]) => name.toLowerCase() === tag)
    .map(([, value]) => value);
}

interface Operator {
  readonly kinds: readonly Kind[];
  /** True of what does not match any of its values, also where there is nothing to compare. */
  readonly isNegated?: true;
  /** Why a value cannot be one of its values; `undefined` for one that can. */
  readonly refuse?: (value: string) => string | undefined;
  readonly matches: (found: string, value: string) => boolean;
}

const TEXTS: readonly Kind[] = ["text", "texts", "arn"];

const refuseNoTime = (value: string) =>
  timeOf(value) === undefined ? "a time such as 2026-11-30T08:15:00Z" : undefined;
const refuseNoBoolean = (value: string) =>
  /^(true|false)$/i.test(value) ? undefined : "true or false";
const refuseNoAddress = (value: string) =>
  parseRange(value) === undefined ? "an address or a range such as 203.0.113.0/24" : undefined;

const compareTimes =
  (fits: (found: number, value: number) => boolean) => (found: string, value: string) =>
    fits(timeOf(found) ?? Number.NaN, timeOf(value) ?? Number.NaN);

const TIME = { kinds: ["time"] as const, refuse: refuseNoTime };
const same = (found: string, value: string) => found === value;
const sameLetters = (found: string, value: string) => found.toLowerCase() === value.toLowerCase();
const like = (found: string, value: string) => matchesWildcard(value, found);
const likeArn = (found: string, value: string) => matchesArn(value, found);

const OPERATORS: Readonly<Record<string, Operator>> = {
  ArnEquals: { kinds: ["arn"], matches: likeArn },
  ArnLike: { kinds: ["arn"], matches: likeArn },
  ArnNotEquals: { kinds: ["arn"], isNegated: true, matches: likeArn },
  ArnNotLike: { kinds: ["arn"], isNegated: true, matches: likeArn },
  Bool: { kinds: ["boolean"], refuse: refuseNoBoolean, matches: sameLetters },
  DateEquals: { ...TIME, matches: compareTimes((found, value) => found === value) },
  DateGreaterThan: { ...TIME, matches: compareTimes((found, value) => found > value) },
  DateGreaterThanEquals: { ...TIME, matches: compareTimes((found, value) => found >= value) },
  DateLessThan: { ...TIME, matches: compareTimes((found, value) => found < value) },
  DateLessThanEquals: { ...TIME, matches: compareTimes((found, value) => found <= value) },
  DateNotEquals: {
    ...TIME,
    isNegated: true,
    matches: compareTimes((found, value) => found === value),
  },
  IpAddress: { kinds: ["address"], refuse: refuseNoAddress, matches: isWithin },
  NotIpAddress: { kinds: ["address"], refuse: refuseNoAddress, isNegated: true, matches: isWithin },
  StringEquals: { kinds: TEXTS, matches: same },
  StringEqualsIgnoreCase: { kinds: TEXTS, matches: sameLetters },
  StringLike: { kinds: TEXTS, matches: like },
  StringNotEquals: { kinds: TEXTS, isNegated: true, matches: same },
  StringNotEqualsIgnoreCase: { kinds: TEXTS, isNegated: true, matches: sameLetters },
  StringNotLike: { kinds: TEXTS, isNegated: true, matches: like },
};

/** It asks whether there is a value, of any kind. */
const NULL = "Null";

export function holds(condition: Condition, facts: ConditionFacts): boolean {
  const { operator: name, key, values, set, ifExists } = condition;
  const found = valuesOf(key, facts);
  if (name === NULL) return values.some((value) => (value === "true") === (found.length === 0));
  const operator = ownMember(OPERATORS, name);
  // Only what was read by readCondition is kept; should it ever be less, nothing follows from it.
  if (operator === undefined) throw new Error(`no such condition: ${name}`);
  const { isNegated = false, matches } = operator;
  const fits = (text: string) => values.some((value) => matches(text, value)) !== isNegated;
  if (set === "all") return found.every(fits);
  if (set === "any") return found.some(fits);
  if (found.length === 0) return ifExists === true || isNegated;
  // A tag's key may stand in two cases: what denies by either shall deny.
  return isNegated ? found.every(fits) : found.some(fits);
}

function valuesOf(written: string, facts: ConditionFacts): readonly string[] {
  const { key, tag } = findKey(written);
  return key?.values(facts, tag) ?? [];
}

/** Whether it asks for the tags of the resource, which somebody has to look up. */
export function asksResource({ key }: Condition): boolean {
  return key.toLowerCase().startsWith("aws:resourcetag/");
}

function findKey(written: string): { readonly key: Key | undefined; readonly tag: string } {
  const name = written.toLowerCase();
  const slash = name.indexOf("/") + 1;
  if (slash === 0) return { key: ownMember(KEYS, name), tag: "" };
  // A slash belongs to a tag, and a tag has a name.
  const tag = name.slice(slash);
  return { key: tag === "" ? undefined : ownMember(KEYS, name.slice(0, slash)), tag };
}

/**
 * One line of a Condition: `"IpAddress": { "aws:SourceIp": ["203.0.113.0/24"] }`.
 * @param refuse throws a sentence that begins with the place
 */
export function readCondition(
  written: string,
  key: string,
  values: readonly string[],
  refuse: (problem: string) => never,
): Condition {
  const { name, set, ifExists } = partsOf(written);
  const operator = ownMember(OPERATORS, name);
  if ((operator === undefined && name !== NULL) || (name === NULL && (set || ifExists))) {
    refuse(`is not offered: ${written}`);
  }
  const { key: found } = findKey(key);
  if (found === undefined) refuse(`knows the keys ${KEY_NAMES}, got ${key}`);
  if (operator !== undefined && !operator.kinds.includes(found.kind)) {
    refuse(`${name} does not compare what ${key} has`);
  }
  if (operator !== undefined && (found.kind === "texts") !== (set !== undefined)) {
    refuse(
      found.kind === "texts"
        ? `${key} has several values: write ForAnyValue:${name} or ForAllValues:${name}`
        : `${key} has one value: write ${name}`,
    );
  }
  const wanted = operator === undefined ? refuseNoBoolean : operator.refuse;
  for (const value of values) {
    const expected = wanted?.(value);
    if (expected !== undefined) refuse(`${key} must be ${expected}, got ${JSON.stringify(value)}`);
  }
  return {
    operator: name,
    key,
    values: name === NULL ? values.map((value) => value.toLowerCase()) : values,
    ...(set && { set }),
    ...(ifExists && { ifExists: true as const }),
  };
}

const SETS: Readonly<Record<string, "any" | "all">> = { ForAnyValue: "any", ForAllValues: "all" };
const IF_EXISTS = "IfExists";

/** `ForAnyValue:StringLikeIfExists` in its parts. */
function partsOf(written: string) {
  const [first = "", second] = written.split(":", 2);
  const set = second === undefined ? undefined : ownMember(SETS, first);
  const whole = set === undefined ? written : (second ?? "");
  const ifExists = whole.endsWith(IF_EXISTS);
  const name = ifExists ? whole.slice(0, -IF_EXISTS.length) : whole;
  return { name, set, ifExists };
}

const ISO_TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** Milliseconds since the epoch, of seconds since then or of a time as ISO 8601 has it. */
function timeOf(text: string): number | undefined {
  if (/^\d{1,12}$/.test(text)) return Number(text) * 1000;
  const atMs = ISO_TIME.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : atMs;
}

interface Range {
  readonly address: string;
  readonly prefix: number;
  readonly family: "ipv4" | "ipv6";
}

function parseRange(text: string): Range | undefined {
  const [, address = "", bits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0) return undefined;
  const width = version === 4 ? 32 : 128;
  const prefix = bits === undefined ? width : Number(bits);
  return prefix > width ? undefined : { address, prefix, family: `ipv${version as 4 | 6}` };
}

/** Ranges are asked for again and again, and there are no more of them than policies name. */
const lists = new Map<string, BlockList | undefined>();
const LISTS_MAX_COUNT = 10_000;

function listOf(range: string): BlockList | undefined {
  const known = lists.get(range);
  if (known !== undefined) return known;
  const parsed = parseRange(range);
  if (parsed === undefined) return undefined;
  const list = new BlockList();
  list.addSubnet(parsed.address, parsed.prefix, parsed.family);
  if (lists.size >= LISTS_MAX_COUNT) lists.clear();
  lists.set(range, list);
  return list;
}

function isWithin(found: string, range: string): boolean {
  const version = isIP(found);
  // `::ffff:203.0.113.7`, as sockets for both families have it, is in the ranges of 203.0.113.7.
  return version !== 0 && listOf(range)?.check(found, `ipv${version as 4 | 6}`) === true;
}

/** As it stands in a document. */
export function writtenOperator({ operator, set, ifExists }: Condition): string {
  const of = { any: "ForAnyValue:", all: "ForAllValues:" };
  return `${set === undefined ? "" : of[set]}${operator}${ifExists ? IF_EXISTS : ""}`;
}
