/** Values of text columns, binary ones and decimals: the same in both SerDes once there is a text. */
import { DECIMAL_MAX_DIGITS } from "../../limits.ts";
import { unfit } from "./conversion-error.ts";
import { parseDecimal, rescale } from "./decimals.ts";

/** The first code points of a text; Hive counts those, not UTF-16 units. */
export function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  let end = 0;
  for (let count = 0; count < length && end < text.length; count++) {
    end += text.codePointAt(end)! > 0xffff ? 2 : 1;
  }
  return text.slice(0, end);
}

/** `padText("ab", 5)` → `"ab   "` */
export function padText(text: string, length: number): string {
  const cut = cutText(text, length);
  if (cut.length >= length * 2) return cut;
  let count = 0;
  for (const _point of cut) count++;
  return cut + " ".repeat(Math.max(0, length - count));
}

/** `withoutEnd("ab  ", " ")` → `"ab"` */
export function withoutEnd(text: string, character: string): string {
  let end = text.length;
  while (end > 0 && text.charAt(end - 1) === character) end--;
  return text.slice(0, end);
}

/** A decimal column takes what it can: no number, or one with too many digits before the point, is null there. */
export function hiveDecimal(text: string, precision: number, scale: number): bigint | null {
  const decimal = parseDecimal(text);
  if (decimal === undefined) return null;
  // What has more digits than any decimal may have is none, whatever the column would leave of it.
  if (decimal.digits.length + decimal.exponent > DECIMAL_MAX_DIGITS) return null;
  return rescale(decimal, precision, scale) ?? null;
}

/** As Java's decoder: nothing but the alphabet, and padding that is right or missing. */
export function decodeBase64(text: string): Uint8Array {
  const digits = text.replace(/={1,2}$/, "");
  const foreign = /[^A-Za-z0-9+/]/.exec(digits)?.[0];
  if (foreign !== undefined) {
    throw unfit(`Illegal base64 character ${foreign.charCodeAt(0).toString(16)}`);
  }
  if (digits.length % 4 === 1) throw unfit("Last unit does not have enough valid bits");
  if (digits.length < text.length && text.length % 4 !== 0) {
    throw unfit("Input byte array has wrong 4-byte ending unit");
  }
  return Buffer.from(digits, "base64");
}
