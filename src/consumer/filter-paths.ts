/**
 * What a record holds at the paths that filter patterns name, found in one pass over its JSON. A path is the names of
 * the members on the way, with dots between them, so that `{"http.status": 1}` and `{"http": {"status": 1}}` hold the
 * same. Lists are no steps of it: what they hold, at whatever depth, is at their own path.
 *
 * That a pattern must not take one condition from one element of a list and another from another, its search has to see
 * where a value came from. So each value knows its place, and places are counted along: what an element or a list
 * holds is all that was found from its `from` up to its `to`.
 *
 *   {"a": [{"x": 1}, {"x": 2, "y": 3}]}     a.x: 1 is found as 0, 2 as 1     a.y: 3 is found as 2
 *                                           the list: 0 up to 3, its second element: 1 up to 3
 */
import { comparableNumber } from "./filter-number.ts";
import { JsonCursor } from "./json-cursor.ts";

/** A value as it is compared: numbers and words (`true`, `false`, `null`) as they were written. */
export interface Leaf {
  readonly kind: "text" | "number" | "word";
  readonly text: string;
  /** Of a number that can be compared as one. */
  readonly value?: number | undefined;
}

/** A stretch of what was found. */
export interface Extent {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** An object or a list that is an element of a list. */
export interface Element extends Extent {
  readonly list: Extent;
  readonly parent: Element | undefined;
  /** What else the list holds, before and behind; made when somebody asks. */
  others?: readonly Extent[];
}

/** The values at one path in one place. */
export interface Find {
  /** Counts all finds of the record. */
  readonly at: number;
  readonly element: Element | undefined;
  readonly leaves: readonly Leaf[];
}

/** By path; in the order in which they were found. */
export type Finds = readonly (readonly Find[])[];

/** The paths that are looked for, step by step. */
export class PathTree {
  readonly #root: PathNode = { steps: new Map() };
  readonly #paths: string[] = [];

  /** @returns the path's number: where its finds stand */
  add(path: string): number {
    let node = this.#root;
    for (const step of path.split(".")) {
      let next = node.steps.get(step);
      if (next === undefined) node.steps.set(step, (next = { steps: new Map() }));
      node = next;
    }
    if (node.slot === undefined) {
      node.slot = this.#paths.length;
      this.#paths.push(path);
    }
    return node.slot;
  }

  /**
   * @param members of the record itself
   * @param data its JSON, below the step of that name
   * @returns `undefined` when the data is no JSON
   */
  find(
    members: Readonly<Record<string, Leaf>>,
    data?: { readonly name: string; readonly text: string },
  ): Finds | undefined {
    const pass = new Pass(this.#paths.length);
    for (const [name, leaf] of Object.entries(members)) {
      const slot = this.#root.steps.get(name)?.slot;
      if (slot !== undefined) pass.found(slot, undefined, leaf);
    }
    if (data === undefined) return pass.finds;
    if (!isJson(data.text)) return undefined;
    const node = this.#root.steps.get(data.name);
    if (node !== undefined) pass.read(new JsonCursor(data.text), node);
    return pass.finds;
  }
}

interface PathNode {
  readonly steps: Map<string, PathNode>;
  slot?: number;
}

interface MutableFind extends Find {
  readonly leaves: Leaf[];
}

interface MutableExtent extends Extent {
  to: number;
}

/** An object or list that is being read. */
interface Frame {
  readonly node: PathNode;
  /** That what is in it belongs to. */
  readonly element: Element | undefined;
  /** Of a list. */
  readonly list?: MutableExtent;
  /** The element that it is itself. */
  readonly self?: MutableExtent;
}

/** A producer may nest as deeply as it likes, hence no recursion. */
class Pass {
  readonly finds: MutableFind[][];
  #count = 0;

  constructor(pathCount: number) {
    this.finds = Array.from({ length: pathCount }, () => []);
  }

  read(cursor: JsonCursor, root: PathNode): void {
    const frames: Frame[] = [];
    this.#value(cursor, frames, { node: root, element: undefined });
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      if (cursor.peek() === "end") {
        cursor.step();
        frames.pop();
        if (frame.list) frame.list.to = this.#count;
        if (frame.self) frame.self.to = this.#count;
      } else if (frame.list) {
        this.#value(cursor, frames, frame);
      } else {
        const node = stepsTo(frame.node, cursor.text());
        if (node === undefined) cursor.skip();
        else this.#value(cursor, frames, { node, element: frame.element });
      }
    }
  }

  found(slot: number, element: Element | undefined, leaf: Leaf): void {
    const finds = this.finds[slot]!;
    const last = finds.at(-1);
    if (last !== undefined && last.element === element) last.leaves.push(leaf);
    else finds.push({ at: this.#count++, element, leaves: [leaf] });
  }

  /** One that comes next in the list `within`, or belongs to the element that stands there. */
  #value(
    cursor: JsonCursor,
    frames: Frame[],
    { node, element: parent, list: within }: Frame,
  ): void {
    const start = cursor.peek();
    if (start === "object" || start === "list") {
      const from = this.#count;
      const self = within && { from, to: from, list: within, parent };
      const list = start === "list" ? { from, to: from } : undefined;
      frames.push({ node, element: self ?? parent, ...(list && { list }), ...(self && { self }) });
      cursor.step();
    } else if (node.slot === undefined) cursor.skip();
    else if (start === "end") throw new Error("a value is missing");
    else {
      const text = start === "text" ? cursor.text() : cursor.bare();
      this.found(node.slot, parent, leafOf(start, text));
    }
  }
}

/** Compared often, and read as a number once. */
export function leafOf(kind: Leaf["kind"], text: string): Leaf {
  return kind === "number" ? { kind, text, value: comparableNumber(text) } : { kind, text };
}

/** A name with dots in it is as many steps. */
function stepsTo(node: PathNode, name: string): PathNode | undefined {
  if (!name.includes(".")) return node.steps.get(name);
  let at: PathNode | undefined = node;
  for (const step of name.split(".")) at = at?.steps.get(step);
  return at;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
