/**
 * How the items of a shard's log are laid out. Each shard's counter says it, where whoever appends or reads comes by
 * in any case; a table that an older version filled is refused there, and nothing of it is touched.
 */
import type { ShardKey } from "../../log/store.ts";
import { numberValue, readOptionalNumber } from "./client.ts";
import type { Item } from "./keys.ts";

/**
 * 4: the readers of a data stream's shard lie in slots, mappings apart from each other. 3: delivery streams lie apart from each other. 2: blocks lie in chunks. Those before lay under their shard's own key,
 * and their counters say nothing.
 */
const LAYOUT = numberValue(4);

/** What a new counter says. */
export const LAYOUT_MEMBER = { layout: LAYOUT };

/** The condition that a counter is there and of this layout. */
export const IS_OF_LAYOUT = "layout = :layout";
export const LAYOUT_VALUE = { ":layout": LAYOUT };

/** Throws for a counter of another layout. */
export function refuseOtherLayout(shard: ShardKey, counter: Item): void {
  const found = readOptionalNumber(counter, "layout") ?? 1;
  if (found !== Number(LAYOUT.N)) throw otherLayout(`the log of ${shard}`, found);
}

/** Throws for what earlier layouts had under a delivery stream's name: all of it. */
export function refuseStreamOfOtherLayout(name: string, found: Item | undefined): void {
  if (found?.["stream"]) throw otherLayout(`the delivery stream ${name}`, 2);
}

function otherLayout(what: string, found: number): Error {
  return new Error(
    `${what} has layout ${found} of another version, and this one reads layout ${LAYOUT.N}; ` +
      "let that version deliver what waits, then deploy with new tables, as a new stage has them",
  );
}
