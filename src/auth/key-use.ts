/** Notes that a key is in use, so that its owner can tell which one may go; once an hour, for every note is a write. */
import type { Clock } from "../clock.ts";
import { ACCESS_KEY_CACHE_MAX_COUNT, ACCESS_KEY_USE_INTERVAL_MS } from "../limits.ts";
import type { AccessKeyUses } from "./store.ts";

/** The answer never rejects: whether a use could be noted is nothing to the request. */
export function keyUseNotes(
  uses: AccessKeyUses,
  clock: Pick<Clock, "now">,
): (accessKeyId: string) => Promise<void> {
  /** By other processes, too, as far as this one was told. */
  const lastNotedAtMs = new Map<string, number>();
  return async (id) => {
    const nowMs = clock.now();
    const dueSinceMs = nowMs - ACCESS_KEY_USE_INTERVAL_MS;
    if ((lastNotedAtMs.get(id) ?? -Infinity) > dueSinceMs) return;
    if (lastNotedAtMs.size >= ACCESS_KEY_CACHE_MAX_COUNT) lastNotedAtMs.clear();
    // Requests beside this one need not note it, too.
    lastNotedAtMs.set(id, nowMs);
    await uses.noteUse(id, nowMs, dueSinceMs).then(
      (lastMs) => lastNotedAtMs.set(id, lastMs),
      () => lastNotedAtMs.delete(id),
    );
  };
}
