/**
 * What goes wrong behind the calls, for the terminal: flushes, consumers and upkeep that fail leave their lines in the
 * log, where nobody looks. The first line of its kind is told, and one whose cause is another; not each retry. That it
 * goes on again is told, too.
 */
import { stripVTControlCharacters } from "node:util";

type Line = Readonly<Record<string, unknown>>;

/** What a line says of somebody. */
interface News {
  /** Whose it is: `delivery stream access-logs`. */
  readonly about: string;
  /** Of several that may fail by themselves, such as shards. */
  readonly part: string;
  /** Absent: nothing is wrong (any more). */
  readonly cause?: string;
  readonly hint?: string;
}

const DELIVERIES = "`hydrant deliveries` shows what waits.";
const CONSUMERS = "`hydrant consumers` shows what waits.";

const EVENTS: Readonly<Record<string, (line: Line) => readonly News[]>> = {
  flush_failed: (line) => [{ ...flushOf(line), cause: failureOf(line), hint: DELIVERIES }],
  flush: (line) => [flushOf(line), transformNews(line)],
  consume: consumeNews,
  consume_failed: (line) => [
    {
      about: `consumers of ${textOf(line, "streamName")}`,
      part: textOf(line, "shard"),
      cause: failureOf(line),
      hint: CONSUMERS,
    },
  ],
};

function flushOf(line: Line) {
  const isBackup = /^(source-)?backup\b/.test(textOf(line, "readerId"));
  const name = textOf(line, "deliveryStreamName");
  const about = `delivery stream ${name}${isBackup ? ", source backup" : ""}`;
  return { about, part: textOf(line, "shard") };
}

/** What a transform refuses is delivered all the same, but not where it is looked for. */
function transformNews(line: Line): News {
  const { about, part } = flushOf(line);
  const failed = { about: `${about}, transform`, part };
  const cause = "it fails for records, which are delivered under the error prefix";
  return Number(line["failedCount"]) > 0 ? { ...failed, cause } : failed;
}

function consumeNews(line: Line): readonly News[] {
  const about = `function ${textOf(line, "FunctionName")}, fed by ${textOf(line, "streamName")}`;
  const part = `${textOf(line, "EventSourceMappingUUID")} ${textOf(line, "shardId")}`;
  const problem = textOf(line, "problem").replace(/^PROBLEM: /, "");
  if (problem !== "") return [{ about, part, cause: problem, hint: CONSUMERS }];
  // A run may also have found nothing to do.
  return Number(line["Invocations"]) > 0 ? [{ about, part }] : [];
}

/** Whatever else fails, such as the sweep. */
function otherNews(line: Line): readonly News[] {
  if (line["level"] !== "error") return [];
  const event = textOf(line, "event");
  const cause = failureOf(line);
  return [{ about: event, part: cause, cause, hint: "The log has more of it." }];
}

/** Of an error's stack the first line: its name and sentence. */
function failureOf(line: Line): string {
  return textOf(line, "failure").split("\n")[0] || "failed";
}

function textOf(line: Line, name: string): string {
  const value = line[name];
  return typeof value === "string" ? value : "";
}

/** Lines are no longer than this; what is has no business here. */
const LINE_MAX_CHARS = 64 * 1024;
const CAUSE_MAX_CHARS = 500;

/** @returns takes all that is written to the log, in pieces however cut */
export function watchTrouble(say: (text: string) => void): (piece: string) => void {
  /** By whose they are and by part. */
  const causes = new Map<string, Map<string, string>>();
  let begun = "";

  function tell({ about, part, cause, hint = "" }: News): void {
    const parts = causes.get(about) ?? new Map<string, string>();
    if (cause === undefined) {
      if (parts.delete(part) && parts.size === 0) say(`Over: ${about} goes on again.`);
      return;
    }
    const isNews = ![...parts.values()].includes(cause);
    causes.set(about, parts.set(part, cause));
    if (isNews) say(`Problem: ${about}: ${clean(cause)}. ${hint}`.trimEnd());
  }

  return (piece) => {
    const lines = (begun + piece).split("\n");
    begun = lines.pop()!.slice(0, LINE_MAX_CHARS);
    for (const text of lines) {
      const line = parseLine(text);
      if (line === undefined) continue;
      const news = EVENTS[textOf(line, "event")];
      for (const one of news?.(line) ?? otherNews(line)) tell(one);
    }
  };
}

/** `undefined`: none of the structured ones, which begin with their time. */
function parseLine(text: string): Line | undefined {
  if (!text.startsWith('{"at":"')) return undefined;
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}

/** A destination may say what it likes. */
function clean(cause: string): string {
  const text = stripVTControlCharacters(cause).replaceAll(/\s+/g, " ").replace(/\.$/, "");
  return text.slice(0, CAUSE_MAX_CHARS);
}
