/**
 * Filter criteria of a mapping. A pattern has the record's own shape, with `data` as the JSON that the record holds and
 * lists of what may stand at each place: all members must match, and within a list any element. What it means is what
 * EventBridge makes of it: as many branches as its `$or` stand for, each a list of conditions, one for a path.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis-filtering.html
 */
import { FILTER_CONDITIONS_MAX_COUNT } from "../limits.ts";
import { isOperator, type ListTest, listTest, PatternError } from "./filter-operators.ts";
import { type JsonNode, readJson } from "./json-node.ts";

/** One of them has to hold. */
export interface FilterPattern {
  readonly branches: readonly Branch[];
}

/** All of its conditions have to hold; by their paths, such as `data.http.status`. */
export type Branch = ReadonlyMap<string, ListTest>;

/** The member that stands for what the record holds. */
export const DATA = "data";

/** Of a pattern's text; or what is wrong with it. */
export function parseFilterPattern(text: string): FilterPattern | { readonly error: string } {
  try {
    const branches = withObject([new Map()], "", readJson(text), false);
    return { branches };
  } catch (error) {
    if (error instanceof PatternError) return { error: error.message };
    if (error instanceof SyntaxError) return { error: "a pattern is a JSON object" };
    throw error;
  }
}

/** With the conditions of an object's members, which stand below `prefix`; one that comes again replaces the first. */
function withObject(
  before: readonly Branch[],
  prefix: string,
  object: JsonNode,
  isAlternative: boolean,
): readonly Branch[] {
  if (object.kind !== "object") throw new PatternError("a pattern is a JSON object");
  if (object.members.length === 0) throw new PatternError("a pattern must not be empty");
  let branches = before;
  for (const [name, member] of object.members) {
    if (name === "$or") branches = withAlternatives(branches, prefix, member);
    else if (isAlternative && isOperator(name)) {
      throw new PatternError(`${name} is no name for a member inside $or`);
    } else if (prefix + name === DATA && member.kind !== "object") {
      throw new PatternError("data must be an object");
    } else if (member.kind === "object") {
      branches = withObject(branches, `${prefix}${name}.`, member, isAlternative);
    } else if (member.kind === "list" && member.items.length > 0) {
      const test = listTest(member.items);
      branches = bounded(branches.map((branch) => new Map(branch).set(prefix + name, test)));
    } else throw new PatternError(`${name} must be an object, or a list of what it may be`);
  }
  return branches;
}

/** Each branch so far goes on with each of the alternatives. */
function withAlternatives(
  branches: readonly Branch[],
  prefix: string,
  list: JsonNode,
): readonly Branch[] {
  const items = list.kind === "list" ? list.items : [];
  if (items.length < 2) throw new PatternError("$or must be a list of two patterns or more");
  let forked: readonly Branch[] = [];
  for (const item of items) {
    forked = bounded([...forked, ...withObject(branches, prefix, item, true)]);
  }
  return forked;
}

/** Alternatives beside each other multiply. */
function bounded(branches: readonly Branch[]): readonly Branch[] {
  let conditionCount = 0;
  for (const { size } of branches) conditionCount += size;
  if (conditionCount <= FILTER_CONDITIONS_MAX_COUNT) return branches;
  throw new PatternError(
    `the alternatives of $or make more than ${FILTER_CONDITIONS_MAX_COUNT} conditions`,
  );
}
