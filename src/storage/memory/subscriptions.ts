/** Subscriptions in memory. Nothing a user runs uses it. */
import { latestMs } from "../../clock.ts";
import type { SubscriptionPlace, SubscriptionStore } from "../../streams/store.ts";

interface Held {
  /** Absent once it was released. */
  readonly token?: string;
  readonly sinceMs: number;
  readonly calledAtMs: number;
}

export function memorySubscriptions(): SubscriptionStore {
  const places = new Map<string, Held>();
  /** When each that runs is over, by token. */
  const running = new Map<string, number>();
  const keyOf = ({ shard, consumerId }: SubscriptionPlace) => `${shard} ${consumerId}`;
  return {
    async claim(place, { token, nowMs, takeOverBeforeMs, callBeforeMs }) {
      const standing = places.get(keyOf(place));
      if (standing !== undefined && standing.token !== token) {
        // What is later was written before the clock was set back.
        const isWithin = (atMs: number, startMs: number) =>
          atMs > startMs && atMs <= latestMs(nowMs, 0);
        if (isWithin(standing.calledAtMs, callBeforeMs)) return "too-soon";
        if (standing.token !== undefined && isWithin(standing.sinceMs, takeOverBeforeMs)) {
          places.set(keyOf(place), { ...standing, calledAtMs: nowMs });
          return "held";
        }
      }
      places.set(keyOf(place), { token, sinceMs: nowMs, calledAtMs: nowMs });
      return "claimed";
    },
    async holder(place) {
      return places.get(keyOf(place))?.token;
    },
    async release(place, token) {
      const { token: holder, ...freed } = places.get(keyOf(place)) ?? {};
      if (holder === token) places.set(keyOf(place), freed as Held);
    },
    async enter({ token, maxCount, nowMs, overByMs }) {
      for (const [other, otherOverByMs] of running) {
        if (otherOverByMs <= nowMs || otherOverByMs > latestMs(overByMs, 0)) running.delete(other);
      }
      if (running.size >= maxCount && !running.has(token)) return "full";
      running.set(token, overByMs);
      return { token, overByMs };
    },
    async leave({ token }) {
      running.delete(token);
    },
  };
}
