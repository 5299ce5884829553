/**
 * Whether what is answered to who asks for a call's records is true, decided from a history alone (`checker.ts`):
 *
 * - for an hour all records of a call that was acknowledged are found by its invocation id, where they stand, and none of
 *   another call
 * - a record stands at the bytes that are named, or in one of the objects that are named, unless there are more than that;
 *   what was dropped was dropped
 * - what is said to wait had not been passed by its reader when somebody asked
 * - nobody is told that a record is forgotten, or has expired, as long as it is kept, or that it was never stored when it was
 */
import type { CheckOptions, Violation } from "./checker.ts";
import type { EventOf, HistoryEvent, Invocation, Located, Place } from "./history.ts";

interface Asked {
  readonly event: EventOf<"locating">;
  /** Where readers stood then, by shard and reader. */
  readonly checkpoints: ReadonlyMap<string, number>;
  /** Of calls that had been acknowledged by then. */
  readonly acknowledged: ReadonlySet<string>;
  /** What stood in the log. */
  readonly blocks: ReadonlySet<string>;
}

export function checkLocated(
  events: readonly HistoryEvent[],
  options: Pick<CheckOptions, "retentionMs" | "clockSkewMs"> & {
    /** For so long a call is found by its invocation id. */
    readonly foundForMs: number;
  },
): readonly Violation[] {
  const { retentionMs = Number.POSITIVE_INFINITY, clockSkewMs = 0, foundForMs } = options;
  const violations: Violation[] = [];
  const calls = new Map<string, EventOf<"sent">>();
  const callOf = new Map<string, string>();
  const acknowledged = new Map<string, EventOf<"acknowledged">>();
  const deleted = new Set<string>();
  /** By shard and block, what stands there. */
  const blocks = new Map<string, readonly string[]>();
  const checkpoints = new Map<string, number>();
  /** By stream, reader and key. */
  const objects = new Map<string, EventOf<"object">>();
  const dropped = new Set<string>();
  /** By stream, reader and record: a receiver has it, where no object is to be found. */
  const received = new Set<string>();
  const underWay = new Map<string, Asked>();

  const fail = (message: string) => violations.push({ guarantee: "where", message });
  const isOf = (one: Invocation | undefined, { name, id }: Invocation) =>
    one?.name === name && one.id === id;

  function located({ call, records, atMs }: EventOf<"located">): void {
    const asked = underWay.get(call);
    if (asked === undefined) return;
    const { invocation } = asked.event;
    for (const [name, { invocation: its, atMs: sentAtMs, records: sent }] of calls) {
      const place = acknowledged.get(name);
      if (!isOf(its, invocation) || !asked.acknowledged.has(name) || place === undefined) continue;
      if (deleted.has(place.stream)) continue;
      if (atMs >= sentAtMs + foundForMs - 2 * clockSkewMs) continue;
      for (const [i, record] of sent.entries()) {
        const stands = { ...place, position: place.position + i };
        const count = records?.filter((one) => one.index === i && isSame(one.place, stands)).length;
        if (count !== 1) fail(`${call} was told ${count ?? 0} times of ${record}`);
      }
    }
    for (const one of records ?? []) checkRecord(asked, one, atMs);
  }

  function checkRecord(asked: Asked, { index, place, readers }: Located, atMs: number): void {
    const { stream, shard, block, position } = place;
    const { call, invocation } = asked.event;
    const record = blocks.get(`${shard} ${block}`)?.[position];
    const where = `${shard}, block ${block}, position ${position}`;
    const isOver = (sentAtMs = 0) => atMs >= sentAtMs + retentionMs - 2 * clockSkewMs;
    if (record === undefined) {
      // What was never there and what has expired cannot be told apart any more.
      const sent = [...calls.values()].find((one) => isOf(one.invocation, invocation));
      const known = isOver(sent?.atMs) ? ["NOT_STORED", "EXPIRED"] : ["NOT_STORED"];
      const others = readers.filter(({ state }) => !known.includes(state));
      for (const { state } of others) fail(`${call} was told ${state} of ${where}, of nothing`);
      return;
    }
    const sent = calls.get(callOf.get(record) ?? "");
    if (!isOf(sent?.invocation, invocation) || sent?.records[index] !== record) {
      fail(`${call} was told of ${record}, which is of another call`);
    }
    for (const { reader, state, found, objects: keys, unnamedCount, mayWait } of readers) {
      const wasPassed = (asked.checkpoints.get(`${shard} ${reader}`) ?? 0) > block;
      const told = `${call} was told ${state} of ${record} by ${reader}`;
      const wasDropped = dropped.has(`${stream} ${reader} ${record}`);
      const inObjects = keys.map((key) => objects.get(`${stream} ${reader} ${key}`));
      const isInOne =
        inObjects.some((object) => object?.records.includes(record)) ||
        received.has(`${stream} ${reader} ${record}`) ||
        unnamedCount > 0;
      switch (state) {
        case "DELIVERED":
        case "FAILED":
          if (found.length > 0 ? found.some((one) => one !== record) : !isInOne) {
            fail(`${told}, and found ${found.join()} in ${keys.join()}`);
          }
          if (inObjects.some((one) => (one?.isOfFailed ?? false) !== (state === "FAILED"))) {
            fail(`${told}, and named ${keys.join()}`);
          }
          break;
        case "DROPPED":
          if (!wasDropped) fail(`${told}, which was not`);
          break;
        case "UNSURE":
          if (mayWait && !wasPassed) break;
          if (!wasDropped && !isInOne) fail(`${told}, which is not in ${keys.join()}`);
          break;
        case "WAITING":
          if (wasPassed) fail(`${told}, which had been passed`);
          break;
        default:
          // Its readers may be gone already.
          if (deleted.has(stream)) break;
          // It came amid the call.
          if (state === "NOT_STORED" && !asked.blocks.has(`${shard} ${block}`)) break;
          if (!isOver(sent?.atMs) || state === "NOT_STORED") fail(told);
      }
    }
  }

  for (const event of events) {
    if (event.kind === "sent") {
      calls.set(event.call, event);
      for (const record of event.records) callOf.set(record, event.call);
    } else if (event.kind === "acknowledged") acknowledged.set(event.call, event);
    else if (event.kind === "logged") blocks.set(`${event.shard} ${event.block}`, event.records);
    else if (event.kind === "checkpoint") {
      checkpoints.set(`${event.shard} ${event.reader}`, event.block);
    } else if (event.kind === "object") {
      objects.set(`${event.stream} ${event.reader} ${event.key}`, event);
      if (!event.isReceived) continue;
      for (const record of event.records) {
        received.add(`${event.stream} ${event.reader} ${record}`);
      }
    } else if (event.kind === "dropped" && event.from === undefined) {
      dropped.add(`${event.stream} ${event.reader} ${event.record}`);
    } else if (event.kind === "deleted") deleted.add(event.stream);
    else if (event.kind === "locating") {
      const then = new Map(checkpoints);
      const told = new Set(acknowledged.keys());
      const stood = new Set(blocks.keys());
      underWay.set(event.call, { event, checkpoints: then, acknowledged: told, blocks: stood });
    } else if (event.kind === "located") located(event);
  }
  return violations;
}

function isSame(one: Place, other: Place): boolean {
  return one.shard === other.shard && one.block === other.block && one.position === other.position;
}
