/**
 * Further functions for the local stack, from a YAML file of the user's own: `{name: {handler: path.export}}`,
 * paths relative to that file. Each gets a one-line module among our own, which the bundler follows to the
 * user's, so that nothing is ever written beside the user's files. Under `resources` the file may declare what
 * they read, as serverless.yml does.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { REGION, ACCOUNT_ID } from "./aws-json.ts";
import type { Entry, Resource } from "./template.ts";
import { parseYaml } from "./yaml.ts";

export interface ExtraFunction {
  readonly name: string;
  /** As serverless.yml would give it, relative to the service. */
  readonly handler: string;
  readonly timeoutSeconds?: number;
}

export interface Extra {
  readonly functions: readonly ExtraFunction[];
  readonly resources: Readonly<Record<string, Resource>>;
}

const EXTENSIONS = [".ts", ".mts", ".js", ".mjs", ".cjs"];

export function readExtraFunctions(file: string, serviceDir: string, shimDir: string): Extra {
  const { functions: listed, resources } = parse(file);
  const functions = Object.entries(listed).map(([name, definition]) => {
    if (!/^[a-zA-Z0-9-_]{1,64}$/.test(name)) {
      throw new Error(
        `${file}: a function's name must be 1..64 letters, digits, - or _, got ${name}`,
      );
    }
    const { modulePath, exported } = locate(file, name, definition?.handler);
    const shim = join(shimDir, `${name}.js`);
    mkdirSync(shimDir, { recursive: true });
    writeFileSync(shim, `export { ${exported} as handler } from ${JSON.stringify(modulePath)};\n`);
    const path = relative(serviceDir, shim).slice(0, -".js".length);
    const timeout = definition?.timeout;
    return {
      name,
      handler: `${path}.handler`,
      ...(timeout === undefined ? {} : { timeoutSeconds: timeout }),
    };
  });
  return { functions, resources };
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

type Definitions = Readonly<
  Record<string, { readonly handler?: string; readonly timeout?: number } | null>
>;

interface Listed {
  readonly functions: Definitions;
  readonly resources: Extra["resources"];
}

function parse(file: string): Listed {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new Error(`the file of functions cannot be read: ${file}`, { cause });
  }
  const listed = parseYaml(text) ?? {};
  if (typeof listed !== "object" || Array.isArray(listed)) {
    throw new Error(
      `${file} must map names to functions, such as {my-transform: {handler: transform.handler}}`,
    );
  }
  const { resources, ...functions } = listed as Record<string, unknown>;
  const { Resources = {} } = (resources ?? {}) as { readonly Resources?: Extra["resources"] };
  return { functions: functions as Definitions, resources: Resources };
}

/** Takes `transform.handler` as Lambda does, and `transform.ts` or `./transform.mjs` for its export `handler`. */
function locate(file: string, name: string, handler: string | undefined) {
  if (handler === undefined) throw new Error(`${file}: ${name} has no handler`);
  const base = dirname(file);
  const whole = resolve(base, handler);
  if (existsSync(whole)) return { modulePath: whole, exported: "handler" };
  const dot = handler.lastIndexOf(".");
  const stem = resolve(base, handler.slice(0, dot));
  for (const extension of EXTENSIONS) {
    if (dot > 0 && existsSync(stem + extension)) {
      return { modulePath: stem + extension, exported: handler.slice(dot + 1) };
    }
  }
  throw new Error(`${file}: the handler of ${name} was not found: ${handler}`);
}
