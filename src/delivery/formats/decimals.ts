/** Decimal numbers of any length, exactly: text to a whole number at a given scale, as Hive's decimals and clocks need it. */

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

export interface Decimal {
  readonly isNegative: boolean;
  /** Without leading zeros; empty for zero. */
  readonly digits: string;
  /** The value is the digits times 10 to that power. */
  readonly exponent: number;
}

/** `parseDecimal("-1.50e3")` → −150 × 10^1; `undefined` for what is no number. */
export function parseDecimal(text: string): Decimal | undefined {
  const [, sign, whole = "", fraction = "", power = "0"] = DECIMAL.exec(text) ?? [];
  if (sign === undefined || whole.length + fraction.length === 0) return undefined;
  return {
    isNegative: sign === "-",
    digits: (whole + fraction).replace(/^0+/, ""),
    exponent: Number(power) - fraction.length,
  };
}

/**
 * The number times 10 to the power of `scale`, rounded half away from zero; `undefined` when that has more than
 * `precision` digits. An exponent's zeros are written out only where they fit.
 *
 * @example rescale(parseDecimal("1.005")!, 10, 2) // 101n
 */
export function rescale(decimal: Decimal, precision: number, scale: number): bigint | undefined {
  const { isNegative, digits, exponent } = decimal;
  if (digits === "") return 0n;
  const shift = exponent + scale;
  const keptLength = digits.length + shift;
  if (keptLength > precision) return undefined;
  if (keptLength < 0) return 0n;
  let magnitude: bigint;
  if (shift >= 0) {
    magnitude = BigInt(digits + "0".repeat(shift));
  } else {
    magnitude = BigInt(digits.slice(0, keptLength) || "0");
    if (digits.charAt(keptLength) >= "5") magnitude += 1n;
    if (magnitude.toString().length > precision) return undefined;
  }
  return isNegative ? -magnitude : magnitude;
}
