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
