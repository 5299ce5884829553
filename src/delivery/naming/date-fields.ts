/**
 * The pattern letters of Java's `DateTimeFormatter` in US English: one row per letter says how often it may be
 * repeated and what it prints. Weeks are the US ones: they start on Sunday, January 1 is always in week 1.
 * Where English has no abbreviation for a zone, `z` and `v` print its offset (`GMT+9`); Java knows more (`JST`).
 * https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/time/format/DateTimeFormatter.html
 */
import { zoneName, type ZonedTime } from "./zoned-time.ts";

export interface DateField {
  /** How many of the letter in a row Java takes: all up to a number, or only those listed. */
  readonly counts: number | readonly number[];
  readonly print: (time: ZonedTime, count: number) => string;
}

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const QUARTERS = ["1st quarter", "2nd quarter", "3rd quarter", "4th quarter"];

const LONG_MAX_LETTERS = 19;
const DAY_MS = 24 * 3600 * 1000;
/** Days from the start of the modified Julian count (17 November 1858) to the Unix epoch. */
const EPOCH_MODIFIED_JULIAN_DAY = 40587;
/** Java cannot print a year padded to more digits than a 32-bit number has, unless it is those of a 64-bit number. */
const YEAR_COUNTS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, LONG_MAX_LETTERS];

const year: DateField = { counts: YEAR_COUNTS, print: (t, n) => yearText(yearOf(t), n) };
const month: DateField = { counts: 5, print: (t, n) => monthText(t.wall.getUTCMonth(), n) };
const quarter: DateField = {
  counts: 5,
  print: (t, n) => quarterText(Math.floor(t.wall.getUTCMonth() / 3), n),
};
const weekday: DateField = { counts: 5, print: (t, n) => dayName(t.wall.getUTCDay(), n) };
const offset = (separators: Offset): DateField => ({
  counts: 5,
  print: (t, n) => isoOffset(t.offsetSeconds, n, separators),
});
/** Numbers that Java takes one or two letters for, and pads to that many digits. */
const number = (counts: DateField["counts"], value: (wall: Date) => number): DateField => ({
  counts,
  print: ({ wall }, n) => pad(value(wall), n),
});

export const DATE_FIELDS: Readonly<Record<string, DateField>> = {
  G: { counts: 5, print: (_, n) => (n === 4 ? "Anno Domini" : n === 5 ? "A" : "AD") },
  u: year,
  y: year,
  Y: {
    counts: [...YEAR_COUNTS, LONG_MAX_LETTERS + 1],
    print: (t, n) => yearText(weekOfYear(t.wall).year, n),
  },
  Q: quarter,
  q: quarter,
  M: month,
  L: month,
  w: number(2, (wall) => weekOfYear(wall).week),
  W: number(1, weekOfMonth),
  D: number(3, (wall) => dayOfYear(wall)),
  d: number(2, (wall) => wall.getUTCDate()),
  F: number(1, (wall) => ((wall.getUTCDate() - 1) % 7) + 1),
  g: number(LONG_MAX_LETTERS, (wall) => epochDay(wall) + EPOCH_MODIFIED_JULIAN_DAY),
  E: weekday,
  e: { counts: 5, print: (t, n) => localDayText(t.wall.getUTCDay(), n) },
  c: { counts: [1, 3, 4, 5], print: (t, n) => localDayText(t.wall.getUTCDay(), n) },
  a: { counts: 1, print: ({ wall }) => (wall.getUTCHours() < 12 ? "AM" : "PM") },
  B: { counts: [1, 4, 5], print: ({ wall }, n) => dayPeriod(wall, n) },
  H: number(2, (wall) => wall.getUTCHours()),
  k: number(2, (wall) => wall.getUTCHours() || 24),
  K: number(2, (wall) => wall.getUTCHours() % 12),
  h: number(2, (wall) => wall.getUTCHours() % 12 || 12),
  m: number(2, (wall) => wall.getUTCMinutes()),
  s: number(2, (wall) => wall.getUTCSeconds()),
  S: { counts: 9, print: ({ wall }, n) => pad(wall.getUTCMilliseconds() * 1e6, 9).slice(0, n) },
  A: number(LONG_MAX_LETTERS, msOfDay),
  n: number(LONG_MAX_LETTERS, (wall) => wall.getUTCMilliseconds() * 1e6),
  N: number(LONG_MAX_LETTERS, (wall) => msOfDay(wall) * 1e6),
  V: { counts: [2], print: ({ timeZone }) => timeZone },
  z: { counts: 4, print: (t, n) => zoneName(t, n === 4 ? "long" : "short") },
  v: {
    counts: [1, 4],
    print: (t, n) => zoneName(t, n === 4 ? "longGeneric" : "shortGeneric"),
  },
  O: { counts: [1, 4], print: (t, n) => gmtOffset(t.offsetSeconds, n) },
  X: offset("Z for zero"),
  x: offset("digits for zero"),
  Z: {
    counts: 5,
    print: ({ offsetSeconds }, n) =>
      n === 4
        ? gmtOffset(offsetSeconds, n)
        : isoOffset(offsetSeconds, n === 5 ? 5 : 2, n === 5 ? "Z for zero" : "digits for zero"),
  },
};

function pad(value: number, digitCount: number): string {
  return String(value).padStart(digitCount, "0");
}

function yearOf({ wall }: ZonedTime): number {
  return wall.getUTCFullYear();
}

function yearText(value: number, count: number): string {
  return count === 2 ? pad(value % 100, 2) : pad(value, count);
}

/** Three letters abbreviate, four spell out, five give the initial. */
function nameText(name: string, count: number): string {
  return count === 4 ? name : name.slice(0, count === 5 ? 1 : 3);
}

function monthText(index: number, count: number): string {
  return count <= 2 ? pad(index + 1, count) : nameText(MONTHS[index] ?? "", count);
}

function dayName(index: number, count: number): string {
  return nameText(DAYS[index] ?? "", count);
}

function localDayText(index: number, count: number): string {
  return count <= 2 ? pad(index + 1, count) : dayName(index, count);
}

function quarterText(index: number, count: number): string {
  if (count <= 2) return pad(index + 1, count);
  if (count === 4) return QUARTERS[index] ?? "";
  return count === 3 ? `Q${index + 1}` : String(index + 1);
}

function epochDay(wall: Date): number {
  return Math.floor(wall.getTime() / DAY_MS);
}

function dayOfYear(wall: Date): number {
  return epochDay(wall) - Date.UTC(wall.getUTCFullYear(), 0, 1) / DAY_MS + 1;
}

function msOfDay(wall: Date): number {
  return wall.getTime() - epochDay(wall) * DAY_MS;
}

/** Which Sunday-to-Saturday week a day is in, counted from the week of the period's first day. */
function weekWithin(dayOfPeriod: number, weekdayIndex: number): number {
  const firstWeekdayIndex = (((weekdayIndex - dayOfPeriod + 1) % 7) + 7) % 7;
  return Math.floor((dayOfPeriod - 1 + firstWeekdayIndex) / 7) + 1;
}

function weekOfMonth(wall: Date): number {
  return weekWithin(wall.getUTCDate(), wall.getUTCDay());
}

/** The week that holds January 1 is the first of its year, so the last days of December may be in it. */
function weekOfYear(wall: Date): { readonly year: number; readonly week: number } {
  const saturday = new Date(wall.getTime() + (6 - wall.getUTCDay()) * DAY_MS);
  const isNextYears = saturday.getUTCFullYear() > wall.getUTCFullYear();
  return {
    year: saturday.getUTCFullYear(),
    week: isNextYears ? 1 : weekWithin(dayOfYear(wall), wall.getUTCDay()),
  };
}

function dayPeriod(wall: Date, count: number): string {
  const hour = wall.getUTCHours();
  if (wall.getUTCMinutes() === 0 && hour === 0) return count === 5 ? "mi" : "midnight";
  if (wall.getUTCMinutes() === 0 && hour === 12) return count === 5 ? "n" : "noon";
  if (hour < 6 || hour >= 21) return "at night";
  if (hour < 12) return "in the morning";
  return hour < 18 ? "in the afternoon" : "in the evening";
}

type Offset = "Z for zero" | "digits for zero";

/** One letter drops zero minutes, an odd count above two puts colons; seconds show only when there are any. */
function isoOffset(offsetSeconds: number, count: number, style: Offset): string {
  if (offsetSeconds === 0 && style === "Z for zero") return "Z";
  const { sign, hours, minutes, seconds } = splitOffset(offsetSeconds);
  const colon = count === 3 || count === 5 ? ":" : "";
  const minuteText = count === 1 && minutes === 0 ? "" : colon + pad(minutes, 2);
  const secondText = count >= 4 && seconds !== 0 ? colon + pad(seconds, 2) : "";
  return sign + pad(hours, 2) + minuteText + secondText;
}

/** `GMT`, `GMT+9`, `GMT-4:30`; in full (four letters) `GMT+09:00`. */
function gmtOffset(offsetSeconds: number, count: number): string {
  if (offsetSeconds === 0) return "GMT";
  const { sign, hours, minutes, seconds } = splitOffset(offsetSeconds);
  const secondText = seconds === 0 ? "" : `:${pad(seconds, 2)}`;
  if (count === 4) return `GMT${sign}${pad(hours, 2)}:${pad(minutes, 2)}${secondText}`;
  const minuteText = minutes === 0 && seconds === 0 ? "" : `:${pad(minutes, 2)}`;
  return `GMT${sign}${hours}${minuteText}${secondText}`;
}

function splitOffset(offsetSeconds: number) {
  const total = Math.abs(offsetSeconds);
  return {
    sign: offsetSeconds < 0 ? "-" : "+",
    hours: Math.floor(total / 3600),
    minutes: Math.floor(total / 60) % 60,
    seconds: total % 60,
  };
}
