/**
 * Numbers as jq 1.6 prints them: the shortest digits that say the same number, in full as long as that is short.
 *
 * @example numberText(1e17) // "100000000000000000"
 * @example numberText(0.00001) // "1e-05"
 * @example numberText(Infinity) // "1.7976931348623157e+308"
 * @param value no NaN, which jq prints as null
 */
export function numberText(value: number): string {
  if (Object.is(value, -0)) return "-0";
  const finite = Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE);
  const sign = finite < 0 ? "-" : "";
  const [mantissa = "", exponent = ""] = Math.abs(finite).toExponential().split("e");
  const digits = mantissa.replace(".", "");
  /** How many of the digits stand before the point; negative: so many zeros behind it come first. */
  const point = Number(exponent) + 1;
  return sign + placed(digits, point);
}

/** Zeros that may be filled in on either side of the digits. */
const ZEROS_BEFORE_MAX = 3;
const ZEROS_BEHIND_MAX = 15;
const EXPONENT_DIGITS = 2;

function placed(digits: string, point: number): string {
  if (point < -ZEROS_BEFORE_MAX || point > digits.length + ZEROS_BEHIND_MAX) {
    const exponent = point - 1;
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
    const power = String(Math.abs(exponent)).padStart(EXPONENT_DIGITS, "0");
    return `${digits.charAt(0)}${fraction}e${exponent < 0 ? "-" : "+"}${power}`;
  }
  if (point <= 0) return `0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return digits.padEnd(point, "0");
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}
