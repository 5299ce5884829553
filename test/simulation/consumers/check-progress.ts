/** G4, and G6 across shards: what is stored of a reader never goes back, nor over records that are not done. */
import { laneOf } from "../../../src/consumer/progress.ts";
import type { Check, Part } from "./checker.ts";
import type { ConsumerEventOf, LanePlace } from "./history.ts";
import { comparePlaces, type Rec } from "./log-book.ts";

interface Standing {
  readonly block: number;
  readonly lanes: readonly LanePlace[];
}

export function checkProgress({ log, book, fail }: Check) {
  /** By mapping and shard. */
  const standing = new Map<string, Standing>();
  const ended = new Set<string>();
  /** What no reader has been stored behind. */
  const ahead = new Map<string, readonly Rec[]>();
  const nameOf = (mapping: string, shard: number) => `${mapping} in ${shard}`;

  function pass(
    event: ConsumerEventOf<"progress" | "ended">,
    isPassed: (rec: Rec) => boolean,
    describe: (rec: Rec) => string,
  ): void {
    const { mapping: uuid, shard, atMs } = event;
    const mapping = book.mappings.get(uuid)!;
    const by = book.goesBy(event);
    const name = nameOf(uuid, shard);
    const { passed = [], left = [] } = Object.groupBy(
      ahead.get(name) ?? log.byShard.get(shard) ?? [],
      (rec) => (isPassed(rec) ? "passed" : "left"),
    );
    ahead.set(name, left);
    for (const rec of passed) {
      const isOpen = book.isOpenWork(mapping, rec, atMs);
      if (isOpen && !book.mayPass(mapping, by, rec, atMs)) fail("G4", describe(rec));
      mapping.passed.add(rec.id);
    }
  }

  return {
    visitor: {
      opened({ mapping: uuid, shard, block, atMs }) {
        standing.set(nameOf(uuid, shard), { block, lanes: [] });
        const mapping = book.mappings.get(uuid)!;
        for (const parent of log.parentsOf(shard)) {
          if (!log.isBegun(uuid, parent) || ended.has(nameOf(uuid, parent))) continue;
          const open = (log.byShard.get(parent) ?? []).find(
            (rec) =>
              book.isOpenWork(mapping, rec, atMs) &&
              !book.mayPass(mapping, mapping.facts, rec, atMs),
          );
          if (open) fail("G6", `${shard} was opened before ${open.id} of its parent was done`);
        }
      },

      ended(event) {
        const { mapping, shard } = event;
        ended.add(nameOf(mapping, shard));
        pass(
          event,
          () => true,
          ({ id }) => `${shard} ended for ${mapping} before ${id} was done`,
        );
      },

      progress(event) {
        const { mapping, shard, block, lanes } = event;
        const name = nameOf(mapping, shard);
        const last = standing.get(name);
        standing.set(name, { block, lanes });
        if (last && block < last.block) {
          fail("G4", `${mapping} went back in ${shard} to block ${block}`);
        }
        const isSame = last?.lanes.length === lanes.length;
        lanes.forEach((next, lane) => {
          const before = last?.lanes[lane];
          if (isSame && before && comparePlaces(next, before) < 0) {
            const move = `from ${before.join("/")} to ${next.join("/")}`;
            fail("G4", `lane ${lane} of ${mapping} went back in ${shard} ${move}`);
          }
        });
        pass(
          event,
          ({ key, place }) =>
            place[0] < block || comparePlaces(place, lanes[laneOf(key, lanes.length)]!) < 0,
          ({ id }) => `${mapping} was stored behind ${id}, which is not done`,
        );
      },
    },
  } satisfies Part;
}
