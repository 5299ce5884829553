/**
 * How the items of a shard's log are laid out. Each shard's counter says it, where whoever appends or reads comes by
 * in any case; a table that an older version filled is refused there, and nothing of it is touched.
 */
import type { ShardKey } from "../../log/store.ts";
import { numberValue, readOptionalNumber } from "./client.ts";
import type { Item } from "./keys.ts";

/**
 * By number, what each brought:
 *
 *     1   all blocks of a shard lie under its own key, and its counter says nothing
 *     2   blocks lie in chunks
 *     3   delivery streams lie apart from each other
 *     4   the readers of a data stream's shard lie in slots, mappings apart from each other
 */
const LAYOUT = 4;
/**
 * Those that are read and written as they stand: the present one, and for one version the one before (docs/upgrading.md). No
 * release has an older one than the present.
 */
const READ_LAYOUTS: readonly number[] = [LAYOUT];

/** What a new counter says. */
export const LAYOUT_MEMBER = { layout: numberValue(LAYOUT) };

/** @example layoutCondition([4, 5]).expression // "layout IN (:layout4, :layout5)" */
export function layoutCondition(layouts: readonly number[]) {
  const names = layouts.map((layout) => `:layout${layout}`);
  return {
    expression: names.length === 1 ? `layout = ${names[0]}` : `layout IN (${names.join(", ")})`,
    values: Object.fromEntries(layouts.map((layout, i) => [names[i]!, numberValue(layout)])),
  };
}

const CONDITION = layoutCondition(READ_LAYOUTS);

/** The condition that a counter is there and of a layout that is read. */
export const IS_OF_LAYOUT = CONDITION.expression;
export const LAYOUT_VALUE: Item = CONDITION.values;

/** Throws for a counter of another layout. */
export function refuseOtherLayout(shard: ShardKey, counter: Item): void {
  const found = readOptionalNumber(counter, "layout") ?? 1;
  if (!READ_LAYOUTS.includes(found)) throw otherLayout(`the log of ${shard}`, found);
}

/** Throws for what earlier layouts had under a delivery stream's name: all of it. */
export function refuseStreamOfOtherLayout(name: string, found: Item | undefined): void {
  if (found?.["stream"]) throw otherLayout(`the delivery stream ${name}`, 2);
}

function otherLayout(what: string, found: number): Error {
  return new Error(
    `${what} has layout ${found} of another version, and this one reads layout ${READ_LAYOUTS.join(" and ")}; ` +
      "let that version deliver what waits, then deploy with new tables, as a new stage has them",
  );
}
