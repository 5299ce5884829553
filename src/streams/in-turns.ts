/** One call per item, so many at once: a stream may have thousands of shards, a shard thousands of readers. */
import { SHARDS_AT_ONCE } from "../limits.ts";

/**
 * The results in the order of the items. When one fails, those that are under way are the last.
 *
 * @param atOnce how many are under way at a time
 */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  act: (item: Item) => Promise<Result>,
  atOnce = SHARDS_AT_ONCE,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const go = async () => {
    try {
      while (next < items.length) {
        const index = next++;
        results[index] = await act(items[index]!);
      }
    } catch (error) {
      next = items.length;
      throw error;
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, go));
  return results;
}
