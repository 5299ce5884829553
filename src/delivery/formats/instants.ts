/**
 * Dates and times in JSON, as Java's `Date.valueOf`, `Timestamp.valueOf` and the OpenX SerDe read them. A date is
 * days, a timestamp nanoseconds, both since 1970-01-01 in UTC; AWS knows no other zone here.
 */
import { parseDecimal, rescale } from "./decimals.ts";

export const NANOS_PER_SECOND = 1_000_000_000n;
const SECONDS_PER_DAY = 86_400;
/** What a `Date` can hold, and a file's microseconds with it. */
const SECONDS_MAX = 8_640_000_000_000;

export interface TimeFields {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanos: number;
  /** Local time − UTC. */
  readonly offsetSeconds?: number;
}

/**
 * Days since 1970-01-01 in the Gregorian calendar, before its beginning, too. A day beyond its month's end counts on:
 * `daysSinceEpoch(2026, 2, 30)` is March 2.
 */
export function daysSinceEpoch(year: number, month: number, day: number): number {
  const monthIndex = month - 1;
  const wholeYear = year + Math.floor(monthIndex / 12);
  const inYear = monthIndex - Math.floor(monthIndex / 12) * 12;
  // Years that begin in March have their leap day at the end.
  const shifted = inYear >= 2 ? wholeYear : wholeYear - 1;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * ((inYear + 10) % 12) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** `daysInMonth(2028, 2)` → 29 */
export function daysInMonth(year: number, month: number): number {
  return daysSinceEpoch(year, month + 1, 1) - daysSinceEpoch(year, month, 1);
}

/** Nanoseconds since 1970; `undefined` where no file could hold them. Fields beyond their bounds count on. */
export function nanosSinceEpoch(time: TimeFields): bigint | undefined {
  const seconds =
    daysSinceEpoch(time.year, time.month, time.day) * SECONDS_PER_DAY +
    time.hour * 3600 +
    time.minute * 60 +
    time.second -
    (time.offsetSeconds ?? 0);
  if (!(Math.abs(seconds) <= SECONDS_MAX)) return undefined;
  return BigInt(seconds) * NANOS_PER_SECOND + BigInt(time.nanos);
}

/** `java.sql.Date.valueOf`: months and days of one digit or two, each within its calendar's largest. */
export function parseSqlDate(text: string): number | undefined {
  const [, year, month, day] = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text) ?? [];
  if (year === undefined || !isMonthAndDay(Number(month), Number(day))) return undefined;
  return daysSinceEpoch(Number(year), Number(month), Number(day));
}

/** Hive 3's `Date.valueOf`, which OpenX calls: whatever stands behind a blank is passed over, fields count on. */
export function parseLenientDate(text: string): number | undefined {
  const [, year, month, day] = /^(\d{1,5})-(\d{1,2})-(\d{1,2})(?: |$)/.exec(text.trim()) ?? [];
  if (year === undefined) return undefined;
  return daysSinceEpoch(Number(year), Number(month), Number(day));
}

const SQL_TIMESTAMP =
  /^(\d{4})-(\d{1,2})-(\d{1,2}) +(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?$/;

/** `java.sql.Timestamp.valueOf`: `2026-9-7 1:2:3.5`. */
export function parseSqlTimestamp(text: string): bigint | undefined {
  const [, year, month, day, hour, minute, second, fraction = ""] =
    SQL_TIMESTAMP.exec(text.trim()) ?? [];
  if (year === undefined || !isMonthAndDay(Number(month), Number(day))) return undefined;
  return nanosSinceEpoch({
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    nanos: Number(fraction.padEnd(9, "0")),
  });
}

/** Of `2026-11-30T01:02:03`. */
const ISO_SECONDS_LENGTH = 19;
const ISO_END = /(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):?(\d\d))?$/y;

/** `2026-11-30T01:02:03.5Z`, an offset or nothing at the end; strict in all fields. */
export function parseIsoTimestamp(text: string): bigint | undefined {
  if (text.charAt(4) !== "-" || text.charAt(7) !== "-" || text.charAt(10) !== "T") return undefined;
  if (text.charAt(13) !== ":" || text.charAt(16) !== ":") return undefined;
  ISO_END.lastIndex = ISO_SECONDS_LENGTH;
  const end = ISO_END.exec(text);
  if (end === null) return undefined;
  const fields = {
    year: digitsAt(text, 0, 4),
    month: digitsAt(text, 5, 7),
    day: digitsAt(text, 8, 10),
    hour: digitsAt(text, 11, 13),
    minute: digitsAt(text, 14, 16),
    second: digitsAt(text, 17, 19),
  };
  // Comparisons with NaN are false.
  const isReal =
    fields.year >= 0 &&
    isMonthAndDay(fields.month, fields.day) &&
    (fields.day <= 28 || fields.day <= daysInMonth(fields.year, fields.month)) &&
    fields.hour < 24 &&
    fields.minute < 60 &&
    fields.second < 60;
  if (!isReal) return undefined;
  const [, fraction, sign, hours, minutes] = end;
  const offset = sign === undefined ? 0 : Number(hours) * 3600 + Number(minutes) * 60;
  return nanosSinceEpoch({
    ...fields,
    nanos: fraction === undefined ? 0 : Number(fraction.padEnd(9, "0")),
    offsetSeconds: sign === "-" ? -offset : offset,
  });
}

/** NaN where there is anything but digits. */
function digitsAt(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** From there on a number counts milliseconds, below it seconds: that is how AWS tells one from the other. */
const FIRST_MILLISECONDS_LENGTH = 13;
/** More digits than any instant has. */
const EPOCH_MAX_DIGITS = 40;

/** Seconds or milliseconds since 1970, with a fraction or without; `undefined` for what is no number. */
export function parseEpoch(text: string): bigint | "out of range" | undefined {
  const decimal = parseDecimal(text);
  if (decimal === undefined) return undefined;
  const wholeLength = decimal.digits.length + decimal.exponent;
  const scale = decimal.digits !== "" && wholeLength >= FIRST_MILLISECONDS_LENGTH ? 6 : 9;
  const nanos = rescale(decimal, EPOCH_MAX_DIGITS, scale);
  const most = BigInt(SECONDS_MAX) * NANOS_PER_SECOND;
  return nanos === undefined || nanos > most || nanos < -most ? "out of range" : nanos;
}

function isMonthAndDay(month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}
