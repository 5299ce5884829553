/** A call that takes too long is answered all the same: clients and gateways do not wait for ever. */
import type { Clock } from "../clock.ts";
import { CALL_REST_MAX_MS } from "../limits.ts";

export type InTime<T> =
  | { readonly kind: "done"; readonly value: T }
  /** `rest` settles when the work has ended after all, or has had its time for that. */
  | { readonly kind: "late"; readonly rest: Promise<void> };

/** Given, for every call ends with it: none given would be an error with a stack. */
const OVER = "the call is over";

/** `work` must not reject. */
export async function inTime<T>(
  work: Promise<T>,
  clock: Pick<Clock, "sleep">,
  maxMs: number,
): Promise<InTime<T>> {
  const over = new AbortController();
  const late = clock.sleep(maxMs, over.signal).then((): InTime<T> => {
    const rest = Promise.race([work, clock.sleep(CALL_REST_MAX_MS, over.signal)]);
    return { kind: "late", rest: rest.then(() => over.abort(OVER)) };
  });
  const done = work.then((value): InTime<T> => ({ kind: "done", value }));
  const first = await Promise.race([done, late]);
  if (first.kind === "done") over.abort(OVER);
  return first;
}
