/**
 * Members whose scalars came as text, as CloudFormation passes them on. Numbers and times are made of texts that read
 * as one; the rest is left to the decoder, which says what is wrong with it.
 */
import { isObject } from "./decode.ts";
import { decodeJson } from "./json.ts";
import type { Shape } from "./shape.ts";

/** Answers what `Infer` says of the shape. `{ BatchSize: "100" }` → `{ BatchSize: 100 }` */
export function decodeTextProperties(shape: Shape, value: unknown): unknown {
  return decodeJson(shape, withNumbers(shape, value));
}

function withNumbers(shape: Shape, value: unknown): unknown {
  switch (shape.kind) {
    case "integer":
    case "long":
    case "double":
    case "timestamp":
      return toNumber(value);
    case "list":
      return Array.isArray(value) ? value.map((item) => withNumbers(shape.member, item)) : value;
    case "map":
      return withEach(value, () => shape.value);
    case "structure":
      return withEach(value, (name) => shape.members[name]);
    case "string":
    case "boolean":
    case "blob":
      return value;
  }
}

function withEach(value: unknown, shapeOf: (name: string) => Shape | undefined): unknown {
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([name, item]) => {
    const shape = shapeOf(name);
    return [name, shape ? withNumbers(shape, item) : item];
  });
  return Object.fromEntries(entries);
}

function toNumber(value: unknown): unknown {
  if (typeof value !== "string" || value.trim() === "") return value;
  const number = Number(value);
  return Number.isFinite(number) ? number : value;
}
