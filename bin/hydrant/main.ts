/** The command line: what waits and what keeps it, event source mappings, access keys. See `USAGE`. */
import packageJson from "../../package.json" with { type: "json" };
import { systemClock } from "../../src/clock.ts";
import { type Connection, connectionFrom, LOCAL_ENDPOINT } from "./connection.ts";
import { type MappingRow, printConsumer, type ShardRow } from "./consumers.ts";
import { runCredentials } from "./credentials.ts";
import { runDeliveries } from "./deliveries.ts";
import { runMetadata } from "./metadata.ts";
import { runKeys } from "./keys/run.ts";
import { findLocalStack } from "./local-stack.ts";
import { LIST, listMappings, offeredMembers, runMappings } from "./mappings.ts";
import { describeOptions } from "./option-help.ts";
import { type Options, readOptions } from "./options.ts";
import { pages } from "./pages.ts";
import { runPause } from "./pause.ts";
import { runRedrive, runRedrives } from "./redrive.ts";
import { runReplay, runReplays } from "./replay.ts";
import { runRestored } from "./restored/run.ts";
import { runRoles } from "./roles/run.ts";
import { runRecords } from "./records.ts";
import { runRetention } from "./retention.ts";
import { runStatus } from "./status.ts";
import { runTestPipeline } from "./test-pipeline.ts";
import { runWhere } from "./where.ts";
import { runWaiting } from "./waiting/run.ts";
import { show } from "./watch.ts";

const USAGE = `usage: hydrant <command> [options]

  consumers      how far event source mappings are behind, shard by shard, and what keeps them
  deliveries     what waits of each delivery stream, how old it is, and what keeps it; the flushes of one
  status         how a delivery stream delivers: its lanes, its buffers, its last flushes
  mappings       list, create, get, update and delete event source mappings
  records        what was put into a delivery stream, delivered or not
  where          in which object a record is, and at which bytes, or what keeps it
  test-pipeline  what a delivery stream would make of records, without delivering them
  pause          a delivery stream takes records and delivers none, until it is resumed
  resume         it delivers again
  metadata       arrival, id and partition key inside the objects of a delivery stream
  retention      for how long a delivery stream keeps its records
  replay         records of a delivery stream's log once more, to its destination or another
  replays        the replays of a delivery stream, and how to stop one
  redrive        records that failed once more through their delivery stream's pipeline
  redrives       the redrives of a delivery stream, and how to stop one
  waiting        what waits in all of a deployment, before it is removed
  restored       takes up tables that were restored to an earlier instant
  keys           create, list, rotate, disable, enable and remove access keys
  roles          the AWS roles that are given keys of an hour, and what each may do
  credentials    such a key, for the AWS role that this machine has

  hydrant <command> --help   its options
  hydrant --version

  --endpoint-url URL   the endpoint that producers have, too; else the stack that runs here, or ${LOCAL_ENDPOINT}
  AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION say who calls; locally nothing needs to be set.`;

const CONSUMERS_USAGE = `usage: hydrant consumers [options]
  --watch  again every two seconds, until Ctrl-C`;

try {
  await run(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function run([topic, ...args]: readonly string[]): Promise<void> {
  switch (topic) {
    case "--help":
      return console.log(USAGE);
    case "--version":
      return console.log(packageJson.version);
    case "consumers":
      return showConsumers(args);
    case "deliveries":
      return runDeliveries(args, connect);
    case "status":
      return runStatus(args, connect);
    case "records":
      return runRecords(args, connect);
    case "test-pipeline":
      return runTestPipeline(args, connect);
    case "where":
      return runWhere(args, connect);
    case "pause":
    case "resume":
      return runPause(topic, args, connect);
    case "metadata":
      return runMetadata(args, connect);
    case "retention":
      return runRetention(args, connect);
    case "replay":
      return runReplay(args, connect);
    case "redrive":
      return runRedrive(args, connect);
    case "redrives":
      return runRedrives(args, connect);
    case "replays":
      return runReplays(args, connect);
    case "keys":
      return runKeys(args);
    case "waiting":
      return runWaiting(args);
    case "restored":
      return runRestored(args);
    case "roles":
      return runRoles(args);
    case "credentials":
      return runCredentials(args);
    case "mappings":
      return runMappings(args, connect);
    default:
      throw new Error(USAGE);
  }
}

function connect({ endpointUrl }: Options): Connection {
  const endpoint = endpointUrl ?? findLocalStack(process.env)?.apiEndpoint ?? LOCAL_ENDPOINT;
  return connectionFrom(endpoint, process.env);
}

async function showConsumers(args: readonly string[]): Promise<void> {
  const members = offeredMembers(LIST);
  const options = readOptions(members, args, ["watch"]);
  if (options.isHelpWanted) {
    return console.log(`${CONSUMERS_USAGE}\n${describeOptions(members, "unchanged")}`);
  }
  const connection = connect(options);
  await show(() => consumersView(connection, options.input), options.flags.has("watch"));
}

async function consumersView(connection: Connection, input: object): Promise<string> {
  const mappings = (await listMappings(connection, input)) as readonly MappingRow[];
  if (mappings.length === 0) return "no event source mappings";
  const parts: string[] = [];
  for (const mapping of mappings) {
    const { UUID } = mapping;
    const operation = "DescribeEventSourceMappingProgress";
    const shards = await pages(connection, operation, "Shards", { UUID });
    parts.push(printConsumer(mapping, shards as readonly ShardRow[], systemClock.now()));
  }
  return parts.join("\n");
}
