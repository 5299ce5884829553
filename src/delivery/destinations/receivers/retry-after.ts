/** `Retry-After` of an answer: not before so long, as the receiver asks, and for no longer than a flush waits by itself. */
import { RECEIVER_BACK_OFF_MAX_MS } from "../../../limits.ts";

/** In seconds alone: a date would be by another clock. */
export function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d{1,9}$/.test(header)) return undefined;
  return Math.min(Number(header) * 1000, RECEIVER_BACK_OFF_MAX_MS);
}
