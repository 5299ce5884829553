/** One call per shard, so many at once: a stream may have thousands. */
import { SHARDS_AT_ONCE } from "../limits.ts";

/** The results in the order of the items. */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  act: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let i = 0; i < items.length; i += SHARDS_AT_ONCE) {
    results.push(...(await Promise.all(items.slice(i, i + SHARDS_AT_ONCE).map(act))));
  }
  return results;
}
