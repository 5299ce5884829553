/**
 * Numbers as Java reads, narrows and prints them: the SerDes are Java, and what becomes of `1.50` in a string column
 * or of 300 in a tinyint is what Java's own classes make of it.
 */
import { unfit } from "./conversion-error.ts";

export type IntegerBits = 8 | 16 | 32 | 64;

/** `Double.parseDouble("0.10")`, a string's way into a float or double column. */
export function parseJavaDouble(text: string): number {
  const trimmed = text.trim();
  const [, sign, digits, special] = JAVA_DOUBLE.exec(trimmed) ?? [];
  if (digits !== undefined) return Number(`${sign}${digits}`);
  if (special !== undefined) return (sign === "-" ? -1 : 1) * Number(special);
  throw unfit(trimmed === "" ? "empty String" : inputString(text));
}

// A letter of Java's source code may follow the digits.
const JAVA_DOUBLE = /^([+-]?)(?:((?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)[fFdD]?|(NaN|Infinity))$/;

/** `Integer.parseInt` and its kin; hexadecimal behind `0x`. Blanks are no digits. */
export function parseJavaInteger(text: string, bits: IntegerBits): bigint {
  const isHex = /^0[xX]/.test(text);
  const digits = isHex ? text.slice(2) : text;
  const [, sign = "", magnitude] =
    (isHex ? /^([+-]?)([\dA-Fa-f]{1,1000})$/ : /^([+-]?)(\d{1,1000})$/).exec(digits) ?? [];
  if (magnitude === undefined) throw unfit(inputString(text));
  const absolute = BigInt(isHex ? `0x${magnitude}` : magnitude);
  const value = sign === "-" ? -absolute : absolute;
  if (BigInt.asIntN(bits, value) === value) return value;
  // Bytes and shorts are read as ints first.
  const isShort = bits < 32 && BigInt.asIntN(32, value) === value;
  if (!isShort) throw unfit(inputString(text));
  throw unfit(`Value out of range. Value:"${digits}" Radix:${isHex ? 16 : 10}`);
}

/** The low bits of a whole number: what Java's `intValue()` leaves of it. */
export function lowBits(value: number, bits: 8 | 16 | 32): number {
  // Modulo 2^32, as both languages do it.
  return (value << (32 - bits)) >> (32 - bits);
}

/** `(int) 1e10`: a double's fraction is cut off, and what is too large becomes the largest there is. */
export function narrowDouble(value: number, bits: IntegerBits): bigint {
  if (Number.isNaN(value)) return 0n;
  const first = bits === 64 ? 64 : 32;
  const largest = 2n ** BigInt(first - 1) - 1n;
  const whole = Number.isFinite(value)
    ? BigInt(Math.trunc(value))
    : value > 0
      ? largest
      : -largest - 1n;
  const clamped = whole > largest ? largest : whole < -largest - 1n ? -largest - 1n : whole;
  return BigInt.asIntN(bits, clamped);
}

/** `Double.toString`: at least one digit behind the point, an exponent from ten million on and below a thousandth. */
export function printJavaDouble(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const absolute = Math.abs(value);
  if (absolute === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  if (absolute >= 1e-3 && absolute < 1e7) {
    const text = String(value);
    return text.includes(".") ? text : `${text}.0`;
  }
  const [mantissa = "", exponent = ""] = value.toExponential().split("e");
  return `${mantissa.includes(".") ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
}

/** The complaint of Java's number classes. */
export function inputString(text: string): string {
  return `For input string: "${text}"`;
}

/** Whether the text of a JSON number has neither a point nor an exponent. */
export function isWholeText(text: string): boolean {
  return !/[.eE]/.test(text);
}
