/**
 * An operation's input as options of the command line, written as AWS's own tool writes them: `--batch-size 7`,
 * `--no-enabled`, `--filter-criteria '{"Filters":[…]}'`. They are read off the operation's shape.
 */
import { parseArgs, type ParseArgsConfig } from "node:util";
import type { Members, Shape } from "../../src/wire/shape.ts";

type Config = NonNullable<ParseArgsConfig["options"]>;
type Value = string | boolean | (string | boolean)[] | undefined;

/** `optionName("MaximumRetryAttempts")` → `"maximum-retry-attempts"`; `"UUID"` → `"uuid"`. */
export function optionName(member: string): string {
  return member
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replaceAll(/([A-Z])([A-Z][a-z])/g, "$1-$2")
    .toLowerCase();
}

export interface Options {
  readonly input: Readonly<Record<string, unknown>>;
  readonly endpointUrl?: string;
  /** Those of the command's own flags that were given. */
  readonly flags: ReadonlySet<string>;
  /** Then nothing else was looked at. */
  readonly isHelpWanted: boolean;
}

/**
 * Throws when an option cannot be read, is not known, or is missing.
 * @param flags what the command takes beside the operation's members, such as `watch`
 */
export function readOptions(
  members: Members,
  args: readonly string[],
  flags: readonly string[] = [],
): Options {
  const own: Config = Object.fromEntries(
    Object.entries(members).map(([name, shape]) => [optionName(name), optionOf(shape)]),
  );
  const options: Config = {
    ...own,
    ...Object.fromEntries(flags.map((flag) => [flag, { type: "boolean" }])),
    "endpoint-url": { type: "string" },
    help: { type: "boolean" },
  };
  const values = parse({ args: [...args], options, allowNegative: true });
  if (values["help"]) return { input: {}, flags: new Set(), isHelpWanted: true };
  const input: Record<string, unknown> = {};
  for (const [name, shape] of Object.entries(members)) {
    const option = optionName(name);
    const value = values[option];
    if (value !== undefined) input[name] = readValue(`--${option}`, shape, value);
    else if (shape.required) throw new Error(`--${option} is missing`);
  }
  const endpointUrl = values["endpoint-url"];
  return {
    input,
    flags: new Set(flags.filter((flag) => values[flag] === true)),
    isHelpWanted: false,
    ...(typeof endpointUrl === "string" && { endpointUrl }),
  };
}

/** Node's parser, its hints about positional arguments left out. */
export function parse(config: ParseArgsConfig): Readonly<Record<string, Value>> {
  try {
    return parseArgs(config).values;
  } catch (error) {
    const [sentence] = (error as Error).message.split(/\. |\n/);
    throw new Error(`${sentence!.replace(/\.$/, "")}; --help lists the options`, { cause: error });
  }
}

function optionOf({ kind }: Shape): Config[string] {
  return kind === "boolean" ? { type: "boolean" } : { type: "string", multiple: kind === "list" };
}

function readValue(option: string, shape: Shape, value: NonNullable<Value>): unknown {
  if (typeof value === "boolean") return value;
  if (Array.isArray(value)) return readList(option, shape, value.map(String));
  switch (shape.kind) {
    case "integer":
    case "long":
    case "double":
      return readNumber(option, value);
    case "timestamp":
      return readTime(option, value);
    case "structure":
    case "map":
      return readJson(option, value);
    default:
      return value;
  }
}

/** Values one by one, or one JSON list. */
function readList(option: string, shape: Shape, texts: readonly string[]): unknown {
  const isText = shape.kind === "list" && shape.member.kind === "string";
  const [first = ""] = texts;
  return isText && !first.startsWith("[") ? texts : readJson(option, first);
}

function readNumber(option: string, text: string): number {
  const number = Number(text);
  if (text === "" || Number.isNaN(number)) {
    throw new Error(`${option} must be a number, got ${text}`);
  }
  return number;
}

/** Seconds since the epoch, as the wire has them. */
function readTime(option: string, text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Date.parse(text) / 1000;
  if (Number.isNaN(seconds)) {
    throw new Error(`${option} must be a time such as 2026-11-22T08:00:00Z, got ${text}`);
  }
  return seconds;
}

function readJson(option: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${option} must be JSON, got ${text}`);
  }
}

/** A delivery stream may be named without its option: `hydrant status access-logs`. */
export function withStreamName(args: readonly string[]): readonly string[] {
  const [first, ...rest] = args;
  return first === undefined || first.startsWith("-")
    ? args
    : ["--delivery-stream-name", first, ...rest];
}
