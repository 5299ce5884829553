/**
 * An instant as a wall clock in some time zone shows it. The rules of zones come from the runtime's own
 * IANA data, through `Intl`, always in English, so that a name does not depend on where the code runs.
 */

export interface ZonedTime {
  /** The wall clock's reading kept in the UTC fields of a `Date`: `wall.getUTCHours()` is the local hour. */
  readonly wall: Date;
  /** Local time − UTC; negative west of Greenwich. */
  readonly offsetSeconds: number;
  readonly instantMs: number;
  readonly timeZone: string;
}

export const UTC = "UTC";

type NameStyle = "short" | "long" | "shortGeneric" | "longGeneric";

const wallClocks = new Map<string, Intl.DateTimeFormat>();

/** `isTimeZone("Asia/Tokyo")` → `true`, `isTimeZone("Mars/Olympus")` → `false`. */
export function isTimeZone(name: string): boolean {
  try {
    wallClock(name);
    return true;
  } catch {
    return false;
  }
}

export function zonedTime(instantMs: number, timeZone: string = UTC): ZonedTime {
  const instant = new Date(instantMs);
  if (timeZone === UTC) return { wall: instant, offsetSeconds: 0, instantMs, timeZone };
  const fields = new Map(
    wallClock(timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const field = (type: Intl.DateTimeFormatPartTypes) => fields.get(type) ?? 0;
  const wallMs = Date.UTC(
    field("year"),
    field("month") - 1,
    field("day"),
    field("hour"),
    field("minute"),
    field("second"),
    instant.getUTCMilliseconds(),
  );
  return {
    wall: new Date(wallMs),
    offsetSeconds: Math.round((wallMs - instantMs) / 1000),
    instantMs,
    timeZone,
  };
}

/** `zoneName(newYorkInJuly, "long")` → `Eastern Daylight Time`. */
export function zoneName({ instantMs, timeZone }: ZonedTime, style: NameStyle): string {
  if (timeZone === UTC) return style.startsWith("short") ? UTC : "Coordinated Universal Time";
  const parts = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: style });
  return parts.formatToParts(instantMs).find(({ type }) => type === "timeZoneName")?.value ?? "";
}

function wallClock(timeZone: string): Intl.DateTimeFormat {
  const known = wallClocks.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("en-US", {
    timeZone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  wallClocks.set(timeZone, made);
  return made;
}
