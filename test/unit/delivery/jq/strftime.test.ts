import { describe, expect, it } from "vitest";
import { strftime } from "../../../../src/delivery/jq/strftime.ts";

function printed(format: string, instant: string): string {
  const at = new Date(instant);
  const yearStart = Date.UTC(at.getUTCFullYear(), 0, 1);
  return strftime(format, [
    at.getUTCSeconds(),
    at.getUTCMinutes(),
    at.getUTCHours(),
    at.getUTCDate(),
    at.getUTCMonth(),
    at.getUTCFullYear() - 1900,
    at.getUTCDay(),
    Math.floor((at.getTime() - yearStart) / 86_400_000),
  ]);
}

const ALL = "aAbBcCdDeFgGhHIjklmMpPrRsSTuUVwWxXyYzZ"
  .split("")
  .map((letter) => `%${letter}`)
  .join("|");

describe("a date", () => {
  it.each([
    [
      "1970-01-01T00:00:00Z",
      "Thu|Thursday|Jan|January|Thu Jan  1 00:00:00 1970|19|01|01/01/70| 1|1970-01-01|70|1970|Jan|00|12|001| 0|12|01|00|AM|am|12:00:00 AM|00:00|0|00|00:00:00|4|00|01|4|00|01/01/70|00:00:00|70|1970|+0000|UTC",
    ],
    [
      "2024-12-30T13:05:09Z",
      "Mon|Monday|Dec|December|Mon Dec 30 13:05:09 2024|20|30|12/30/24|30|2024-12-30|25|2025|Dec|13|01|365|13| 1|12|05|PM|pm|01:05:09 PM|13:05|1735563909|09|13:05:09|1|52|01|1|53|12/30/24|13:05:09|24|2024|+0000|UTC",
    ],
    [
      "2021-01-03T12:00:00Z",
      "Sun|Sunday|Jan|January|Sun Jan  3 12:00:00 2021|20|03|01/03/21| 3|2021-01-03|20|2020|Jan|12|12|003|12|12|01|00|PM|pm|12:00:00 PM|12:00|1609675200|00|12:00:00|7|01|53|0|00|01/03/21|12:00:00|21|2021|+0000|UTC",
    ],
  ])("of %s is printed as the GNU library prints it", (instant, text) => {
    expect(printed(ALL, instant)).toBe(text);
  });

  it.each([
    ["%-d|%_d|%5d|%-m|%_H|%03e", "5| 5|00005|3| 4|005"],
    ["%^a|%#a|%^B|%#Z|%#p|%10A|%010A", "TUE|TUE|MARCH|utc|am|   Tuesday|000Tuesday"],
    ["%Ey|%Od|%5Y", "24|05|02024"],
    ["%%|%n|%t|%q|%f|%L|%", "%|\n|\t|%q|%f|%L|%"],
    ["é%d日", "é05日"],
    [`%${"9".repeat(300)}d`, "5".padStart(4096, "0")],
  ])("takes %s as %s", (format, text) => {
    expect(printed(format, "2024-03-05T04:06:07Z")).toBe(text);
  });
});
