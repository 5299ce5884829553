/** The command line: consumers' lag, and event source mappings. See `USAGE`. */
import { systemClock } from "../../src/clock.ts";
import { hydrantService } from "../../src/operations/hydrant/index.ts";
import type { Members } from "../../src/wire/shape.ts";
import { call } from "./call.ts";
import { type Connection, connectionFrom, LOCAL_ENDPOINT } from "./connection.ts";
import { type MappingRow, printConsumer, type ShardRow } from "./consumers.ts";
import { type Options, optionName, readOptions } from "./options.ts";

const USAGE = `usage: npx hydrant consumers [--event-source-arn ARN] [--function-name NAME]
       npx hydrant mappings list [--event-source-arn ARN] [--function-name NAME]
       npx hydrant mappings create --event-source-arn ARN --function-name NAME --starting-position LATEST [options]
       npx hydrant mappings get|update|delete --uuid UUID [options]
       npx hydrant mappings <command> --help lists its options, which are those of Lambda's API.

  --endpoint-url URL   the endpoint that producers have, too (${LOCAL_ENDPOINT})
  AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION say who calls; locally nothing needs to be set.`;

const HELP = "--help";
const LIST = "ListEventSourceMappings";

const MAPPING_COMMANDS: ReadonlyMap<string, string> = new Map([
  ["list", LIST],
  ["create", "CreateEventSourceMapping"],
  ["get", "GetEventSourceMapping"],
  ["update", "UpdateEventSourceMapping"],
  ["delete", "DeleteEventSourceMapping"],
]);

/** No options: all pages are asked for. */
const PAGING = new Set(["Marker", "MaxItems"]);

/** Members of answers that are times, in seconds. */
const TIMES = new Set(["LastModified", "StartingPositionTimestamp"]);

try {
  await run(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function run([topic, ...args]: readonly string[]): Promise<void> {
  if (topic === HELP || (topic === "mappings" && args[0] === HELP)) {
    console.log(USAGE);
  } else if (topic === "consumers") {
    const options = readOptions(membersOf(LIST), args);
    if (options.isHelpWanted) console.log(USAGE);
    else await showConsumers(connect(options), options.input);
  } else if (topic === "mappings") await runMappings(args);
  else throw new Error(USAGE);
}

async function runMappings([command = "", ...rest]: readonly string[]): Promise<void> {
  const operation = MAPPING_COMMANDS.get(command);
  if (operation === undefined) throw new Error(USAGE);
  const options = readOptions(membersOf(operation), rest);
  if (options.isHelpWanted) showOptions(operation);
  else if (operation === LIST) {
    print({ EventSourceMappings: await listAll(connect(options), options.input) });
  } else print(await call(connect(options), operation, options.input));
}

function connect({ endpointUrl = LOCAL_ENDPOINT }: Options): Connection {
  return connectionFrom(endpointUrl, process.env);
}

function showOptions(operation: string): void {
  const members = Object.keys(membersOf(operation));
  console.log(members.map((member) => `--${optionName(member)}`).join("\n"));
}

function membersOf(operation: string): Members {
  const row = hydrantService.operations.get(operation);
  if (row?.kind !== "operation") throw new Error(`${operation} is not offered`);
  const members = Object.entries(row.input.members);
  return Object.fromEntries(members.filter(([name]) => !PAGING.has(name)));
}

async function showConsumers(connection: Connection, input: object): Promise<void> {
  const mappings = (await listAll(connection, input)) as readonly MappingRow[];
  if (mappings.length === 0) console.log("no event source mappings");
  for (const mapping of mappings) {
    const { UUID } = mapping;
    const operation = "DescribeEventSourceMappingProgress";
    const shards = await pages(connection, operation, "Shards", { UUID });
    console.log(printConsumer(mapping, shards as readonly ShardRow[], systemClock.now()));
  }
}

function listAll(connection: Connection, input: object): Promise<readonly unknown[]> {
  return pages(connection, LIST, "EventSourceMappings", input);
}

async function pages(
  connection: Connection,
  operation: string,
  member: string,
  input: object,
): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  let marker: unknown;
  do {
    const page = { ...input, ...(marker !== undefined && { Marker: marker }) };
    const answer = await call(connection, operation, page);
    found.push(...(answer[member] as readonly unknown[]));
    marker = answer["NextMarker"];
  } while (marker !== undefined);
  return found;
}

function print(answer: object): void {
  const asTime = (name: string, value: unknown) =>
    TIMES.has(name) ? new Date(Number(value) * 1000).toISOString() : value;
  console.log(JSON.stringify(answer, asTime, 2));
}
