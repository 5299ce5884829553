/**
 * Timestamp formats of the Hive SerDe: patterns of Joda-Time, or `millis`. Read once when a stream is created, which
 * refuses what Joda refuses, and matched against the text of each timestamp. What a pattern does not name is that of
 * 1970-01-01T00:00:00Z, the year included, as Hive asks of Joda.
 * https://www.joda.org/joda-time/apidocs/org/joda/time/format/DateTimeFormat.html
 */
import { isTimeZone, zonedTime } from "../naming/zoned-time.ts";
import { daysInMonth, daysSinceEpoch, nanosSinceEpoch } from "./instants.ts";

/** Nanoseconds since 1970, or `undefined` when the text is not of that form. */
export type TimestampFormat = (text: string) => bigint | undefined;

/** AWS's sentence for a pattern that Joda does not know. */
export function invalidTimestampFormat(pattern: string): string {
  return `One or more SerDe options are invalid for org.apache.hcatalog.data.JsonSerDe: [Key: timestamp.formats Value: ${pattern}]`;
}

/** @returns `undefined` for a pattern that Joda refuses */
export function readTimestampFormat(pattern: string): TimestampFormat | undefined {
  if (pattern === "millis") return parseMillis;
  const parts = readPattern(pattern);
  return parts && ((text) => parseBy(parts, text));
}

const NANOS_PER_MILLISECOND = 1_000_000n;

/** Hive cuts the fraction off. */
function parseMillis(text: string): bigint | undefined {
  const whole = /^(-?\d{1,16})(?:\.\d*)?$/.exec(text)?.[1];
  if (whole === undefined || Math.abs(Number(whole)) > 8.64e15) return undefined;
  return BigInt(whole) * NANOS_PER_MILLISECOND;
}

type Fields = { -readonly [name in FieldName]?: number };

type FieldName =
  | "era"
  | "century"
  | "year"
  | "weekyear"
  | "week"
  | "dayOfWeek"
  | "dayOfYear"
  | "month"
  | "day"
  | "isAfternoon"
  | "halfdayHour"
  | "hour"
  | "minute"
  | "second"
  | "millis"
  | "offsetSeconds";

interface Match {
  readonly length: number;
  readonly set?: (fields: Fields) => void;
}

/** Reads the beginning of a text. */
type Part = (text: string) => Match | undefined;

const NUMERIC_LETTERS = "cCxyYdhHmsSkKeDFwM";

function readPattern(pattern: string): readonly Part[] | undefined {
  const tokens = pattern.match(/([A-Za-z])\1*|'(?:[^']|'')*'|[^A-Za-z']/g) ?? [];
  // An open quote is the one thing that no token holds.
  if (tokens.join("").length !== pattern.length) return undefined;
  const parts: Part[] = [];
  for (const [i, token] of tokens.entries()) {
    const letter = token.charAt(0);
    if (!/[A-Za-z]/.test(letter)) {
      const text = token === "''" ? "'" : token.replace(/^'(.*)'$/s, "$1").replaceAll("''", "'");
      parts.push(literal(text));
      continue;
    }
    const next = tokens[i + 1];
    const isNextNumeric =
      next !== undefined && NUMERIC_LETTERS.includes(next.charAt(0)) && !isMonthName(next);
    const part = readField(letter, token.length, isNextNumeric);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return parts;
}

function isMonthName(token: string): boolean {
  return token.startsWith("MMM");
}

const MONTHS = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december",
];
const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/** The zones that Joda knows by a short name without asking. */
const SHORT_ZONES: ReadonlyMap<string, number> = new Map([
  ["utc", 0],
  ["ut", 0],
  ["gmt", 0],
  ["est", -5],
  ["edt", -4],
  ["cst", -6],
  ["cdt", -5],
  ["mst", -7],
  ["mdt", -6],
  ["pst", -8],
  ["pdt", -7],
]);

/** Two digits of a year mean the one from here on: the same record shall make the same row in any year. */
const TWO_DIGIT_YEAR_FIRST = 1970;

function readField(letter: string, count: number, isNextNumeric: boolean): Part | undefined {
  switch (letter) {
    case "G":
      return words(["bc", "ad"], "era");
    case "C":
      return digits("century", count, true);
    case "y":
    case "Y":
      if (count === 2) return twoDigitYear(!isNextNumeric);
      return digits("year", isNextNumeric ? count : 9, true);
    case "x":
      return digits("weekyear", isNextNumeric ? count : 9, true);
    case "w":
      return digits("week", 2);
    case "e":
      return digits("dayOfWeek", 1);
    case "E":
      return words(DAYS, "dayOfWeek", 1);
    case "D":
      return digits("dayOfYear", 3);
    case "M":
      return count >= 3 ? words(MONTHS, "month", 1) : digits("month", 2);
    case "d":
      return digits("day", 2);
    case "a":
      return words(["am", "pm"], "isAfternoon");
    case "K":
      return digits("halfdayHour", 2);
    case "h":
      return clockHour("halfdayHour", 12);
    case "H":
      return digits("hour", 2);
    case "k":
      return clockHour("hour", 24);
    case "m":
      return digits("minute", 2);
    case "s":
      return digits("second", 2);
    case "S":
      return fraction(count);
    case "z":
      // Joda cannot read a zone's long name.
      return count >= 4 ? () => undefined : shortZone;
    case "Z":
      return count >= 3 ? zoneId : offset;
    default:
      return undefined;
  }
}

function literal(wanted: string): Part {
  const folded = wanted.toLowerCase();
  return (text) =>
    text.slice(0, wanted.length).toLowerCase() === folded ? { length: wanted.length } : undefined;
}

function digits(name: FieldName, most: number, isSigned = false): Part {
  const form = new RegExp(`^${isSigned ? "[+-]?" : ""}\\d{1,${most}}`);
  return (text) => {
    const found = form.exec(text)?.[0];
    return found && { length: found.length, set: setter(name, Number(found)) };
  };
}

function twoDigitYear(isLenient: boolean): Part {
  return (text) => {
    const found = (isLenient ? /^[+-]?\d+/ : /^\d\d/).exec(text)?.[0];
    if (!found) return undefined;
    const year = /^\d\d$/.test(found)
      ? TWO_DIGIT_YEAR_FIRST + ((Number(found) - (TWO_DIGIT_YEAR_FIRST % 100) + 100) % 100)
      : Number(found);
    return { length: found.length, set: setter("year", year) };
  };
}

/** Hours from 1 to 12 or 24, the last of which is 0. */
function clockHour(name: FieldName, last: number): Part {
  return (text) => {
    const found = /^\d{1,2}/.exec(text)?.[0];
    if (!found || Number(found) < 1 || Number(found) > last) return undefined;
    return { length: found.length, set: setter(name, Number(found) % last) };
  };
}

function fraction(most: number): Part {
  const form = new RegExp(`^\\d{1,${most}}`);
  return (text) => {
    const found = form.exec(text)?.[0];
    const millis = Number((found ?? "").padEnd(3, "0").slice(0, 3));
    return found && { length: found.length, set: setter("millis", millis) };
  };
}

/** Whole words or their first three letters, in any case. */
function words(all: readonly string[], name: FieldName, first = 0): Part {
  const forms = all.flatMap((word, i) =>
    [word, word.slice(0, 3)].map((form) => ({ form, value: i + first })),
  );
  // Longer ones first, or "june" would end at "jun".
  forms.sort((a, b) => b.form.length - a.form.length);
  return (text) => {
    const folded = text.slice(0, 16).toLowerCase();
    const found = forms.find(({ form }) => folded.startsWith(form));
    return found && { length: found.form.length, set: setter(name, found.value) };
  };
}

function shortZone(text: string): Match | undefined {
  const name = /^[A-Za-z]{2,3}/.exec(text)?.[0];
  const hours = name === undefined ? undefined : SHORT_ZONES.get(name.toLowerCase());
  if (name === undefined || hours === undefined) return undefined;
  return { length: name.length, set: setter("offsetSeconds", hours * 3600) };
}

function offset(text: string): Match | undefined {
  const [whole, sign, hours, minutes = "0", seconds = "0"] =
    /^(?:[Zz]|([+-])(\d\d)(?::?(\d\d)(?::?(\d\d))?)?)/.exec(text) ?? [];
  if (whole === undefined) return undefined;
  if (Number(hours ?? 0) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const value = Number(hours ?? 0) * 3600 + Number(minutes) * 60 + Number(seconds);
  return { length: whole.length, set: setter("offsetSeconds", sign === "-" ? -value : value) };
}

/** The name of a zone: its offset is that of the wall clock's reading, found when all is known. */
function zoneId(text: string): Match | undefined {
  const name = /^[A-Za-z][\w+\-/]*/.exec(text)?.[0];
  if (name === undefined || !isTimeZone(name)) return undefined;
  return {
    length: name.length,
    set: (fields) => {
      const asUtc = nanosOf({ ...fields, offsetSeconds: 0 });
      if (asUtc === undefined) return;
      const wallMs = Number(asUtc / NANOS_PER_MILLISECOND);
      const near = zonedTime(wallMs, name).offsetSeconds;
      fields.offsetSeconds = zonedTime(wallMs - near * 1000, name).offsetSeconds;
    },
  };
}

function setter(name: FieldName, value: number): (fields: Fields) => void {
  return (fields) => {
    fields[name] = value;
  };
}

function parseBy(parts: readonly Part[], text: string): bigint | undefined {
  const fields: Fields = {};
  const late: ((fields: Fields) => void)[] = [];
  let at = 0;
  for (const part of parts) {
    const match = part(text.slice(at));
    if (match === undefined) return undefined;
    if (match.set !== undefined) {
      if (part === zoneId) late.push(match.set);
      else match.set(fields);
    }
    at += match.length;
  }
  if (at !== text.length) return undefined;
  for (const set of late) set(fields);
  return nanosOf(fields);
}

function nanosOf(fields: Fields): bigint | undefined {
  const days = daysOf(fields);
  if (days === undefined) return undefined;
  const { minute = 0, second = 0, millis = 0, offsetSeconds = 0 } = fields;
  const hour = fields.hour ?? (fields.halfdayHour ?? 0) + 12 * (fields.isAfternoon ?? 0);
  const isReal =
    (fields.halfdayHour ?? 0) < 12 && hour >= 0 && hour < 24 && minute < 60 && second < 60;
  if (!isReal) return undefined;
  return nanosSinceEpoch({
    year: 1970,
    month: 1,
    day: 1 + days,
    hour,
    minute,
    second,
    nanos: millis * 1_000_000,
    offsetSeconds,
  });
}

const DEFAULT_YEAR = 1970;
/** 1970-01-01 was a Thursday, the fourth day of a week that begins on Monday. */
const EPOCH_DAY_OF_WEEK = 4;

function daysOf(fields: Fields): number | undefined {
  const { dayOfWeek } = fields;
  if (dayOfWeek !== undefined && (dayOfWeek < 1 || dayOfWeek > 7)) return undefined;
  const days = dateOf(fields);
  if (days === undefined || dayOfWeek === undefined) return days;
  return mondayOf(days) + dayOfWeek - 1;
}

function dateOf(fields: Fields): number | undefined {
  const { weekyear, week, dayOfYear, month = 1, day = 1 } = fields;
  const year = yearOf(fields);
  if (weekyear !== undefined || week !== undefined) {
    const weekCount = week ?? 1;
    if (weekCount < 1 || weekCount > 53) return undefined;
    // January 4 is always in the first week.
    return mondayOf(daysSinceEpoch(weekyear ?? year, 1, 4)) + (weekCount - 1) * 7;
  }
  if (dayOfYear !== undefined) {
    const first = daysSinceEpoch(year, 1, 1);
    const isReal = dayOfYear >= 1 && dayOfYear <= daysSinceEpoch(year + 1, 1, 1) - first;
    return isReal ? first + dayOfYear - 1 : undefined;
  }
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  return daysSinceEpoch(year, month, day);
}

/** A year before Christ counts back from zero. */
function yearOf({ year, century, era }: Fields): number {
  const counted = year ?? (century === undefined ? DEFAULT_YEAR : century * 100);
  return era === 0 ? 1 - counted : counted;
}

function mondayOf(days: number): number {
  const dayOfWeek = ((((days + EPOCH_DAY_OF_WEEK - 1) % 7) + 7) % 7) + 1;
  return days - dayOfWeek + 1;
}
