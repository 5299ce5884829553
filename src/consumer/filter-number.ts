/**
 * Numbers of filter patterns and of what they are compared with. Those are compared as numbers which a `double` holds
 * exactly as they were written; all others, such as ids of more than 17 digits, are equal only to the same digits.
 */

/** `comparableNumber("3.0e2")` → `300`; `undefined` where a `double` is another number, or none. */
export function comparableNumber(text: string): number | undefined {
  const value = Number(text);
  if (text.length <= EXACT_LENGTH && INTEGER.test(text)) return value;
  return Number.isFinite(value) && plain(String(value)) === plain(text) ? value : undefined;
}

/** So many digits, and a sign, are always exact. */
const EXACT_LENGTH = 15;
const INTEGER = /^-?\d+$/;

/** The same text for the same number: `-12.50e3` → `-125e2`. */
function plain(text: string): string {
  const [mantissa = "", exponent = "0"] = text.toLowerCase().split("e");
  const sign = mantissa.startsWith("-") ? "-" : "";
  const [whole = "", fraction = ""] = mantissa.replace("-", "").split(".");
  const digits = withoutZeros(whole + fraction);
  if (digits.text === "") return "0";
  return `${sign}${digits.text}e${Number(exponent) - fraction.length + digits.trailingCount}`;
}

/** By hand: a pattern for zeros before an end is worse than linear. */
function withoutZeros(digits: string): { readonly text: string; readonly trailingCount: number } {
  let from = 0;
  let to = digits.length;
  while (from < to && digits[from] === "0") from++;
  while (to > from && digits[to - 1] === "0") to--;
  return { text: digits.slice(from, to), trailingCount: digits.length - to };
}

export interface NumberRange {
  readonly from: number;
  readonly includesFrom: boolean;
  readonly to: number;
  readonly includesTo: boolean;
}

/** Whether a number is in any of them; however many there are. */
export function inAnyRange(ranges: readonly NumberRange[]): (value: number) => boolean {
  const joined = joinRanges(ranges);
  return (value) => {
    // The last one that begins before the number is the only one that may hold it.
    let low = 0;
    let high = joined.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isFrom(joined[middle]!, value)) low = middle + 1;
      else high = middle;
    }
    const range = joined[low - 1];
    return range !== undefined && (value < range.to || (value === range.to && range.includesTo));
  };
}

function isFrom({ from, includesFrom }: NumberRange, value: number): boolean {
  return value > from || (value === from && includesFrom);
}

/** In order and apart from each other. */
function joinRanges(ranges: readonly NumberRange[]): readonly NumberRange[] {
  const sorted = ranges.toSorted(
    (a, b) => a.from - b.from || Number(b.includesFrom) - Number(a.includesFrom),
  );
  const joined: NumberRange[] = [];
  for (const range of sorted) {
    const last = joined.at(-1);
    const touches =
      last !== undefined &&
      (range.from < last.to || (range.from === last.to && (range.includesFrom || last.includesTo)));
    if (!touches) joined.push(range);
    else if (range.to > last.to || (range.to === last.to && range.includesTo)) {
      joined[joined.length - 1] = { ...last, to: range.to, includesTo: range.includesTo };
    }
  }
  return joined;
}
