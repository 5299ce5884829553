/**
 * Further functions for the local stack, from a YAML file of the user's own: `{name: {handler: path.export}}`,
 * paths relative to that file. Nothing is ever written beside the user's files. Under `resources` the file may declare
 * what they read, as serverless.yml does, and under `tables` what record format conversion has its columns from.
 */
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { REGION, ACCOUNT_ID } from "./aws-json.ts";
import {
  FUNCTION_TIMEOUT_MAX_SECONDS,
  MEMORY_MAX_MB,
  MEMORY_MIN_MB,
  CONCURRENCY_MAX_COUNT,
} from "./lambda/limits.ts";
import { checkDeclared } from "./declared-types.ts";
import type { FunctionDefinition } from "./mappings.ts";
import { readTables, type Tables } from "./tables.ts";
import type { Entry, Resource } from "./template.ts";
import { parseYaml } from "./yaml.ts";

export interface ExtraFunction {
  readonly name: string;
  /** `transform.handler`: file and export, relative to `baseDir`. */
  readonly handler: string;
  readonly baseDir: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** So many at a time and no more, as on Lambda; absent: as many as there is room for. */
  readonly reservedConcurrency?: number;
  /** May refer to resources. */
  readonly environment: Readonly<Record<string, unknown>>;
}

export interface Extra {
  readonly functions: readonly ExtraFunction[];
  readonly resources: Readonly<Record<string, Resource>>;
  readonly tables: Tables;
}

const DEFAULT_TIMEOUT_SECONDS = 60;
/** Serverless Framework's. */
const DEFAULT_MEMORY_MB = 1024;

export function readExtraFunctions(file: string): Extra {
  const { functions: listed, ...others } = parse(file);
  const functions = Object.entries(listed).map(([name, definition]) =>
    readFunction(file, name, definition),
  );
  return { functions, ...others };
}

interface Definition {
  readonly handler?: unknown;
  readonly timeout?: unknown;
  readonly memorySize?: unknown;
  readonly reservedConcurrency?: unknown;
  readonly environment?: unknown;
}

function readFunction(file: string, name: string, definition: Definition | null): ExtraFunction {
  if (!/^[a-zA-Z0-9-_]{1,64}$/.test(name)) {
    throw new Error(
      `${file}: a function's name must be 1..64 letters, digits, - or _, got ${name}`,
    );
  }
  const { handler, timeout, memorySize, reservedConcurrency, environment, ...others } =
    definition ?? {};
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new Error(`${file}: ${name} has an unknown member ${unknown}`);
  if (typeof handler !== "string" || handler === "") {
    throw new Error(`${file}: ${name} has no handler`);
  }
  const integer = (member: string, value: unknown, min: number, max: number) => {
    if (!Number.isInteger(value) || Number(value) < min || Number(value) > max) {
      throw new Error(`${file}: ${member} of ${name} must be ${min}..${max}, got ${String(value)}`);
    }
    return Number(value);
  };
  if (environment !== undefined && !isObject(environment)) {
    throw new Error(`${file}: environment of ${name} must map names to values`);
  }
  return {
    name,
    handler,
    baseDir: dirname(file),
    timeoutSeconds: integer(
      "timeout",
      timeout ?? DEFAULT_TIMEOUT_SECONDS,
      1,
      FUNCTION_TIMEOUT_MAX_SECONDS,
    ),
    memoryMb: integer("memorySize", memorySize ?? DEFAULT_MEMORY_MB, MEMORY_MIN_MB, MEMORY_MAX_MB),
    ...(reservedConcurrency !== undefined && {
      reservedConcurrency: integer(
        "reservedConcurrency",
        reservedConcurrency,
        0,
        CONCURRENCY_MAX_COUNT,
      ),
    }),
    environment: environment ?? {},
  };
}

/** One that serverless.yml declares. */
export function exampleFunction(
  { name, handler, timeout, environment }: FunctionDefinition,
  baseDir: string,
): ExtraFunction {
  return {
    name,
    handler,
    baseDir,
    timeoutSeconds: timeout ?? DEFAULT_TIMEOUT_SECONDS,
    memoryMb: DEFAULT_MEMORY_MB,
    environment: environment ?? {},
  };
}

/** What templates may say of functions: `clean-up` is `CleanDashupLambdaFunction` in them. */
export function functionEntries(
  functions: Readonly<Record<string, { readonly name: string }>>,
): readonly (readonly [string, Entry])[] {
  return Object.entries(functions).map(([key, { name }]) => [
    `${key.charAt(0).toUpperCase()}${key.slice(1)}`
      .replaceAll("-", "Dash")
      .replaceAll("_", "Underscore") + "LambdaFunction",
    { ref: name, attributes: { Arn: functionArn(name) } },
  ]);
}

export function functionArn(name: string): string {
  return `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${name}`;
}

interface Listed {
  readonly functions: Readonly<Record<string, Definition | null>>;
  readonly resources: Extra["resources"];
  readonly tables: Tables;
}

function parse(file: string): Listed {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new Error(`the file of functions cannot be read: ${file}`, { cause });
  }
  const listed = parseYaml(text) ?? {};
  if (!isObject(listed)) {
    throw new Error(
      `${file} must map names to functions, such as {my-transform: {handler: transform.handler}}`,
    );
  }
  const { resources, tables, ...functions } = listed;
  return {
    functions: functions as Listed["functions"],
    resources: readResources(file, resources ?? {}),
    tables: readTables(file, tables ?? {}),
  };
}

/** What is misspelt would count as declared no longer. */
function readResources(file: string, given: unknown): Extra["resources"] {
  if (!isObject(given)) throw new Error(`${file}: resources must hold Resources`);
  const { Resources = {}, ...others } = given;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new Error(`${file}: resources must hold nothing but Resources, got ${unknown}`);
  }
  if (!isObject(Resources)) throw new Error(`${file}: Resources must map names to resources`);
  checkDeclared(file, Resources);
  return Resources as Extra["resources"];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
