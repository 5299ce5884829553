/**
 * Signing keys, derived from a key's secret and remembered in its place: each holds for one key, day, region and service,
 * and a day is the longest that one is kept. So a process that is warm holds no secret, and opens each of them a few times a
 * day; deriving costs four of a request's five HMACs anyway.
 */
import type { KeyObject } from "node:crypto";
import { type Clock, isFresh } from "../clock.ts";
import { SIGNING_KEY_CACHE_MAX_AGE_MS, SIGNING_KEY_CACHE_MAX_COUNT } from "../limits.ts";
import { deriveSigningKey, scopeText, type SigningScope } from "./signature.ts";
import type { StoredKey } from "./store.ts";

interface Derived {
  readonly secretVersion: string;
  /** `undefined`: the key has gone meanwhile. */
  readonly signingKey: Promise<KeyObject | undefined>;
  readonly atMs: number;
}

export type SigningKeys = (key: StoredKey, scope: SigningScope) => Promise<KeyObject | undefined>;

export function signingKeys(clock: Pick<Clock, "now">): SigningKeys {
  const derived = new Map<string, Derived>();

  function forgetOld(nowMs: number): void {
    if (derived.size >= SIGNING_KEY_CACHE_MAX_COUNT) derived.clear();
    for (const [name, { atMs }] of derived) {
      if (!isFresh(atMs, nowMs, SIGNING_KEY_CACHE_MAX_AGE_MS)) derived.delete(name);
    }
  }

  return (key, scope) => {
    const nowMs = clock.now();
    const { secretVersion } = key;
    const name = `${key.accessKey.id}/${scopeText(scope)}`;
    const known = derived.get(name);
    const isGood =
      known?.secretVersion === secretVersion &&
      isFresh(known.atMs, nowMs, SIGNING_KEY_CACHE_MAX_AGE_MS);
    if (isGood) return known.signingKey;
    forgetOld(nowMs);
    const signingKey = key
      .openSecret()
      .then((secret) => (secret === undefined ? undefined : deriveSigningKey(secret, scope)));
    derived.set(name, { secretVersion, signingKey, atMs: nowMs });
    // The next request asks again.
    const forget = () => derived.delete(name);
    signingKey.then((found) => found ?? forget(), forget);
    return signingKey;
  };
}
