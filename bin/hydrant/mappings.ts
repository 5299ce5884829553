/** `hydrant mappings`: Lambda's operations on event source mappings, each an option for each member. */
import { hydrantService } from "../../src/operations/hydrant/index.ts";
import { refusedMembers } from "../../src/operations/hydrant/refused-members.ts";
import { type Members, required } from "../../src/wire/shape.ts";
import { call } from "./call.ts";
import type { Connection } from "./connection.ts";
import { describeOptions } from "./option-help.ts";
import { type Options, readOptions } from "./options.ts";
import { pages } from "./pages.ts";

export const LIST = "ListEventSourceMappings";

const COMMANDS: ReadonlyMap<string, string> = new Map([
  ["list", LIST],
  ["create", "CreateEventSourceMapping"],
  ["get", "GetEventSourceMapping"],
  ["update", "UpdateEventSourceMapping"],
  ["delete", "DeleteEventSourceMapping"],
]);

/** No options: all pages are asked for. */
const PAGING = ["Marker", "MaxItems"];

/** What the shapes leave optional, and the service then refuses. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  CreateEventSourceMapping: ["EventSourceArn", "StartingPosition"],
};

/** Members of answers that are times, in seconds. */
const TIMES = new Set(["LastModified", "StartingPositionTimestamp"]);

export const MAPPINGS_USAGE = `usage: hydrant mappings ${[...COMMANDS.keys()].join("|")} [options]
       hydrant mappings <command> --help lists its options, which are those of Lambda's API.`;

export async function runMappings(
  [command = "", ...rest]: readonly string[],
  connect: (options: Options) => Connection,
): Promise<void> {
  const operation = COMMANDS.get(command);
  if (command === "--help") return console.log(MAPPINGS_USAGE);
  if (operation === undefined) throw new Error(MAPPINGS_USAGE);
  const members = offeredMembers(operation);
  const options = readOptions(members, rest);
  if (options.isHelpWanted) {
    const otherwise = command === "create" ? "default" : "unchanged";
    console.log(
      `usage: hydrant mappings ${command} [options]\n${describeOptions(members, otherwise)}`,
    );
  } else if (operation === LIST) {
    print({ EventSourceMappings: await listMappings(connect(options), options.input) });
  } else print(await call(connect(options), operation, options.input));
}

export function listMappings(connection: Connection, input: object): Promise<readonly unknown[]> {
  return pages(connection, LIST, "EventSourceMappings", input);
}

/** Nothing that the service would only refuse. */
export function offeredMembers(operation: string): Members {
  const row = hydrantService.operations.get(operation);
  if (row?.kind !== "operation") throw new Error(`${operation} is not offered`);
  const needed = NEEDED[operation] ?? [];
  const members = Object.entries(row.input.members)
    .filter(([name]) => !PAGING.includes(name) && !(name in refusedMembers))
    .map(([name, shape]) => [name, needed.includes(name) ? required(shape) : shape] as const);
  return Object.fromEntries(members);
}

function print(answer: object): void {
  const asTime = (name: string, value: unknown) =>
    TIMES.has(name) ? new Date(Number(value) * 1000).toISOString() : value;
  console.log(JSON.stringify(answer, asTime, 2));
}
