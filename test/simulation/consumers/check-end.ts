/** G7 and G8: in the end all is done and nothing waits, and on the way nothing piles up. */
import type { Check, Part } from "./checker.ts";
import type { ConsumerEventOf } from "./history.ts";

/** How many messages for one reader may be in the queue. */
const MESSAGES_MAX_COUNT = 24;
const MESSAGES_CALM_MAX_COUNT = 14;

export function checkEnd({ log, book, fail, options: { isCalm, promptMs = Infinity } }: Check) {
  const acknowledged: ConsumerEventOf<"acknowledged">[] = [];
  return {
    visitor: {
      acknowledged(event) {
        acknowledged.push(event);
      },

      settled({ mapping, shard, block, head, isSealed, isEnded }) {
        if (isEnded || (block === head && !isSealed)) return;
        fail("G7", `${mapping} still lags ${head - block} blocks in ${shard}, sealed: ${isSealed}`);
      },

      unread({ mapping, shard }) {
        fail("G7", `nobody reads ${shard} for ${mapping}`);
      },

      messages({ mapping, shard, count }) {
        const most = isCalm ? MESSAGES_CALM_MAX_COUNT : MESSAGES_MAX_COUNT;
        if (count > most) fail("G8", `${count} messages for ${mapping} in ${shard} at once`);
      },

      surprise({ message }) {
        fail("surprise", message);
      },
    },

    finish(endMs) {
      for (const [uuid, mapping] of book.mappings) {
        if (mapping.facts.status !== "enabled") continue;
        for (const rec of log.records.values()) {
          if (book.isOpenWork(mapping, rec, endMs)) fail("G7", `${rec.id} is not done by ${uuid}`);
        }
        for (const { id, atMs } of acknowledged) {
          const { handledAtMs, enabledAtMs } = mapping;
          const waitedMs = (handledAtMs.get(id) ?? atMs) - Math.max(atMs, enabledAtMs);
          if (waitedMs > promptMs) fail("G7", `${id} was handled by ${uuid} after ${waitedMs} ms`);
        }
      }
    },
  } satisfies Part;
}
