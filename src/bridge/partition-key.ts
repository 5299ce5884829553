/** Partition keys out of what sources have for one, within Kinesis's bounds. */
import { createHash } from "node:crypto";
import { PARTITION_KEY_MAX_LENGTH } from "../limits.ts";

/** The text itself where it may be one; a digest of one that is too long. @param otherwise for an empty one */
export function partitionKeyOf(text: string, otherwise = "-"): string {
  const key = text === "" ? otherwise : text;
  return key.length <= PARTITION_KEY_MAX_LENGTH ? key : digestKey(key);
}

/** What the same bytes always have in common. */
export function digestKey(bytes: string | Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
