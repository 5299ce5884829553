/**
 * Programs of jq 1.6 cut into tokens, as far as it takes to find an object's keys and to see which words are calls.
 * A program that jq would refuse may pass here: what is made of the tokens never decides whether one is valid.
 */

export type JqToken =
  /** `.name` */
  | { readonly kind: "field"; readonly text: string }
  /** Also keywords: `name`, `module::name`. */
  | { readonly kind: "word"; readonly text: string }
  /** `$name` */
  | { readonly kind: "variable"; readonly text: string }
  /** `value` is absent when it depends on what is put into it: `"\(.a)"`. */
  | { readonly kind: "string"; readonly text: string; readonly value?: string }
  | { readonly kind: "number"; readonly text: string }
  /** `@base64` */
  | { readonly kind: "format"; readonly text: string }
  | { readonly kind: "sign"; readonly text: string };

const BLANK = /(?:[ \t\r\n]|#[^\n]*(?:\n|$))+/y;
const RULES: readonly (readonly [JqToken["kind"], RegExp])[] = [
  ["number", /(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y],
  ["field", /\.[A-Za-z_][A-Za-z_0-9]*/y],
  ["variable", /\$(?:[A-Za-z_][A-Za-z_0-9]*::)*[A-Za-z_][A-Za-z_0-9]*/y],
  ["word", /(?:[A-Za-z_][A-Za-z_0-9]*::)*[A-Za-z_][A-Za-z_0-9]*/y],
  ["format", /@[A-Za-z0-9_]+/y],
  ["sign", /\?\/\/|\/\/=|\|=|\+=|-=|\*=|\/=|%=|==|!=|<=|>=|\/\/|\.\.|[^\s"]/y],
];

/** `undefined` for a string that does not end, and whatever else is no token. */
export function jqTokens(program: string): readonly JqToken[] | undefined {
  const tokens: JqToken[] = [];
  for (let at = skipBlank(program, 0); at < program.length; at = skipBlank(program, at)) {
    const token =
      program[at] === '"' ? stringToken(program, at) : (ruleToken(program, at) ?? undefined);
    if (token === undefined) return undefined;
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

function skipBlank(program: string, at: number): number {
  BLANK.lastIndex = at;
  return BLANK.test(program) ? BLANK.lastIndex : at;
}

function ruleToken(program: string, at: number): JqToken | undefined {
  for (const [kind, rule] of RULES) {
    rule.lastIndex = at;
    const text = rule.exec(program)?.[0];
    if (text !== undefined) return { kind, text };
  }
  return undefined;
}

function stringToken(program: string, start: number): JqToken | undefined {
  const end = stringEnd(program, start);
  if (end === undefined) return undefined;
  const text = program.slice(start, end);
  return { kind: "string", text, ...literal(text) };
}

/** Behind the quote that closes the one at `start`; what is put in by `\(…)` may hold strings of its own. */
function stringEnd(program: string, start: number): number | undefined {
  for (let at = start + 1; at < program.length; at++) {
    const character = program[at];
    if (character === '"') return at + 1;
    if (character !== "\\") continue;
    at++;
    if (program[at] !== "(") continue;
    const end = insertionEnd(program, at);
    if (end === undefined) return undefined;
    at = end;
  }
  return undefined;
}

/** The bracket that closes the one at `start`. */
function insertionEnd(program: string, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < program.length; at++) {
    const character = program[at];
    if (character === "(") depth++;
    else if (character === ")" && --depth === 0) return at;
    else if (character === '"') {
      const end = stringEnd(program, at);
      if (end === undefined) return undefined;
      at = end - 1;
    } else if (character === "#") {
      at = skipBlank(program, at) - 1;
    }
  }
  return undefined;
}

/** Strings of jq are those of JSON but for what is put in, and may hold newlines. */
function literal(text: string): { readonly value?: string } {
  try {
    return { value: JSON.parse(text) as string };
  } catch {
    return {};
  }
}
