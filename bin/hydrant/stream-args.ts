/** Arguments of commands about one delivery stream: its name first, as in `hydrant replay access-logs --from 2h`. */
import type { ParseArgsConfig } from "node:util";
import { type Options, parse } from "./options.ts";

export const TEXT = { type: "string" } as const;
export const FLAG = { type: "boolean" } as const;

export type Values = ReturnType<typeof parse>;

export function readArgs(
  args: readonly string[],
  options: NonNullable<ParseArgsConfig["options"]>,
): { readonly stream: string | undefined; readonly values: Values } {
  const [first] = args;
  const stream = first === undefined || first.startsWith("-") ? undefined : first;
  const values = parse({
    args: args.slice(stream === undefined ? 0 : 1),
    options: { ...options, "endpoint-url": TEXT, help: FLAG },
    allowNegative: true,
  });
  return { stream, values };
}

export function toOptions({ "endpoint-url": endpointUrl }: Values): Options {
  const none = { input: {}, flags: new Set<string>(), isHelpWanted: false };
  return typeof endpointUrl === "string" ? { ...none, endpointUrl } : none;
}
