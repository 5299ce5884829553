/** G3, G6 and G10 of what functions are sent: it is in the log, wanted, and nothing before it was left out. */
import type { Check, Part } from "./checker.ts";
import type { ConsumerEventOf } from "./history.ts";
import { compareRecords, type Rec } from "./log-book.ts";
import { isWanted, type Mapping } from "./mapping-book.ts";

type Invoked = ConsumerEventOf<"invoked">;

/** How long a consumer may go on by what it remembers of its mapping, and then some. */
const OUTDATED_MAX_MS = 10_000;

export function checkInvocations({ log, book, fail, options: { isCalm } }: Check) {
  /** The batch that failed last, by what it was cut by and its first record. */
  const failedBatches = new Map<string, readonly string[]>();

  function nameOf(event: Invoked): string {
    const { wantedKinds = [] } = book.goesBy(event);
    return `${event.mapping} ${event.records[0]} ${wantedKinds.join()}`;
  }

  /** G6, for one record of a batch: what stands before it among its key's records is done, or in the batch. */
  function checkEarlier(
    event: Invoked,
    mapping: Mapping,
    rec: Rec,
    beside: ReadonlySet<string>,
  ): void {
    const { mapping: uuid, call, atMs } = event;
    const by = book.goesBy(event);
    for (const earlier of log.byKey.get(rec.key) ?? []) {
      if (earlier.id === rec.id) return;
      if (beside.has(earlier.id) || !book.isOpenWork(mapping, earlier, atMs)) continue;
      if (book.mayPass(mapping, by, earlier, atMs)) continue;
      return fail("G6", `call ${call} to ${uuid} held ${rec.id} before ${earlier.id} was done`);
    }
  }

  /** What failed as a whole comes again as a whole, save for what grew too old. */
  function checkAgain(event: Invoked): void {
    const { call, records: ids } = event;
    const failed = failedBatches.get(nameOf(event));
    if (failed && failed.join() !== ids.join()) {
      fail("G10", `call ${call} held ${ids.join()} where ${failed.join()} had failed`);
    }
  }

  return {
    visitor: {
      invoked(event) {
        const { mapping: uuid, call, shard, records: ids, atMs } = event;
        const mapping = book.mappings.get(uuid)!;
        const by = book.goesBy(event);
        const pausedMs = atMs - mapping.pausedAtMs;
        if (isCalm && pausedMs > OUTDATED_MAX_MS) {
          fail("G10", `${uuid} was fed ${pausedMs} ms after it was ended`);
        }
        const beside = new Set<string>();
        let previous: Rec | undefined;
        for (const id of ids) {
          const rec = log.records.get(id);
          if (rec === undefined || rec.shard !== shard) {
            fail("G3", `call ${call} held ${id}, which is not in the log of ${shard}`);
            continue;
          }
          if (!isWanted(by, rec)) fail("G10", `call ${call} held ${id}, which is not wanted`);
          if (previous && compareRecords(previous, rec) >= 0) {
            fail("G6", `call ${call} held ${previous.id} before ${id}`);
          }
          previous = rec;
          checkEarlier(event, mapping, rec, beside);
          beside.add(id);
          const isOver = mapping.handledAtMs.has(id) || mapping.reported.has(id);
          if (isCalm && isOver) fail("G10", `call ${call} held ${id} again`);
        }
        if (isCalm && mapping.bisects === false) checkAgain(event);
      },

      returned({ call, outcome }) {
        const event = book.callOf(call);
        if (outcome.kind === "failure") failedBatches.set(nameOf(event), event.records);
      },
    },
  } satisfies Part;
}
