/** Chance as inputs are drawn from it. Each input has its own, so that it can be drawn again without those before it. */
import { seededRandom } from "../helpers/seeded-random.ts";

export interface Chance {
  /** From 0 to `count` - 1. */
  below(count: number): number;
  /** True so often, of one. */
  may(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  bytes(count: number): Uint8Array;
}

export function chanceOf(seed: number, index: number): Chance {
  const random = seededRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
  const below = (count: number) => Math.floor(random.fraction() * count);
  return {
    below,
    may: (probability) => random.fraction() < probability,
    pick<T>(items: readonly T[]): T {
      if (items.length === 0) throw new RangeError("there is nothing to pick from");
      return items[below(items.length)] as T;
    },
    bytes: random.bytes,
  };
}
