/** `hydrant waiting`: what waits in all of a deployment, before it is removed, restored or moved. */
import { systemClock } from "../../../src/clock.ts";
import type { Progress } from "../../../src/consumer/progress.ts";
import type { DeliveryPlan } from "../../../src/delivery/plan.ts";
import { dynamodbDeliveryNotes } from "../../../src/storage/dynamodb/delivery-notes.ts";
import { dynamodbDeliveryStreams } from "../../../src/storage/dynamodb/delivery-streams.ts";
import { dynamodbLog } from "../../../src/storage/dynamodb/log.ts";
import { dynamodbMappings } from "../../../src/storage/dynamodb/mappings.ts";
import { dynamodbReaders } from "../../../src/storage/dynamodb/readers.ts";
import { dynamodbStreams } from "../../../src/storage/dynamodb/streams.ts";
import { duration } from "../consumers.ts";
import { explain } from "../keys/book.ts";
import { parse } from "../options.ts";
import { findTables, type StackTables } from "../stack-tables.ts";
import { table } from "../table.ts";
import { findWaiting, type Waiting, type WaitingPorts } from "./find.ts";

const USAGE = `usage: hydrant waiting [options]
  --stage STAGE        of a deployed stack, by your AWS credentials and region; else of the one that runs here
  --output text|json   text unless given

  Records that were acknowledged, and that a delivery stream or an event source mapping has still to come to.
  Without --stage, HYDRANT_LOG_TABLE and HYDRANT_STATE_TABLE may name other tables, such as restored ones.`;

export async function runWaiting(args: readonly string[]): Promise<void> {
  const options = {
    stage: { type: "string" },
    output: { type: "string" },
    help: { type: "boolean" },
  } as const;
  const { stage, output = "text", help } = parse({ args: [...args], options });
  if (help) return console.log(USAGE);
  if (output !== "text" && output !== "json") {
    throw new Error(`--output must be text or json, got ${String(output)}`);
  }
  try {
    const tables = await findTables(stage as string | undefined, process.env);
    if (tables.logTable === "")
      throw new Error("HYDRANT_LOG_TABLE is missing beside HYDRANT_STATE_TABLE");
    const found = await findWaiting(portsOf(tables));
    console.log(output === "json" ? toJson(found) : printWaiting(found));
  } catch (error) {
    throw explain(error);
  }
}

function portsOf(tables: StackTables): WaitingPorts {
  return {
    log: dynamodbLog(tables),
    clock: systemClock,
    dataStreams: dynamodbStreams(tables),
    deliveryStreams: dynamodbDeliveryStreams(tables),
    deliveryNotes: dynamodbDeliveryNotes(tables),
    deliveryReaders: dynamodbReaders<DeliveryPlan>(tables),
    mappings: dynamodbMappings(tables),
    consumerReaders: dynamodbReaders<Progress>(tables),
  };
}

function toJson(found: readonly Waiting[]): string {
  const rows = found.map(({ reader, recordCount, oldestAgeMs }) => ({
    Reader: reader,
    RecordsWaiting: recordCount,
    OldestAgeMilliseconds: oldestAgeMs,
  }));
  return JSON.stringify({ Waiting: rows }, undefined, 2);
}

export function printWaiting(found: readonly Waiting[]): string {
  if (found.length === 0) return "nothing waits";
  const rows = found.map(({ reader, recordCount, oldestAgeMs }) => [
    reader,
    String(recordCount),
    duration(oldestAgeMs),
  ]);
  return table([["reader", "waiting", "oldest"], ...rows]).join("\n");
}
