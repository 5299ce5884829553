/** YAML as CloudFormation has it: `!GetAtt Clicks.Arn` is `{ "Fn::GetAtt": "Clicks.Arn" }`. */
import { CORE_SCHEMA, load, Type } from "js-yaml";

const intrinsics = (["scalar", "sequence", "mapping"] as const).map(
  (kind) =>
    new Type("!", {
      kind,
      multi: true,
      construct(argument: unknown, tag = "") {
        const name = tag.replace(/^!/, "");
        return { [name === "Ref" ? name : `Fn::${name}`]: argument };
      },
    }),
);
const schema = CORE_SCHEMA.extend(intrinsics);

export function parseYaml(text: string): unknown {
  return load(text, { schema });
}
