/** Texts with an asterisk for any characters, be it none: `"/srv/*.log"`. `\*` and `\\` stand for the characters. */

export type Glob = (text: string) => boolean;

/** `undefined` where two asterisks follow each other, or a backslash stands before anything else. */
export function parseGlob(pattern: string): Glob | undefined {
  const pieces = [""];
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]!;
    if (character === "*") {
      if (pattern[at + 1] === "*") return undefined;
      pieces.push("");
      continue;
    }
    const isEscape = character === "\\";
    if (isEscape) at++;
    const literal = pattern[at];
    if (literal === undefined || (isEscape && literal !== "*" && literal !== "\\"))
      return undefined;
    pieces[pieces.length - 1] += literal;
  }
  return globOf(pieces);
}

/** Each piece is looked for behind the one before it: the first place is as good as any. */
function globOf([first = "", ...others]: readonly string[]): Glob {
  const last = others.pop();
  if (last === undefined) return (text) => text === first;
  return (text) => {
    const end = text.length - last.length;
    if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const piece of others) {
      const found = text.indexOf(piece, at);
      if (found < 0 || found + piece.length > end) return false;
      at = found + piece.length;
    }
    return true;
  };
}
