/** Subscriptions in memory. Nothing a user runs uses it. */
import type { SubscriptionPlace, SubscriptionStore } from "../../streams/store.ts";

export function memorySubscriptions(): SubscriptionStore {
  const held = new Map<string, { readonly token: string; readonly sinceMs: number }>();
  const keyOf = ({ shard, consumerId }: SubscriptionPlace) => `${shard} ${consumerId}`;
  return {
    async claim(place, { token, nowMs, takeOverBeforeMs }) {
      const standing = held.get(keyOf(place));
      const isFree =
        standing === undefined || standing.token === token || standing.sinceMs <= takeOverBeforeMs;
      if (!isFree) return "held";
      held.set(keyOf(place), { token, sinceMs: nowMs });
      return "claimed";
    },
    async holder(place) {
      return held.get(keyOf(place))?.token;
    },
    async release(place, token) {
      if (held.get(keyOf(place))?.token === token) held.delete(keyOf(place));
    },
  };
}
