/** JSON as it was written: every member in its order, though another has its name, and the digits of every number. */
import type { Leaf } from "./filter-paths.ts";
import { JsonCursor } from "./json-cursor.ts";

export type JsonNode =
  | { readonly kind: "object"; readonly members: readonly (readonly [string, JsonNode])[] }
  | { readonly kind: "list"; readonly items: readonly JsonNode[] }
  | Leaf;

/** For short texts: it is as deep as they are. Throws as `JSON.parse` does. */
export function readJson(text: string): JsonNode {
  JSON.parse(text);
  return readNode(new JsonCursor(text));
}

function readNode(cursor: JsonCursor): JsonNode {
  const kind = cursor.peek();
  switch (kind) {
    case "object": {
      const members: (readonly [string, JsonNode])[] = [];
      cursor.step();
      while (cursor.peek() !== "end") members.push([cursor.text(), readNode(cursor)]);
      cursor.step();
      return { kind, members };
    }
    case "list": {
      const items: JsonNode[] = [];
      cursor.step();
      while (cursor.peek() !== "end") items.push(readNode(cursor));
      cursor.step();
      return { kind, items };
    }
    case "text":
      return { kind, text: cursor.text() };
    case "number":
    case "word":
      return { kind, text: cursor.bare() };
    case "end":
      throw new Error("a value is missing");
  }
}
