/** What a command begins and the service goes on with, a replay or a redrive: following one, stopping one, showing all. */
import { systemClock } from "../../src/clock.ts";
import { call } from "./call.ts";
import type { Connection } from "./connection.ts";
import { duration } from "./consumers.ts";
import { follow } from "./follow.ts";
import type { Options } from "./options.ts";
import { pages } from "./pages.ts";
import { FLAG, readArgs, TEXT, toOptions } from "./stream-args.ts";
import { table } from "./table.ts";
import { show } from "./watch.ts";

export type Connect = (options: Options) => Connection;

export interface RunRow {
  readonly Status: string;
  /** Times are seconds since the epoch. */
  readonly StartTime: number;
  readonly EndTime?: number;
  readonly Progress: number;
  readonly LastError?: string;
  readonly NextRetry?: number;
}

/** What tells replays and redrives apart. */
export interface RunKind<Row extends RunRow> {
  /** As in `DescribeReplay`, and in its answer. */
  readonly name: "Replay" | "Redrive";
  readonly idOf: (row: Row) => string;
  readonly line: (row: Row, nowMs: number) => string;
  readonly print: (rows: readonly Row[], nowMs: number) => string;
}

/** Begins one by the operation of its name, and shows how it goes on until it is over. */
export async function begin<Row extends RunRow>(
  { name, idOf, line }: RunKind<Row>,
  connection: Connection,
  stream: string,
  input: object,
  isDetached: boolean,
): Promise<void> {
  const began = await call(connection, `Start${name}`, { DeliveryStreamName: stream, ...input });
  let last = began[name] as Row;
  const id = idOf(last);
  const command = name.toLowerCase();
  console.log(`${command} ${id}`);
  const farewell = `It goes on. \`hydrant ${command}s ${stream} --watch\` shows it, \`hydrant ${command}s ${stream} --stop ${id}\` stops it.`;
  if (isDetached) return console.log(farewell);
  const asked = { DeliveryStreamName: stream, [`${name}Id`]: id };
  await follow({
    farewell,
    async look() {
      last = (await call(connection, `Describe${name}`, asked))[name] as Row;
      const isOver = last.Status !== "RUNNING" && last.Status !== "STOPPING";
      return { line: line(last, systemClock.now()), isOver };
    },
  });
  if (last.Status !== "COMPLETED") process.exitCode = 1;
}

/** `hydrant replays`, `hydrant redrives`. */
export async function runList<Row extends RunRow>(
  { name, line, print }: RunKind<Row>,
  args: readonly string[],
  connect: Connect,
): Promise<void> {
  const { stream, values } = readArgs(args, { stop: TEXT, watch: FLAG });
  const usage = listUsage(`${name.toLowerCase()}s`);
  if (values["help"]) return console.log(usage);
  if (stream === undefined) throw new Error(usage);
  const connection = connect(toOptions(values));
  const input = { DeliveryStreamName: stream };
  if (values["stop"] !== undefined) {
    const asked = { ...input, [`${name}Id`]: values["stop"] };
    const stopped = (await call(connection, `Stop${name}`, asked))[name] as Row;
    return console.log(line(stopped, systemClock.now()));
  }
  await show(async () => {
    const rows = await pages(connection, `List${name}s`, `${name}s`, input);
    return print(rows as readonly Row[], systemClock.now());
  }, values["watch"] === true);
}

const listUsage = (command: string) => `usage: hydrant ${command} STREAM [options]
  --stop ID           ends that one
  --watch             again every two seconds, until Ctrl-C
  --endpoint-url URL  where Hydrant is called`;

/** Until now, or its end. */
export function took({ StartTime, EndTime }: RunRow, nowMs: number): string {
  return duration(Math.max(0, ((EndTime ?? nowMs / 1000) - StartTime) * 1000));
}

/** What keeps it, for the end of its line. */
export function trouble({ LastError, NextRetry }: RunRow, nowMs: number): readonly string[] {
  return [
    ...(LastError === undefined ? [] : [LastError]),
    ...(NextRetry === undefined
      ? []
      : [`tried again in ${duration(Math.max(0, NextRetry * 1000 - nowMs))}`]),
  ];
}

export const percent = ({ Progress }: RunRow) => `${Math.floor(Progress * 100)}%`;

/** How long ago it began. */
export const age = ({ StartTime }: RunRow, nowMs: number) =>
  `${duration(Math.max(0, nowMs - StartTime * 1000))} ago`;

/** A table of them, with the last error of each below it. */
export function printRuns<Row extends RunRow>(
  rows: readonly Row[],
  headings: readonly string[],
  cells: (row: Row) => readonly string[],
): string {
  const lines = table([headings, ...rows.map(cells)]);
  return [
    lines[0]!,
    ...rows.flatMap(({ LastError }, i) => [
      lines[i + 1]!,
      ...(LastError === undefined ? [] : [`      ${LastError}`]),
    ]),
  ].join("\n");
}
