/**
 * Which index a record goes to: by the time it arrived, at UTC borders, so that it is the same however often it is sent.
 * Weeks are the US ones: they start on Sunday, and that of 1 January is the first of its year.
 * https://docs.aws.amazon.com/firehose/latest/dev/basic-deliver.html
 */
import { type DatePatternPart, formatDate, parseDatePattern } from "../../naming/date-pattern.ts";
import type { IndexRotation } from "./settings.ts";

const ENDS: Readonly<Record<IndexRotation, string | undefined>> = {
  NoRotation: undefined,
  OneHour: "-yyyy-MM-dd-HH",
  OneDay: "-yyyy-MM-dd",
  OneWeek: "-YYYY-'w'ww",
  OneMonth: "-yyyy-MM",
};

/** @example indexNaming("logs", "OneWeek")(Date.parse("2016-02-25T13:00:00Z")) // "logs-2016-w09" */
export function indexNaming(
  name: string,
  rotation: IndexRotation,
): (arrivedAtMs: number) => string {
  const pattern = ENDS[rotation];
  if (pattern === undefined) return () => name;
  const parts: readonly DatePatternPart[] = parseDatePattern(pattern)!;
  // Records of an hour follow each other.
  let last = { hour: Number.NaN, name };
  return (arrivedAtMs) => {
    const hour = Math.floor(arrivedAtMs / 3_600_000);
    if (hour !== last.hour) last = { hour, name: name + formatDate(parts, arrivedAtMs) };
    return last.name;
  };
}
