/** `hydrant replay` begins one and shows how it goes on; `hydrant replays` shows those of a stream, and stops them. */
import { systemClock } from "../../src/clock.ts";
import { readBound } from "./moment.ts";
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
import { FLAG, readArgs, TEXT, toOptions, type Values } from "./stream-args.ts";

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

export interface ReplayRow extends RunRow {
  readonly ReplayId: string;
  readonly DeliveryStreamName: string;
  readonly RecordsReplayed: number;
  readonly ObjectsWritten: number;
  readonly RecordsExpired: number;
}

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
  const input = {
    From: bound("from"),
    To: bound("to"),
    ClientToken: values["client-token"],
    Destination: destinationOf(values),
  };
  await begin(REPLAY, connection, stream, input, values["detach"] === true);
}

export const runReplays = (args: readonly string[], connect: Connect) =>
  runList(REPLAY, args, connect);

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

/** @example "RUNNING 42%  1200 records, 3 objects in 12s" */
export function replayLine(row: ReplayRow, nowMs: number): string {
  const { Status, RecordsReplayed, ObjectsWritten, RecordsExpired } = row;
  return [
    `${Status} ${percent(row)}`,
    `${RecordsReplayed} records, ${ObjectsWritten} objects in ${took(row, nowMs)}`,
    ...(RecordsExpired > 0 ? [`${RecordsExpired} records had expired`] : []),
    ...trouble(row, nowMs),
  ].join("  ");
}

const HEADINGS = ["replay", "status", "done", "records", "objects", "expired", "began"];

export function printReplays(rows: readonly ReplayRow[], nowMs: number): string {
  if (rows.length === 0) return "no replays";
  return printRuns(rows, HEADINGS, (row) => [
    row.ReplayId,
    row.Status,
    percent(row),
    String(row.RecordsReplayed),
    String(row.ObjectsWritten),
    String(row.RecordsExpired),
    age(row, nowMs),
  ]);
}

const REPLAY: RunKind<ReplayRow> = {
  name: "Replay",
  idOf: ({ ReplayId }) => ReplayId,
  line: replayLine,
  print: printReplays,
};
