/** `hydrant redrive` begins one and shows how it goes on; `hydrant redrives` shows those of a stream, and stops them. */
import { systemClock } from "../../src/clock.ts";
import { readTime } from "./moment.ts";
import {
  age,
  begin,
  type Connect,
  percent,
  printRuns,
  runList,
  type RunKind,
  type RunRow,
  took,
  trouble,
} from "./runs.ts";
import { FLAG, readArgs, TEXT, toOptions } from "./stream-args.ts";

const REDRIVE_USAGE = `usage: hydrant redrive STREAM [options]
  --kind TEXT         such as processing-failed; may be given several times; all unless given
  --from WHEN         objects whose name has that time or a later one: a time, or a while ago (2h)
  --to WHEN           objects whose name has an earlier time
  --prefix TEXT       where the objects of failed records are; below the stream's error prefix unless given
  --key TEXT          that object; may be given several times
  --after WHAT        with each object once its records are handled: keep, tag (hydrant:redriven=true)
                      or move (below redriven/); keep unless given
  --dry-run           reads and counts, and delivers nothing
  --client-token TEXT the same token is the same redrive
  --detach            does not wait for its end
  --endpoint-url URL  where Hydrant is called`;

export interface RedriveRow extends RunRow {
  readonly RedriveId: string;
  readonly DryRun: boolean;
  readonly ObjectsFound: number;
  readonly ObjectsRedriven: number;
  readonly ObjectsAlreadyRedriven: number;
  readonly ObjectsIgnored: number;
  readonly ObjectsGone: number;
  readonly RecordsRedriven: number;
  readonly RecordsFailedAgain: number;
}

const TEXTS = { type: "string", multiple: true } as const;

export async function runRedrive(args: readonly string[], connect: Connect): Promise<void> {
  const { stream, values } = readArgs(args, {
    kind: TEXTS,
    from: TEXT,
    to: TEXT,
    prefix: TEXT,
    key: TEXTS,
    after: TEXT,
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
  const input = {
    Kinds: values["kind"],
    From: time("from"),
    To: time("to"),
    Prefix: values["prefix"],
    Keys: values["key"],
    DryRun: values["dry-run"],
    AfterRedrive: typeof values["after"] === "string" ? values["after"].toUpperCase() : undefined,
    ClientToken: values["client-token"],
  };
  await begin(REDRIVE, connection, stream, input, values["detach"] === true);
}

export const runRedrives = (args: readonly string[], connect: Connect) =>
  runList(REDRIVE, args, connect);

/** @example "RUNNING 50%  1 of 2 objects, 30 records in 2.0s" */
export function redriveLine(row: RedriveRow, nowMs: number): string {
  const counted = (count: number, what: string) => (count > 0 ? [`${count} ${what}`] : []);
  return [
    `${statusOf(row)} ${percent(row)}`,
    `${row.ObjectsRedriven} of ${row.ObjectsFound} objects, ${row.RecordsRedriven} records in ${took(row, nowMs)}`,
    ...counted(row.RecordsFailedAgain, "records failed again"),
    ...counted(row.ObjectsAlreadyRedriven, "objects were redriven before"),
    ...counted(row.ObjectsIgnored, "objects hold no failed records"),
    ...counted(row.ObjectsGone, "objects are gone"),
    ...trouble(row, nowMs),
  ].join("  ");
}

const statusOf = ({ Status, DryRun }: RedriveRow) => `${Status}${DryRun ? " (dry run)" : ""}`;

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
  return printRuns(rows, HEADINGS, (row) => [
    row.RedriveId,
    statusOf(row),
    percent(row),
    String(row.ObjectsFound),
    String(row.ObjectsRedriven),
    String(row.RecordsRedriven),
    String(row.RecordsFailedAgain),
    age(row, nowMs),
  ]);
}

const REDRIVE: RunKind<RedriveRow> = {
  name: "Redrive",
  idOf: ({ RedriveId }) => RedriveId,
  line: redriveLine,
  print: printRedrives,
};
