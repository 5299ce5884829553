/** Bodies of calls: JSON and CBOR, against the shapes of all operations. */
import { isDeepStrictEqual } from "node:util";
import { ServiceError } from "../../../src/errors.ts";
import { PARSED_DEPTH_MAX, PARSED_VALUES_MAX_COUNT } from "../../../src/limits.ts";
import { SERVICES } from "../../../src/operations/services.ts";
import { decodeCbor } from "../../../src/wire/cbor.ts";
import { parseCbor } from "../../../src/wire/cbor-parse.ts";
import { printCbor } from "../../../src/wire/cbor-print.ts";
import { isObject } from "../../../src/wire/decode.ts";
import { decodeJson, encodeJson } from "../../../src/wire/json.ts";
import { parseJson } from "../../../src/wire/json-parse.ts";
import { validate } from "../../../src/wire/validate.ts";
import { atTheBounds } from "../../unit/hostile/inputs.ts";
import type { Chance } from "../chance.ts";
import { drawShape } from "../draw-shape.ts";
import { mutateTree, printTree, treeOf } from "../json-tree.ts";
import { mutateBytes, mutateText } from "../mutate.ts";
import { fuzzTarget, hold } from "../target.ts";

const ROWS = SERVICES.flatMap((service) =>
  [...service.operations].flatMap(([name, row]) =>
    row.kind === "operation"
      ? [[`${service.signingName}:${name}`, { service, input: row.input }] as const]
      : [],
  ),
);
const ROW_OF = new Map<string, (typeof ROWS)[number][1]>(ROWS);
const NAMES = [...ROW_OF.keys()];
const rowOf = (name: string) => ROW_OF.get(name)!;
type Row = ReturnType<typeof rowOf>;

const JSON_WORDS = [
  "[",
  "]",
  "{",
  "}",
  ",",
  ":",
  '"',
  "\\",
  '\\"',
  "\\u",
  "0",
  "-",
  "e",
  "null",
  " ",
];

export const jsonBodies = () =>
  fuzzTarget({
    draw(chance) {
      const operation = chance.pick(NAMES);
      const tree = mutateTree(chance, treeOf(drawShape(chance, rowOf(operation).input)));
      const text = printTree(tree);
      return { operation, text: chance.may(0.2) ? mutateText(chance, text, JSON_WORDS) : text };
    },
    check({ operation, text }) {
      const row = rowOf(operation);
      const parsed = parseJson(text);
      const whole = parsedByNode(text);
      if (parsed === undefined) {
        hold(whole === undefined || !isModest(text), "what is JSON, and modest, is parsed");
        return "no JSON";
      }
      hold(isDeepStrictEqual(parsed, whole), "what is parsed is what stands there");
      if (!isObject(parsed)) return "no structure";
      return decoded(row, (value) => decodeJson(row.input, value), parsed, JSON_ENCODING);
    },
  });

export const cborBodies = () =>
  fuzzTarget({
    draw(chance) {
      const operation = chance.pick(NAMES);
      const right = printCbor(cborInput(chance, rowOf(operation)));
      const other = printCbor(cborInput(chance, rowOf(chance.pick(NAMES))));
      return { operation, bytes: chance.may(0.1) ? right : mutateBytes(chance, right, [other]) };
    },
    check({ operation, bytes }) {
      const row = rowOf(operation);
      const parsed = parseCbor(bytes);
      if (parsed === undefined) return "no CBOR";
      const again = parseCbor(printCbor(parsed));
      hold(isDeepStrictEqual(again, parsed), "what is parsed can be printed and parsed again");
      if (!isObject(parsed)) return "no structure";
      return decoded(row, (value) => decodeCbor(row.input, value), parsed, CBOR_ENCODING);
    },
  });

function cborInput(chance: Chance, { input }: Row): unknown {
  return chance.may(0.01) ? atTheBounds(input) : drawShape(chance, input);
}

interface Encoding {
  print(input: unknown): string;
  parse(text: string): unknown;
}

const JSON_ENCODING: Encoding = {
  print: (input) => encodeJson(input as object),
  parse: JSON.parse,
};
const CBOR_ENCODING: Encoding = {
  print: (input) => Buffer.from(printCbor(input)).toString("hex"),
  parse: (text) => parseCbor(Buffer.from(text, "hex")),
};

/** Refusals are of two kinds, and what is taken comes back the same from the encoding. */
function decoded(
  { service, input: shape }: Row,
  decode: (value: unknown) => unknown,
  parsed: unknown,
  { print, parse }: Encoding,
): string {
  let input: unknown;
  try {
    input = decode(parsed);
  } catch (error) {
    hold(error instanceof ServiceError, `a wrong type is told, not ${String(error)}`);
    hold(error.name === "SerializationException", `a wrong type is no ${error.name}`);
    return "wrong type";
  }
  const printed = print(input);
  hold(print(decode(parse(printed))) === printed, "what is decoded is encoded the same");
  try {
    validate(shape, input, service);
  } catch (error) {
    hold(error instanceof ServiceError, `a bound is told, not ${String(error)}`);
    hold(error.message.length < 20_000, "no sentence grows with what was asked");
    return "out of bounds";
  }
  return "taken";
}

function parsedByNode(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Of JSON text. Members count though another of their name hides them: they are built as well. */
function isModest(text: string): boolean {
  const signs = text.replaceAll(/"(?:[^"\\]|\\.)*"|[^[\]{},]/gs, "");
  let depth = 0;
  let deepest = 0;
  for (const sign of signs) {
    if (sign === "[" || sign === "{") deepest = Math.max(deepest, ++depth);
    else if (sign !== ",") depth--;
  }
  const valueCount = 1 + signs.replaceAll(/[\]}]/g, "").length;
  return deepest <= PARSED_DEPTH_MAX && valueCount <= PARSED_VALUES_MAX_COUNT;
}
