/**
 * C's `strftime` in the C locale and in UTC, as jq has it where AWS runs it (the GNU library's). What it does not know
 * it leaves as it stands.
 *
 * It must need nothing outside itself and hold no function with a name: its text is sent to the worker thread too.
 *
 * @param time seconds, minutes, hours, day of the month, month from 0, years since 1900, day of the week from Sunday,
 *   day of the year from 0
 * @example strftime("%Y-%m-%d", [7, 20, 20, 9, 7, 119, 5, 220]) // "2019-08-09"
 */
export function strftime(format: string, time: readonly number[]): string {
  const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
  const months = [
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
  const [second = 0, minute = 0, hour = 0, dayOfMonth = 0, month = 0, , weekday = 0, yearday = 0] =
    time;
  const year = (time[5] ?? 0) + 1900;
  const hour12 = hour % 12 || 12;
  // Monday is 1 and Sunday 7; the ISO week is that of its Thursday.
  const isoWeekday = weekday || 7;
  const thursday = yearday + 4 - isoWeekday;
  let isoYear = year;
  let isoYearday = thursday;
  // Days of the years that end with the one before, and with this one, counted from year 1 on.
  const before = year - 1;
  const daysBefore =
    before * 365 + Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
  const thisYearDays = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 366 : 365;
  const lastYearDays = before % 4 === 0 && (before % 100 !== 0 || before % 400 === 0) ? 366 : 365;
  if (thursday < 0) {
    isoYear = year - 1;
    isoYearday = thursday + lastYearDays;
  } else if (thursday >= thisYearDays) {
    isoYear = year + 1;
    isoYearday = thursday - thisYearDays;
  }
  const isoWeek = Math.floor(isoYearday / 7) + 1;
  const epochDays = daysBefore - 719162 + yearday;
  const epochSeconds = epochDays * 86_400 + hour * 3600 + minute * 60 + second;

  return format.replace(
    /%([_\-0^#]*)(\d*)([EO]?)(.)/gsu,
    (all, flags: string, width: string, _modifier: string, letter: string) => {
      let text: string;
      // How long a number is at least, and what it is filled with; 0 is for texts.
      let digits = 0;
      let pad = "0";
      switch (letter) {
        case "%":
          text = "%";
          break;
        case "n":
          text = "\n";
          break;
        case "t":
          text = "\t";
          break;
        case "a":
          text = (days[weekday] ?? "?").slice(0, 3);
          break;
        case "A":
          text = days[weekday] ?? "?";
          break;
        case "b":
        case "h":
          text = (months[month] ?? "?").slice(0, 3);
          break;
        case "B":
          text = months[month] ?? "?";
          break;
        case "p":
          text = hour < 12 ? "AM" : "PM";
          break;
        case "P":
          text = hour < 12 ? "am" : "pm";
          break;
        case "Z":
          text = "UTC";
          break;
        case "z":
          text = "+0000";
          break;
        case "c":
        case "D":
        case "F":
        case "r":
        case "R":
        case "T":
        case "x":
        case "X": {
          // In one piece, for nothing here may call itself by its name.
          const dd = String(dayOfMonth).padStart(2, "0");
          const mm = String(month + 1).padStart(2, "0");
          const hhmm = `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
          const ss = String(second).padStart(2, "0");
          const day = `${mm}/${dd}/${String(year % 100).padStart(2, "0")}`;
          if (letter === "c") {
            text = `${(days[weekday] ?? "?").slice(0, 3)} ${(months[month] ?? "?").slice(0, 3)} ${String(
              dayOfMonth,
            ).padStart(2)} ${hhmm}:${ss} ${year}`;
          } else if (letter === "F") text = `${year}-${mm}-${dd}`;
          else if (letter === "R") text = hhmm;
          else if (letter === "r") {
            text = `${String(hour12).padStart(2, "0")}:${hhmm.slice(3)}:${ss} ${hour < 12 ? "AM" : "PM"}`;
          } else text = letter === "D" || letter === "x" ? day : `${hhmm}:${ss}`;
          break;
        }
        case "C":
          text = String(Math.floor(year / 100));
          digits = 2;
          break;
        case "d":
          text = String(dayOfMonth);
          digits = 2;
          break;
        case "e":
          text = String(dayOfMonth);
          digits = 2;
          pad = " ";
          break;
        case "g":
          text = String(isoYear % 100);
          digits = 2;
          break;
        case "G":
          text = String(isoYear);
          digits = 1;
          break;
        case "H":
          text = String(hour);
          digits = 2;
          break;
        case "I":
          text = String(hour12);
          digits = 2;
          break;
        case "j":
          text = String(yearday + 1);
          digits = 3;
          break;
        case "k":
          text = String(hour);
          digits = 2;
          pad = " ";
          break;
        case "l":
          text = String(hour12);
          digits = 2;
          pad = " ";
          break;
        case "m":
          text = String(month + 1);
          digits = 2;
          break;
        case "M":
          text = String(minute);
          digits = 2;
          break;
        case "s":
          text = String(epochSeconds);
          digits = 1;
          break;
        case "S":
          text = String(second);
          digits = 2;
          break;
        case "u":
          text = String(isoWeekday);
          digits = 1;
          break;
        case "U":
          text = String(Math.floor((yearday + 7 - weekday) / 7));
          digits = 2;
          break;
        case "V":
          text = String(isoWeek);
          digits = 2;
          break;
        case "w":
          text = String(weekday);
          digits = 1;
          break;
        case "W":
          text = String(Math.floor((yearday + 8 - isoWeekday) / 7));
          digits = 2;
          break;
        case "y":
          text = String(year % 100);
          digits = 2;
          break;
        case "Y":
          text = String(year);
          digits = 1;
          break;
        default:
          return all;
      }
      // The last flag that says how to fill counts.
      const fill = /[_\-0](?=[^_\-0]*$)/.exec(flags)?.[0];
      if (fill === "_") pad = " ";
      if (fill === "0") pad = "0";
      if (digits === 0 && fill === undefined) pad = " ";
      // jq has room for 4,096 bytes; more is too long for any name, and a width may have any number of digits.
      const widest = Math.min(Number(width), 4096);
      if (fill !== "-") text = text.padStart(Math.max(digits, widest), pad);
      if (flags.includes("^")) text = text.toUpperCase();
      if (flags.includes("#")) {
        text = letter === "Z" || letter === "p" ? text.toLowerCase() : text.toUpperCase();
      }
      return text;
    },
  );
}
