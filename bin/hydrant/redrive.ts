/** `hydrant redrive` begins one and shows how it goes on; `hydrant redrives` shows those of a stream, and stops them. */
import { systemClock } from "../../src/clock.ts";
import { call } from "./call.ts";
import type { Connection } from "./connection.ts";
import { duration } from "./consumers.ts";
import { type Followed, follow } from "./follow.ts";
import { readTime } from "./moment.ts";
import type { Options } from "./options.ts";
import { pages } from "./pages.ts";
import { readArgs, toOptions } from "./replay.ts";
import { table } from "./table.ts";
import { show } from "./watch.ts";

const REDRIVE_USAGE = `usage: hydrant redrive STREAM [options]
  --kind TEXT         such as processing-failed; may be given several times; all unless given
  --from WHEN         objects whose name has that time or a later one: a time, or a while ago (2h)
  --to WHEN           objects whose name has an earlier time
  --prefix TEXT       where the objects of failed records are; below the stream's error prefix unless given
  --key TEXT          that object; may be given several times
  --dry-run           reads and counts, and delivers nothing
  --client-token TEXT the same token is the same redrive
  --detach            does not wait for its end
  --endpoint-url URL  where Hydrant is called`;

const REDRIVES_USAGE = `usage: hydrant redrives STREAM [options]
  --stop ID           ends that one
  --watch             again every two seconds, until Ctrl-C
  --endpoint-url URL  where Hydrant is called`;

export interface RedriveRow {
  readonly RedriveId: string;
  readonly Status: string;
  readonly DryRun: boolean;
  /** Times are seconds since the epoch. */
  readonly StartTime: number;
  readonly EndTime?: number;
  readonly Progress: number;
  readonly ObjectsFound: number;
  readonly ObjectsRedriven: number;
  readonly ObjectsAlreadyRedriven: number;
  readonly ObjectsIgnored: number;
  readonly ObjectsGone: number;
  readonly RecordsRedriven: number;
  readonly RecordsFailedAgain: number;
  readonly LastError?: string;
  readonly NextRetry?: number;
}

type Connect = (options: Options) => Connection;

const TEXT = { type: "string" } as const;
const TEXTS = { type: "string", multiple: true } as const;
const FLAG = { type: "boolean" } as const;

export async function runRedrive(args: readonly string[], connect: Connect): Promise<void> {
  const { stream, values } = readArgs(args, {
    kind: TEXTS,
    from: TEXT,
    to: TEXT,
    prefix: TEXT,
    key: TEXTS,
    "dry-run": FLAG,
    "client-token": TEXT,
    detach: FLAG,
  });
  if (values["help"]) return console.log(REDRIVE_USAGE);
  if (stream === undefined) throw new Error(REDRIVE_USAGE);
  const connection = connect(toOptions(values));
  const time = (name: "from" | "to") => {
    const text = values[name];
    return typeof text === "string" ? readTime(`--${name}`, text, systemClock.now()) : undefined;
  };
  const { Redrive } = await call(connection, "StartRedrive", {
    DeliveryStreamName: stream,
    Kinds: values["kind"],
    From: time("from"),
    To: time("to"),
    Prefix: values["prefix"],
    Keys: values["key"],
    DryRun: values["dry-run"],
    ClientToken: values["client-token"],
  });
  let last = Redrive as RedriveRow;
  const { RedriveId } = last;
  console.log(`redrive ${RedriveId}`);
  const farewell = `It goes on. \`hydrant redrives ${stream} --watch\` shows it, \`hydrant redrives ${stream} --stop ${RedriveId}\` stops it.`;
  if (values["detach"]) return console.log(farewell);
  await follow({
    farewell,
    async look(): Promise<Followed> {
      const asked = { DeliveryStreamName: stream, RedriveId };
      last = (await call(connection, "DescribeRedrive", asked))["Redrive"] as RedriveRow;
      return { line: redriveLine(last, systemClock.now()), isOver: last.Status !== "RUNNING" };
    },
  });
  if (last.Status !== "COMPLETED") process.exitCode = 1;
}

export async function runRedrives(args: readonly string[], connect: Connect): Promise<void> {
  const { stream, values } = readArgs(args, { stop: TEXT, watch: FLAG });
  if (values["help"]) return console.log(REDRIVES_USAGE);
  if (stream === undefined) throw new Error(REDRIVES_USAGE);
  const connection = connect(toOptions(values));
  const { stop: RedriveId } = values;
  if (RedriveId !== undefined) {
    const asked = { DeliveryStreamName: stream, RedriveId };
    const { Redrive } = await call(connection, "StopRedrive", asked);
    return console.log(redriveLine(Redrive as RedriveRow, systemClock.now()));
  }
  await show(async () => {
    const input = { DeliveryStreamName: stream };
    const rows = await pages(connection, "ListRedrives", "Redrives", input);
    return printRedrives(rows as readonly RedriveRow[], systemClock.now());
  }, values["watch"] === true);
}

/** @example "RUNNING 50%  1 of 2 objects, 30 records in 2.0s" */
export function redriveLine(row: RedriveRow, nowMs: number): string {
  const { Status, Progress, ObjectsFound, ObjectsRedriven, StartTime, EndTime } = row;
  const tookMs = (EndTime ?? nowMs / 1000) * 1000 - StartTime * 1000;
  const counted = (count: number, what: string) => (count > 0 ? [`${count} ${what}`] : []);
  return [
    `${Status}${row.DryRun ? " (dry run)" : ""} ${Math.floor(Progress * 100)}%`,
    `${ObjectsRedriven} of ${ObjectsFound} objects, ${row.RecordsRedriven} records in ${duration(Math.max(0, tookMs))}`,
    ...counted(row.RecordsFailedAgain, "records failed again"),
    ...counted(row.ObjectsAlreadyRedriven, "objects were redriven before"),
    ...counted(row.ObjectsIgnored, "objects hold no failed records"),
    ...counted(row.ObjectsGone, "objects are gone"),
    ...(row.LastError === undefined ? [] : [row.LastError]),
    ...(row.NextRetry === undefined
      ? []
      : [`tried again in ${duration(Math.max(0, row.NextRetry * 1000 - nowMs))}`]),
  ].join("  ");
}

const HEADINGS = [
  "redrive",
  "status",
  "done",
  "objects",
  "redriven",
  "records",
  "failed again",
  "began",
];

export function printRedrives(rows: readonly RedriveRow[], nowMs: number): string {
  if (rows.length === 0) return "no redrives";
  const lines = table([HEADINGS, ...rows.map((row) => cells(row, nowMs))]);
  return [
    lines[0]!,
    ...rows.flatMap(({ LastError }, i) => [
      lines[i + 1]!,
      ...(LastError === undefined ? [] : [`      ${LastError}`]),
    ]),
  ].join("\n");
}

function cells(row: RedriveRow, nowMs: number): readonly string[] {
  return [
    row.RedriveId,
    `${row.Status}${row.DryRun ? " (dry run)" : ""}`,
    `${Math.floor(row.Progress * 100)}%`,
    String(row.ObjectsFound),
    String(row.ObjectsRedriven),
    String(row.RecordsRedriven),
    String(row.RecordsFailedAgain),
    `${duration(Math.max(0, nowMs - row.StartTime * 1000))} ago`,
  ];
}
