/** JSON's own parser takes the last of two members of one name, and says nothing. In a policy that is a mistake or a trick. */

interface Level {
  /** Of an object, the names it has had; absent: a list. */
  readonly names?: Set<string>;
  /** The member or the place in the list at which the text is. */
  at: string | number;
}

/** @param text what `JSON.parse` has taken @returns its place, `Statement[0].Effect` */
export function findRepeatedMember(text: string): string | undefined {
  const levels: Level[] = [];
  let lastText = "";
  for (let at = 0; at < text.length; at++) {
    const level = levels.at(-1);
    switch (text.charAt(at)) {
      case '"': {
        const end = endOfText(text, at);
        lastText = text.slice(at, end + 1);
        at = end;
        break;
      }
      case "{":
        levels.push({ names: new Set(), at: "" });
        break;
      case "[":
        levels.push({ at: 0 });
        break;
      case "}":
      case "]":
        levels.pop();
        break;
      case ",":
        if (typeof level?.at === "number") level.at++;
        break;
      case ":": {
        if (level?.names === undefined) break;
        // Two spellings of one name are one name.
        const name = JSON.parse(lastText) as string;
        level.at = name;
        if (level.names.has(name)) return placeOf(levels);
        level.names.add(name);
      }
    }
  }
  return undefined;
}

/** Where the text ends that begins at `start`, both meaning its quotes. */
function endOfText(text: string, start: number): number {
  let end = start + 1;
  while (text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
  return end;
}

function placeOf(levels: readonly Level[]): string {
  return levels
    .map(({ at }) => (typeof at === "number" ? `[${at}]` : `.${at}`))
    .join("")
    .replace(/^\./, "");
}
