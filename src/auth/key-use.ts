/** Notes that a key is in use, so that its owner can tell which one may go; seldom, for every note is a write. */
import type { Clock } from "../clock.ts";
import { ACCESS_KEY_CACHE_MAX_COUNT, ACCESS_KEY_USE_INTERVAL_MS } from "../limits.ts";
import type { AccessKey, AccessKeyUses } from "./store.ts";

/** The answer never rejects: whether a use could be noted is nothing to the request. */
export function keyUseNotes(uses: AccessKeyUses, clock: Clock): (key: AccessKey) => Promise<void> {
  const notedAtMs = new Map<string, number>();
  return async ({ id, lastUsedAtMs = 0 }) => {
    const nowMs = clock.now();
    const lastMs = Math.max(lastUsedAtMs, notedAtMs.get(id) ?? 0);
    if (nowMs < lastMs + ACCESS_KEY_USE_INTERVAL_MS) return;
    if (notedAtMs.size >= ACCESS_KEY_CACHE_MAX_COUNT) notedAtMs.clear();
    notedAtMs.set(id, nowMs);
    await uses.noteUse(id, nowMs).catch(() => notedAtMs.delete(id));
  };
}
