/** A processor of a ProcessingConfiguration, and its parameters. */
import type { ProcessingConfiguration } from "./s3-shapes.ts";

export type Processor = NonNullable<ProcessingConfiguration["Processors"]>[number];
type Parameter = NonNullable<Processor["Parameters"]>[number]["ParameterName"];

export function valueOf({ Parameters = [] }: Processor, name: Parameter): string | undefined {
  return Parameters.find(({ ParameterName }) => ParameterName === name)?.ParameterValue;
}
