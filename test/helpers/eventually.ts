/** Waiting for what must come to pass, by asking again; the deadline only bounds how long a failure takes. */
import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 50;

/** The first answer of `probe` that is not `undefined`. */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined>,
  deadlineMs = 45_000,
  pollMs = POLL_MS,
): Promise<T> {
  const giveUpAt = performance.now() + deadlineMs;
  let trouble: unknown;
  for (;;) {
    try {
      const answer = await probe();
      if (answer !== undefined) return answer;
      trouble = undefined;
    } catch (error) {
      trouble = error;
    }
    if (performance.now() > giveUpAt) {
      throw new Error(`gave up after ${deadlineMs} ms waiting until ${what}`, { cause: trouble });
    }
    await sleep(pollMs);
  }
}
