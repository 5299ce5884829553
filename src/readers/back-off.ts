/** How long to leave a reader alone after its flush failed: doubling from a second, with jitter. */
import { RETRY_DELAY_MAX_SECONDS } from "../limits.ts";
import type { Random } from "../random.ts";

/**
 * @param receiveCount how often the queue has handed the wake-up out: 1, 2, 3, …
 * @returns milliseconds, between half and the whole of 1, 2, 4, … up to 30 s
 */
export function backOffMs(receiveCount: number, random: Random): number {
  const seconds = Math.min(2 ** (receiveCount - 1), RETRY_DELAY_MAX_SECONDS);
  return Math.round(seconds * 1000 * (0.5 + random.fraction() / 2));
}
