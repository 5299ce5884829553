/** `hydrant records STREAM`: what was put into a delivery stream, a line of JSON for each record. */
import { systemClock } from "../../src/clock.ts";
import { hydrantService } from "../../src/operations/hydrant/index.ts";
import { string } from "../../src/wire/shape.ts";
import { call } from "./call.ts";
import type { Connection } from "./connection.ts";
import { type Options, readOptions, withStreamName } from "./options.ts";

const OPERATION = "GetDeliveryRecords";

const USAGE = `usage: hydrant records STREAM [options]
  --since TIME    5m, 2h, 1d, or 2026-11-22T08:00:00Z  (the oldest)
  --lane-id LANE  of that lane alone, as hydrant status names it  (all)
  --limit NUMBER  no more than so many records  (1000)

  A line for each record: Data is its text, or Base64 where it is none.`;

const DEFAULT_LIMIT = 1000;
const PAGE_LIMIT = 10_000;

interface WireRecord {
  readonly RecordId: string;
  readonly LaneId: string;
  /** Seconds since the epoch. */
  readonly ArrivalTimestamp: number;
  readonly Data: string;
}

export async function runRecords(
  args: readonly string[],
  connect: (options: Options) => Connection,
): Promise<void> {
  const options = readOptions(members(), withStreamName(args));
  if (options.isHelpWanted) return console.log(USAGE);
  const connection = connect(options);
  const { Since, Limit = DEFAULT_LIMIT, ...asked } = options.input;
  const input = {
    ...asked,
    ...(typeof Since === "string" && { StartTimestamp: readSince(Since, systemClock.now()) }),
  };
  let left = Number(Limit);
  let NextToken: unknown;
  do {
    const page = {
      Limit: Math.min(left, PAGE_LIMIT),
      ...(NextToken !== undefined && { NextToken }),
    };
    const answer = await call(connection, OPERATION, { ...input, ...page });
    const records = answer["Records"] as readonly WireRecord[];
    for (const record of records) console.log(printRecord(record));
    left -= records.length;
    // Of a single lane there is always another page.
    const isOver = records.length === 0 && asked["LaneId"] !== undefined;
    NextToken = isOver ? undefined : answer["NextToken"];
  } while (NextToken !== undefined && left > 0);
}

function members() {
  const row = hydrantService.operations.get(OPERATION);
  if (row?.kind !== "operation") throw new Error(`${OPERATION} is not offered`);
  const { NextToken: _paging, StartTimestamp: _since, ...own } = row.input.members;
  return { ...own, Since: string() };
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** @returns seconds since the epoch */
export function readSince(text: string, nowMs: number): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return nowMs / 1000 - Number(count) * UNIT_SECONDS[unit!]!;
  const time = Date.parse(text);
  if (Number.isNaN(time)) {
    throw new Error(`--since must be like 5m, 2h or 2026-11-22T08:00:00Z, got ${text}`);
  }
  return time / 1000;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

export function printRecord({ RecordId, LaneId, ArrivalTimestamp, Data }: WireRecord): string {
  const Arrival = new Date(ArrivalTimestamp * 1000).toISOString();
  return JSON.stringify({ Arrival, LaneId, RecordId, ...content(Data) });
}

function content(base64: string): { readonly Data: string } | { readonly Base64: string } {
  try {
    return { Data: utf8.decode(Buffer.from(base64, "base64")) };
  } catch {
    return { Base64: base64 };
  }
}
