/**
 * JSON as a tree that can be what no parsed value is: with one name twice, with `__proto__` for a name, with numbers
 * that no double holds and texts that are no Unicode.
 */
import type { Chance } from "./chance.ts";
import { mutateText } from "./mutate.ts";

export type Tree =
  | { readonly kind: "raw"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly Tree[] }
  | { readonly kind: "map"; readonly members: readonly (readonly [string, Tree])[] };

/** Bytes become base64, and dates seconds, as AWS's JSON has them. */
export function treeOf(value: unknown): Tree {
  if (value instanceof Uint8Array) return raw(Buffer.from(value).toString("base64"));
  if (value instanceof Date) return raw(value.getTime() / 1000);
  if (Array.isArray(value)) return { kind: "list", items: value.map(treeOf) };
  if (typeof value !== "object" || value === null) return raw(value ?? null);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return { kind: "map", members: members.map(([name, member]) => [name, treeOf(member)]) };
}

export function printTree(tree: Tree): string {
  switch (tree.kind) {
    case "raw":
      return tree.text;
    case "list":
      return `[${tree.items.map(printTree).join(",")}]`;
    case "map":
      return `{${tree.members.map(([name, member]) => `${JSON.stringify(name)}:${printTree(member)}`).join(",")}}`;
  }
}

function raw(value: unknown): Tree {
  return { kind: "raw", text: JSON.stringify(value) };
}

const NAMES_OF_INTEREST = [
  "__proto__",
  "constructor",
  "prototype",
  "hasOwnProperty",
  "",
  "0",
  "length",
];
const RAW_OF_INTEREST = [
  "null",
  "true",
  "0",
  "-0",
  "-1",
  "0.5",
  "1e308",
  "1e999",
  "-1e999",
  "1e-999",
  "2147483648",
  "9007199254740993",
  "9223372036854775808",
  "1".repeat(400),
  '""',
  '"\\ud800"',
  '"\\u0000"',
  '"__proto__"',
  '"true"',
  '"NaN"',
  '"=="',
  '"AA=="',
  '"AB=="',
  "[]",
  "{}",
  "[null]",
  '{"__proto__":{"polluted":1}}',
  '{"toString":1}',
];
const DEPTHS = [1, 2, 3, 60, 70, 300, 20_000];
const LENGTHS = [1, 2, 5, 10, 129, 513, 1025, 5000, 60_000];

/** No request is longer. What is repeated in what is repeated comes to more in no time. */
const PRINTED_MAX_LENGTH = 2_000_000;

/** Changes up to four places of it. */
export function mutateTree(chance: Chance, tree: Tree): Tree {
  let made = tree;
  for (let left = 1 + chance.below(4); left > 0; left--) {
    const target = chance.below(sizeOf(made));
    const next = changeAt(chance, made, { left: target });
    if (lengthOf(next) <= PRINTED_MAX_LENGTH) made = next;
  }
  return made;
}

/** Roughly, of what it is printed as. */
function lengthOf(tree: Tree): number {
  switch (tree.kind) {
    case "raw":
      return tree.text.length + 1;
    case "list":
      return tree.items.reduce((sum, item) => sum + lengthOf(item), 2);
    case "map":
      return tree.members.reduce((sum, [name, member]) => sum + name.length + lengthOf(member), 2);
  }
}

function sizeOf(tree: Tree): number {
  switch (tree.kind) {
    case "raw":
      return 1;
    case "list":
      return tree.items.reduce((sum, item) => sum + sizeOf(item), 1);
    case "map":
      return tree.members.reduce((sum, [, member]) => sum + sizeOf(member), 1);
  }
}

/** Counts down to the place that is to be changed. */
function changeAt(chance: Chance, tree: Tree, at: { left: number }): Tree {
  if (at.left-- === 0) return changed(chance, tree);
  if (at.left < -1) return tree;
  switch (tree.kind) {
    case "raw":
      return tree;
    case "list":
      return { kind: "list", items: tree.items.map((item) => changeAt(chance, item, at)) };
    case "map":
      return {
        kind: "map",
        members: tree.members.map(([name, member]) => [name, changeAt(chance, member, at)]),
      };
  }
}

function changed(chance: Chance, tree: Tree): Tree {
  switch (chance.below(tree.kind === "raw" ? 6 : 10)) {
    case 0:
    case 1:
      return { kind: "raw", text: chance.pick(RAW_OF_INTEREST) };
    case 2:
      return { kind: "list", items: Array<Tree>(chance.below(4)).fill(tree) };
    case 3: {
      const depth = chance.pick(DEPTHS);
      const [open, close] = chance.pick([
        ["[", "]"],
        ['{"a":', "}"],
      ] as const);
      return { kind: "raw", text: open.repeat(depth) + printTree(tree) + close.repeat(depth) };
    }
    case 4:
      return raw("a".repeat(chance.pick(LENGTHS)));
    case 5: {
      const text = tree.kind === "raw" && tree.text.startsWith('"') ? JSON.parse(tree.text) : "a";
      return raw(mutateText(chance, String(text)));
    }
    default:
      return tree.kind === "map" ? changedMap(chance, tree) : changedList(chance, tree);
  }
}

function changedMap(chance: Chance, tree: Tree): Tree {
  if (tree.kind !== "map") return tree;
  const members = [...tree.members];
  const at = chance.below(members.length + 1);
  const [name, member] = members[at] ?? ["a", { kind: "raw", text: "1" } as const];
  switch (chance.below(4)) {
    case 0:
      members.splice(at, 1);
      break;
    case 1:
      members.splice(at, 1, [chance.pick(NAMES_OF_INTEREST), member]);
      break;
    case 2:
      // The same name twice, with something else behind it.
      members.push([name, { kind: "raw", text: chance.pick(RAW_OF_INTEREST) }]);
      break;
    default:
      members.push([chance.pick(NAMES_OF_INTEREST), member]);
  }
  return { kind: "map", members };
}

function changedList(chance: Chance, tree: Tree): Tree {
  if (tree.kind !== "list") return tree;
  const item =
    tree.items.length === 0 ? ({ kind: "raw", text: "0" } as const) : chance.pick(tree.items);
  return chance.may(0.5)
    ? { kind: "list", items: Array<Tree>(chance.pick(LENGTHS.slice(0, -1))).fill(item) }
    : { kind: "list", items: [...tree.items, item] };
}
