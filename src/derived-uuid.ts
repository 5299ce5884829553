/** Names that look random and are not: same parts, same name, so that what is done again meets what it did before. */
import { createHash } from "node:crypto";

/** A UUID that only depends on `parts`. */
export function derivedUuid(...parts: readonly (string | number)[]): string {
  const hex = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join("-");
}

/**
 * The same, and of two of them the one whose position is lower comes first in the order of their characters.
 *
 * @param position an integer from 0 up to 2^48 - 1
 */
export function orderedUuid(position: number, ...parts: readonly (string | number)[]): string {
  const place = position.toString(16).padStart(12, "0");
  const rest = derivedUuid(position, ...parts).slice("00000000-0000".length);
  return `${place.slice(0, 8)}-${place.slice(8)}${rest}`;
}
