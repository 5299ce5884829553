/**
 * Whether what stands beside records in objects is true of them, decided from a history alone (`checker.ts`):
 *
 * - an id that stands beside a record is that of a place where it stands in the log
 * - an arrival is that of the block that it came in, also when it failed and was redriven
 * - where metadata is asked for no id is left out, but for records that failed before it was
 */
import type { Violation } from "./checker.ts";
import type { EventOf, HistoryEvent, Place } from "./history.ts";

interface Standing {
  readonly place: Place;
  readonly arrivedAtMs: number | undefined;
}

export function checkMetadata(events: readonly HistoryEvent[]): readonly Violation[] {
  const violations: Violation[] = [];
  /** By stream and record. */
  const standing = new Map<string, Standing[]>();
  /** By stream and key, of objects of failed records: those of which the id is known. */
  const identified = new Map<string, ReadonlySet<string>>();

  const fail = (message: string) => violations.push({ guarantee: "metadata", message });

  function logged({ stream, shard, block, records, arrivedAtMs }: EventOf<"logged">): void {
    for (const [position, record] of records.entries()) {
      const known = standing.get(`${stream} ${record}`) ?? [];
      const place = { stream, shard, block, position };
      standing.set(`${stream} ${record}`, [...known, { place, arrivedAtMs }]);
    }
  }

  function object(event: EventOf<"object">): void {
    const { stream, key, records, known = [], hasMetadata, isOfFailed, from } = event;
    const before = from === undefined ? undefined : identified.get(`${stream} ${from}`);
    const withId = records.filter((_record, i) => known[i]?.place !== undefined);
    if (isOfFailed) identified.set(`${stream} ${key}`, new Set(withId));
    for (const [i, record] of records.entries()) {
      const { place, arrivedAtMs } = known[i] ?? {};
      const stands = standing.get(`${stream} ${record}`) ?? [];
      const isOwed = hasMetadata && (before === undefined || before.has(record));
      if (isOwed && place === undefined) fail(`${key} does not say which record ${record} is`);
      if (place && !stands.some((other) => isSame(other.place, place))) {
        const { shard, block, position } = place;
        fail(`${key} has ${record} stand in ${shard}, block ${block}, position ${position}`);
      }
      if (arrivedAtMs === undefined) continue;
      if (!stands.some((other) => (other.arrivedAtMs ?? arrivedAtMs) === arrivedAtMs)) {
        fail(`${key} has ${record} arrive at ${arrivedAtMs}, when it did not`);
      }
    }
  }

  for (const event of events) {
    if (event.kind === "logged") logged(event);
    else if (event.kind === "object") object(event);
  }
  return violations;
}

function isSame(one: Place, other: Place): boolean {
  return one.shard === other.shard && one.block === other.block && one.position === other.position;
}
