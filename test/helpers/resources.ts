/**
 * The resources of serverless.yml without the framework: the included files, CloudFormation's short tags, and
 * the stage that tests run under.
 */
import { readFileSync } from "node:fs";
import { DEFAULT_SCHEMA, load, Type } from "js-yaml";
import { REGION } from "../../offline/aws-json.ts";
import { render, type Resource } from "../../offline/template.ts";

const root = new URL("../../", import.meta.url);

const SHORT_TAGS: Readonly<Record<string, string>> = {
  "!Ref": "Ref",
  "!GetAtt": "Fn::GetAtt",
  "!Sub": "Fn::Sub",
  "!Join": "Fn::Join",
  "!Split": "Fn::Split",
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
  readonly functions: Readonly<Record<string, unknown>>;
  readonly params: { readonly default: Readonly<Record<string, string | number>> };
  readonly resources: readonly string[];
}

let service: Declared | undefined;
/** As it is written: variables stand in it. */
export const readService = () => (service ??= parse("serverless.yml", (text) => text) as Declared);

const STAGE = ["${sls:stage}", "dev"] as const;
const REGION_OPTION = "${opt:region, 'us-east-1'}";

type Params = Readonly<Record<string, string | number>>;

/** Fills in the framework's variables, those that stand in what is filled in as well. */
function fillIn(text: string, params: Params, region: string = REGION): string {
  const filled = text
    .replaceAll(...STAGE)
    .replaceAll(REGION_OPTION, region)
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

/** A parameter as CloudFormation would have it where nobody gives it. */
export function renderedDefault(parameter: string, region?: string): string {
  const declared = readService().params.default;
  return render({ "Fn::Sub": fillIn(String(declared[parameter]), declared, region) }) as string;
}

/** @param params in place of the defaults */
export function readResources(
  params: Readonly<Record<string, string>> = {},
): Readonly<Record<string, Resource>> {
  const { params: declared } = readService();
  const substitute = (text: string) => fillIn(text, { ...declared.default, ...params });
  const parts = includedFiles().map(
    (file) =>
      parse(file, substitute) as { readonly Resources?: Readonly<Record<string, Resource>> },
  );
  return Object.assign({}, ...parts.map(({ Resources }) => Resources ?? {})) as Readonly<
    Record<string, Resource>
  >;
}
