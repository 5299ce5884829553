/** An error in one line, for people: what the destination said, such as `NoSuchBucket: …`. */
import { DELIVERY_FAILURE_MAX_LENGTH } from "../limits.ts";

export function failureText(error: unknown): string {
  if (!(error instanceof Error)) return `thrown: ${typeof error}`;
  const text = error.name === "Error" ? error.message : `${error.name}: ${error.message}`;
  return text.replaceAll(/\s+/g, " ").slice(0, DELIVERY_FAILURE_MAX_LENGTH);
}
