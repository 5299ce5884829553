/**
 * What can be told of a query without running it: which partition keys it gives, and whether it looks at more than
 * the one record it is given.
 */
import { type JqToken, jqTokens } from "./tokens.ts";

/**
 * The keys of the object that a query gives, `undefined` where that depends on the record.
 *
 * @example queryKeys('{customer: .id, year: (.time | strftime("%Y"))}') // ["customer", "year"]
 */
export function queryKeys(query: string): readonly string[] | undefined {
  const tokens = jqTokens(query);
  const start = tokens && lastObject(tokens);
  if (tokens === undefined || start === undefined) return undefined;
  const keys = new Set<string>();
  let isKey = true;
  let depth = 0;
  for (const [index, token] of tokens.slice(start + 1, -1).entries()) {
    if (isKey) {
      const key = keyOf(token);
      if (key === undefined) return undefined;
      keys.add(key);
      isKey = false;
    } else {
      depth += nesting(token);
      // A comma may stand behind the last value.
      isKey = depth === 0 && isSign(token, ",") && start + 2 + index < tokens.length - 1;
    }
  }
  return [...keys];
}

/** Calls that read other records, or that answer differently by where a record stands among others. */
const LOOKING_AROUND: ReadonlySet<string> = new Set(["input", "inputs", "input_line_number"]);

/** Such a query must be given its records one by one. */
export function looksAround(query: string): boolean {
  const tokens = jqTokens(query);
  // What cannot be read jq will refuse; until then it is not to be trusted.
  if (tokens === undefined) return true;
  const open: string[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.kind === "string" && token.value === undefined) {
      if ([...LOOKING_AROUND].some((word) => token.text.includes(word))) return true;
    }
    if (token.kind === "sign") {
      if ("([{".includes(token.text)) open.push(token.text);
      else if (")]}".includes(token.text)) open.pop();
    }
    if (token.kind !== "word" || !LOOKING_AROUND.has(token.text)) continue;
    const before = tokens[index - 1];
    const isKey =
      open.at(-1) === "{" && before !== undefined && (isSign(before, "{") || isSign(before, ","));
    if (!isKey) return true;
  }
  return false;
}

/** Where the object constructor begins that the whole query, or the last step of it, consists of. */
function lastObject(tokens: readonly JqToken[]): number | undefined {
  const end = tokens.at(-1);
  if (end === undefined || !isSign(end, "}")) return undefined;
  let depth = 0;
  for (let index = tokens.length - 1; index >= 0; index--) {
    const token = tokens[index];
    if (token === undefined) break;
    depth -= nesting(token);
    if (depth > 0) continue;
    const before = tokens[index - 1];
    const isStep = before === undefined || isSign(before, "|") || isSign(before, ";");
    // `. as {a: $x} | …` is a pattern, and never the last.
    return isStep && isSign(token, "{") ? index : undefined;
  }
  return undefined;
}

/** Of a key as it may stand in an object; `(.a)` and `"\\(.a)"` are known only with the record. */
function keyOf(token: JqToken): string | undefined {
  switch (token.kind) {
    case "word":
      return token.text.includes("::") ? undefined : token.text;
    case "variable":
      return token.text.slice(1);
    case "string":
      return token.value;
    default:
      return undefined;
  }
}

function nesting(token: JqToken): number {
  if (token.kind !== "sign") return 0;
  if ("([{".includes(token.text)) return 1;
  return ")]}".includes(token.text) ? -1 : 0;
}

function isSign(token: JqToken, text: string): boolean {
  return token.kind === "sign" && token.text === text;
}
