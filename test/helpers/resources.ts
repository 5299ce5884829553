/**
 * The resources of serverless.yml without the framework: the included files, CloudFormation's short tags, and
 * the stage that tests run under.
 */
import { readFileSync } from "node:fs";
import { DEFAULT_SCHEMA, load, Type } from "js-yaml";
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
const readService = () => (service ??= parse("serverless.yml", (text) => text) as Declared);

const STAGE = ["${sls:stage}", "dev"] as const;

export function declaredFunctions(): readonly string[] {
  return Object.keys(readService().functions);
}

/** A parameter as CloudFormation would have it where nobody gives it. */
export function renderedDefault(parameter: string): string {
  const text = String(readService().params.default[parameter]).replaceAll(...STAGE);
  return render({ "Fn::Sub": text }) as string;
}

/** @param params in place of the defaults */
export function readResources(
  params: Readonly<Record<string, string>> = {},
): Readonly<Record<string, Resource>> {
  const { params: declared, resources, custom } = readService();
  const substitute = (text: string): string =>
    text
      .replaceAll(/\$\{param:(\w+)\}/g, (_, name: string) =>
        String(params[name] ?? declared.default[name]),
      )
      .replaceAll(/\$\{self:custom\.(\w+)\.(\w+)\}/g, (_, name: string, choice: string) =>
        JSON.stringify(custom[name]?.[choice]),
      )
      .replaceAll(...STAGE);
  const files = resources.map((include) => /\$\{file\((.+)\)\}/.exec(include)?.[1] ?? "");
  const parts = files.map(
    (file) =>
      parse(file, substitute) as { readonly Resources?: Readonly<Record<string, Resource>> },
  );
  return Object.assign({}, ...parts.map(({ Resources }) => Resources ?? {})) as Readonly<
    Record<string, Resource>
  >;
}
