/**
 * What a process remembers of delivery streams, so that a put does not ask the store each time. It may be out
 * of date without harm: an append names the stream's generation, and the log answers `closed` to an old one.
 * A name that does not exist is never remembered, so that a new stream takes records at once.
 */
import { type Clock, isFresh } from "../clock.ts";
import type { DeliveryStream } from "../delivery/delivery-stream.ts";
import type { DeliveryStreamStore } from "../delivery/ports.ts";
import { STREAM_CACHE_MAX_AGE_MS } from "../limits.ts";

export interface StreamCache {
  get(name: string): Promise<DeliveryStream | undefined>;
  /** Asks the store, whatever is remembered. */
  refresh(name: string): Promise<DeliveryStream | undefined>;
  forget(name: string): void;
}

export function streamCache(store: Pick<DeliveryStreamStore, "get">, clock: Clock): StreamCache {
  const remembered = new Map<string, { readonly stream: DeliveryStream; readonly atMs: number }>();

  async function refresh(name: string): Promise<DeliveryStream | undefined> {
    const atMs = clock.now();
    const stream = await store.get(name);
    if (stream === undefined) remembered.delete(name);
    else remembered.set(name, { stream, atMs });
    return stream;
  }

  return {
    async get(name) {
      const known = remembered.get(name);
      return known !== undefined && isFresh(known.atMs, clock.now(), STREAM_CACHE_MAX_AGE_MS)
        ? known.stream
        : refresh(name);
    },
    refresh,
    forget: (name) => void remembered.delete(name),
  };
}
