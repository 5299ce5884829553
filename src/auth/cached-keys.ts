/**
 * Access keys remembered for a few seconds, so that not every request asks the table. Unknown ids are remembered
 * just the same: they must not be told from known ones by the time an answer takes.
 */
import { type Clock, isFresh } from "../clock.ts";
import { ACCESS_KEY_CACHE_MAX_AGE_MS, ACCESS_KEY_CACHE_MAX_COUNT } from "../limits.ts";
import type { AccessKeyStore, StoredKey } from "./store.ts";

export function cachedAccessKeys(store: AccessKeyStore, clock: Clock): AccessKeyStore {
  const remembered = new Map<
    string,
    { readonly key: Promise<StoredKey | undefined>; readonly atMs: number }
  >();
  return {
    get(accessKeyId) {
      const known = remembered.get(accessKeyId);
      if (known && isFresh(known.atMs, clock.now(), ACCESS_KEY_CACHE_MAX_AGE_MS)) return known.key;
      // Whoever sends made-up ids must not fill the memory.
      if (remembered.size >= ACCESS_KEY_CACHE_MAX_COUNT) remembered.clear();
      const key = store.get(accessKeyId);
      remembered.set(accessKeyId, { key, atMs: clock.now() });
      key.catch(() => remembered.delete(accessKeyId));
      return key;
    },
  };
}
