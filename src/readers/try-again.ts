/**
 * What the owner of a lease writes is tried once more, a second later, when it fails. Limits of a store are counted in
 * seconds, and to end the run costs more than to wait: its lease, which cannot be shortened then either, would keep
 * everybody from the reader until it is over, and what was under way would be done again. Each of these writes may be
 * repeated, and one that arrives behind its repetition changes nothing.
 */
import type { Clock } from "../clock.ts";
import { OWNER_TRIES_AGAIN_MS } from "../limits.ts";
import type { ReaderStore } from "./store.ts";

/** To take a lease is left to the message that asks for it, which comes back by itself. */
export function tryAgain<Plan>(
  readers: ReaderStore<Plan>,
  clock: Pick<Clock, "sleep">,
): ReaderStore<Plan> {
  const patiently = <Answer>(write: () => Promise<Answer>): Promise<Answer> =>
    write().catch(async () => {
      await clock.sleep(OWNER_TRIES_AGAIN_MS);
      return write();
    });
  return {
    ...readers,
    renew: (lease, untilMs, recall) => patiently(() => readers.renew(lease, untilMs, recall)),
    savePlan: (lease, plan, order) => patiently(() => readers.savePlan(lease, plan, order)),
    advance: (lease, from, to) => patiently(() => readers.advance(lease, from, to)),
    moveOn: (lease, to, order) => patiently(() => readers.moveOn(lease, to, order)),
    end: (lease) => patiently(() => readers.end(lease)),
    release: (lease, recall) => patiently(() => readers.release(lease, recall)),
  };
}
