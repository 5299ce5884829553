/**
 * The resources of serverless.yml without the framework: the included files, CloudFormation's short tags, and
 * the stage that tests run under.
 */
import { readFileSync } from "node:fs";
import { DEFAULT_SCHEMA, load, Type } from "js-yaml";
import { REGION } from "../../offline/aws-json.ts";
import { completeTemplate } from "../../offline/deployment.mjs";
import { render, type Resource } from "../../offline/template.ts";

const root = new URL("../../", import.meta.url);

const SHORT_TAGS: Readonly<Record<string, string>> = {
  "!Ref": "Ref",
  "!GetAtt": "Fn::GetAtt",
  "!Sub": "Fn::Sub",
  "!Join": "Fn::Join",
  "!Split": "Fn::Split",
  "!Select": "Fn::Select",
  "!Condition": "Condition",
  "!If": "Fn::If",
  "!Equals": "Fn::Equals",
  "!Not": "Fn::Not",
  "!And": "Fn::And",
  "!Or": "Fn::Or",
};

const schema = DEFAULT_SCHEMA.extend(
  Object.entries(SHORT_TAGS).flatMap(([tag, name]) =>
    (["scalar", "sequence", "mapping"] as const).map(
      (kind) => new Type(tag, { kind, construct: (data: unknown) => ({ [name]: data }) }),
    ),
  ),
);

const parse = (file: string, substitute: (text: string) => string): unknown =>
  load(substitute(readFileSync(new URL(file, root), "utf8")), { schema });

interface Declared {
  readonly custom: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly functions: Readonly<Record<string, { readonly timeout?: number }>>;
  readonly provider: { readonly timeout: number };
  readonly params: { readonly default: Readonly<Record<string, string | number>> };
  readonly resources: readonly string[];
}

let service: Declared | undefined;
/** As it is written: variables stand in it. */
export const readService = () => (service ??= parse("serverless.yml", (text) => text) as Declared);

const STAGE = ["${sls:stage}", "dev"] as const;
const REGION_SETTING = "${self:provider.region}";

type Params = Readonly<Record<string, string | number>>;

/** Fills in the framework's variables, those that stand in what is filled in as well. */
function fillIn(text: string, params: Params, region: string = REGION): string {
  const filled = text
    .replaceAll(...STAGE)
    .replaceAll(REGION_SETTING, region)
    .replaceAll(/\$\{param:(\w+)\}/g, (_, name: string) => String(params[name]))
    .replaceAll(
      /\$\{self:custom\.(\w+)\.([\w-]+)(?:, '(\w+)')?\}/g,
      (_, name: string, choice: string, otherwise: string | undefined) => {
        const value = readService().custom[name]?.[choice] ?? otherwise;
        return typeof value === "string" ? value : JSON.stringify(value);
      },
    );
  return filled === text ? text : fillIn(filled, params, region);
}

/** What `custom` has of that name for that choice. */
export function declaredChoice(name: string, choice: string): unknown {
  return readService().custom[name]?.[choice];
}

/** The lines of all that the template is made of. */
export function readServiceText(): readonly string[] {
  const files = ["serverless.yml", ...includedFiles()];
  return files.flatMap((file) => readFileSync(new URL(file, root), "utf8").split("\n"));
}

const includedFiles = () =>
  readService().resources.map((include) => /\$\{file\((.+)\)\}/.exec(include)?.[1] ?? "");

export function declaredFunctions(): readonly string[] {
  return Object.keys(readService().functions);
}

/** In seconds, by the function's name in lower case. */
export function declaredTimeouts(): Readonly<Record<string, number>> {
  const { functions, provider } = readService();
  return Object.fromEntries(
    Object.entries(functions).map(([name, { timeout }]) => [name, timeout ?? provider.timeout]),
  );
}

/** A parameter as CloudFormation would have it where nobody gives it. */
export function renderedDefault(parameter: string, region?: string): string {
  const declared = readService().params.default;
  return render({ "Fn::Sub": fillIn(String(declared[parameter]), declared, region) }) as string;
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, unknown>>;
}

/**
 * What resources/ declares of the template: nothing of the framework's own is in it.
 * @param params in place of the defaults
 */
export function readTemplate(params: Readonly<Record<string, string>> = {}): Template {
  const { params: declared } = readService();
  const substitute = (text: string) => fillIn(text, { ...declared.default, ...params });
  const template = { Resources: {}, Outputs: {}, Conditions: {} };
  for (const file of includedFiles()) {
    for (const [part, declarations] of Object.entries(parse(file, substitute) as object)) {
      Object.assign(template[part as keyof typeof template] ?? {}, declarations);
    }
  }
  completeTemplate(template);
  return template;
}

/** @param params in place of the defaults */
export const readResources = (params?: Readonly<Record<string, string>>) =>
  readTemplate(params).Resources;
