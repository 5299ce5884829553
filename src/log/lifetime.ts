/** How long what is written into the log stays in the store; readers go by the time of arrival. */
import { BLOCK_EXPIRY_SLACK_MS } from "../limits.ts";

export function lifetimeMs(retentionMs: number): number {
  return retentionMs + BLOCK_EXPIRY_SLACK_MS;
}
