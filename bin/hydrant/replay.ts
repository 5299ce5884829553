/** `hydrant replay` begins one and shows how it goes on; `hydrant replays` shows those of a stream, and stops them. */
import type { ParseArgsConfig } from "node:util";
import { systemClock } from "../../src/clock.ts";
import { call } from "./call.ts";
import type { Connection } from "./connection.ts";
import { duration } from "./consumers.ts";
import { type Followed, follow } from "./follow.ts";
import { readBound } from "./moment.ts";
import { type Options, parse } from "./options.ts";
import { pages } from "./pages.ts";
import { table } from "./table.ts";
import { show } from "./watch.ts";

const REPLAY_USAGE = `usage: hydrant replay STREAM [options]
  --from WHEN              a time, a while ago (2h), a record's id or its sequence number; the oldest record unless given
  --to WHEN                the same: a time is exclusive, a record the last one; now unless given
  --prefix TEXT            where its objects go; each of these is as the stream has it unless given
  --error-output-prefix TEXT
  --bucket NAME
  --role-arn ARN
  --compression-format UNCOMPRESSED|GZIP|ZIP|Snappy|HADOOP_SNAPPY
  --file-extension TEXT
  --size-in-mbs NUMBER     how large its objects become
  --no-processing          records as they were put: no processors, no conversion, no partitions
  --destination JSON       other members of ExtendedS3DestinationUpdate
  --client-token TEXT      the same token is the same replay
  --detach                 does not wait for its end
  --endpoint-url URL       where Hydrant is called`;

const REPLAYS_USAGE = `usage: hydrant replays STREAM [options]
  --stop ID           ends that one
  --watch             again every two seconds, until Ctrl-C
  --endpoint-url URL  where Hydrant is called`;

export interface ReplayRow {
  readonly ReplayId: string;
  readonly DeliveryStreamName: string;
  readonly Status: string;
  /** Times are seconds since the epoch. */
  readonly StartTime: number;
  readonly EndTime?: number;
  readonly Progress: number;
  readonly RecordsReplayed: number;
  readonly ObjectsWritten: number;
  readonly RecordsExpired: number;
  readonly LastError?: string;
  readonly NextRetry?: number;
}

type Connect = (options: Options) => Connection;

const TEXT = { type: "string" } as const;
const FLAG = { type: "boolean" } as const;

export async function runReplay(args: readonly string[], connect: Connect): Promise<void> {
  const { stream, values } = readArgs(args, {
    from: TEXT,
    to: TEXT,
    prefix: TEXT,
    "error-output-prefix": TEXT,
    bucket: TEXT,
    "role-arn": TEXT,
    "compression-format": TEXT,
    "file-extension": TEXT,
    "size-in-mbs": TEXT,
    processing: FLAG,
    destination: TEXT,
    "client-token": TEXT,
    detach: FLAG,
  });
  if (values["help"]) return console.log(REPLAY_USAGE);
  if (stream === undefined) throw new Error(REPLAY_USAGE);
  const connection = connect(toOptions(values));
  const nowMs = systemClock.now();
  const bound = (name: "from" | "to") => {
    const text = values[name];
    return typeof text === "string" ? readBound(`--${name}`, text, nowMs) : undefined;
  };
  const { Replay } = await call(connection, "StartReplay", {
    DeliveryStreamName: stream,
    From: bound("from"),
    To: bound("to"),
    ClientToken: values["client-token"],
    Destination: destinationOf(values),
  });
  const { ReplayId } = Replay as ReplayRow;
  console.log(`replay ${ReplayId}`);
  const farewell = `It goes on. \`hydrant replays ${stream} --watch\` shows it, \`hydrant replays ${stream} --stop ${ReplayId}\` stops it.`;
  if (values["detach"]) return console.log(farewell);
  let last = Replay as ReplayRow;
  await follow({
    farewell,
    async look(): Promise<Followed> {
      const asked = { DeliveryStreamName: stream, ReplayId };
      last = (await call(connection, "DescribeReplay", asked))["Replay"] as ReplayRow;
      return { line: replayLine(last, systemClock.now()), isOver: isOver(last) };
    },
  });
  if (last.Status !== "COMPLETED") process.exitCode = 1;
}

export async function runReplays(args: readonly string[], connect: Connect): Promise<void> {
  const { stream, values } = readArgs(args, { stop: TEXT, watch: FLAG });
  if (values["help"]) return console.log(REPLAYS_USAGE);
  if (stream === undefined) throw new Error(REPLAYS_USAGE);
  const connection = connect(toOptions(values));
  const { stop: ReplayId } = values;
  if (ReplayId !== undefined) {
    const asked = { DeliveryStreamName: stream, ReplayId };
    const { Replay } = await call(connection, "StopReplay", asked);
    return console.log(replayLine(Replay as ReplayRow, systemClock.now()));
  }
  await show(async () => {
    const input = { DeliveryStreamName: stream };
    const rows = await pages(connection, "ListReplays", "Replays", input);
    return printReplays(rows as readonly ReplayRow[], systemClock.now());
  }, values["watch"] === true);
}

type Values = ReturnType<typeof parse>;

/** The stream comes first, as in `hydrant replay access-logs --from 2h`. */
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

/** Members of ExtendedS3DestinationUpdate; what is given by its own option wins. */
export function destinationOf(values: Values): object {
  const text = (name: string) => (typeof values[name] === "string" ? values[name] : undefined);
  const bucket = text("bucket");
  const size = text("size-in-mbs");
  const given = {
    Prefix: text("prefix"),
    ErrorOutputPrefix: text("error-output-prefix"),
    BucketARN:
      bucket === undefined || bucket.startsWith("arn:") ? bucket : `arn:aws:s3:::${bucket}`,
    RoleARN: text("role-arn"),
    CompressionFormat: text("compression-format"),
    FileExtension: text("file-extension"),
    ...(size !== undefined && {
      // Nothing of a replay waits, so the interval is without meaning.
      BufferingHints: { SizeInMBs: Number(size), IntervalInSeconds: 60 },
    }),
    ...(values["processing"] === false && {
      ProcessingConfiguration: { Enabled: false },
      DataFormatConversionConfiguration: { Enabled: false },
      DynamicPartitioningConfiguration: { Enabled: false },
    }),
  };
  const rest = text("destination");
  return {
    ...(rest !== undefined && readJson("--destination", rest)),
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
}

function readJson(option: string, text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    throw new Error(`${option} must be JSON, got ${text}`);
  }
}

const isOver = ({ Status }: ReplayRow) => Status !== "RUNNING" && Status !== "STOPPING";

/** @example "RUNNING 42%  1200 records, 3 objects in 12s" */
export function replayLine(row: ReplayRow, nowMs: number): string {
  const { Status, Progress, RecordsReplayed, ObjectsWritten, RecordsExpired } = row;
  const { StartTime, EndTime, LastError, NextRetry } = row;
  const tookMs = (EndTime ?? nowMs / 1000) * 1000 - StartTime * 1000;
  const done = `${RecordsReplayed} records, ${ObjectsWritten} objects in ${duration(Math.max(0, tookMs))}`;
  return [
    `${Status} ${Math.floor(Progress * 100)}%`,
    done,
    ...(RecordsExpired > 0 ? [`${RecordsExpired} records had expired`] : []),
    ...(LastError === undefined ? [] : [LastError]),
    ...(NextRetry === undefined
      ? []
      : [`tried again in ${duration(Math.max(0, NextRetry * 1000 - nowMs))}`]),
  ].join("  ");
}

const HEADINGS = ["replay", "status", "done", "records", "objects", "expired", "began"];

export function printReplays(rows: readonly ReplayRow[], nowMs: number): string {
  if (rows.length === 0) return "no replays";
  const lines = table([HEADINGS, ...rows.map((row) => cells(row, nowMs))]);
  return [
    lines[0]!,
    ...rows.flatMap(({ LastError }, i) => [
      lines[i + 1]!,
      ...(LastError === undefined ? [] : [`      ${LastError}`]),
    ]),
  ].join("\n");
}

function cells(row: ReplayRow, nowMs: number): readonly string[] {
  return [
    row.ReplayId,
    row.Status,
    `${Math.floor(row.Progress * 100)}%`,
    String(row.RecordsReplayed),
    String(row.ObjectsWritten),
    String(row.RecordsExpired),
    `${duration(Math.max(0, nowMs - row.StartTime * 1000))} ago`,
  ];
}
