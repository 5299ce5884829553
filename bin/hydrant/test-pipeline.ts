/** `hydrant test-pipeline STREAM`: what a delivery stream would make of records, without delivering them. */
import { readFileSync } from "node:fs";
import { systemClock } from "../../src/clock.ts";
import { hydrantService } from "../../src/operations/hydrant/index.ts";
import { string } from "../../src/wire/shape.ts";
import { call } from "./call.ts";
import type { Connection } from "./connection.ts";
import { type Options, readOptions, withStreamName } from "./options.ts";
import { readSince } from "./records.ts";

const OPERATION = "TestPipeline";

const USAGE = `usage: hydrant test-pipeline STREAM [options]
  --file PATH        a record on each line, - for the standard input  (what is in the stream's log)
  --since TIME       from the log: 5m, 2h, 1d, or 2026-11-22T08:00:00Z  (the oldest)
  --lane-id LANE     from that lane
  --max-records N    from the log  (20)
  --query JQ         in place of the stream's own MetadataExtraction query
  --processing-configuration JSON
                     in place of the stream's own

  Nothing is delivered; a Lambda function is invoked.`;

interface WireOutcome {
  readonly State: string;
  readonly Data?: string;
  readonly DataBytes?: number;
  readonly PartitionKeys?: Readonly<Record<string, string>>;
  readonly RowCount?: number;
  readonly ErrorCode?: string;
  readonly ErrorMessage?: string;
  readonly ErrorOutputType?: string;
}

export interface WireResult {
  readonly Outcomes: readonly WireOutcome[];
}

export async function runTestPipeline(
  args: readonly string[],
  connect: (options: Options) => Connection,
): Promise<void> {
  const options = readOptions(members(), withStreamName(args));
  if (options.isHelpWanted) return console.log(USAGE);
  const { Since, File, ...asked } = options.input;
  const input = {
    ...asked,
    ...(typeof Since === "string" && { StartTimestamp: readSince(Since, systemClock.now()) }),
    ...(typeof File === "string" && { Records: recordsIn(readFileSync(File === "-" ? 0 : File)) }),
  };
  const { Results } = await call(connect(options), OPERATION, input);
  console.log(printResults(Results as readonly WireResult[]));
}

function members() {
  const row = hydrantService.operations.get(OPERATION);
  if (row?.kind !== "operation") throw new Error(`${OPERATION} is not offered`);
  const { Records: _lines, StartTimestamp: _since, ...own } = row.input.members;
  return { ...own, Since: string(), File: string() };
}

/** Of each line; an empty last one is none. */
export function recordsIn(content: Buffer): readonly { readonly Data: string }[] {
  const records: { readonly Data: string }[] = [];
  for (let from = 0; from < content.length;) {
    const found = content.indexOf("\n", from);
    const to = found === -1 ? content.length : found;
    records.push({ Data: content.subarray(from, to).toString("base64") });
    from = to + 1;
  }
  return records;
}

export function printResults(results: readonly WireResult[]): string {
  if (results.length === 0) return "no records";
  const counts = new Map<string, number>();
  const lines = results.flatMap(({ Outcomes }, index) =>
    Outcomes.map((outcome) => {
      counts.set(outcome.State, (counts.get(outcome.State) ?? 0) + 1);
      return `${index + 1}  ${printOutcome(outcome)}`;
    }),
  );
  const sum = [...counts].map(([state, count]) => `${count} ${state.toLowerCase()}`).join(", ");
  return [...lines, sum].join("\n");
}

function printOutcome(outcome: WireOutcome): string {
  const { State, Data, DataBytes, PartitionKeys, RowCount, ErrorCode, ErrorMessage } = outcome;
  if (State === "FAILED") {
    return `failed (${outcome.ErrorOutputType})  ${ErrorCode}: ${ErrorMessage}`;
  }
  if (State !== "DELIVERED") return State.toLowerCase();
  const keys = Object.entries(PartitionKeys ?? {}).map(([name, value]) => `${name}=${value}`);
  return [
    "delivered",
    ...(keys.length > 0 ? [keys.join(" ")] : []),
    ...(RowCount === undefined ? [] : [`rows: ${RowCount}`]),
    Data === undefined
      ? `${DataBytes} bytes`
      : JSON.stringify(Buffer.from(Data, "base64").toString()),
  ].join("  ");
}
