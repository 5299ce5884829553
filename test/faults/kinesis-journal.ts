/**
 * What a fault run over a data stream writes down, and how it becomes a history for the checker. Every record is a
 * call of its own there: the records of one PutRecords go to several shards, and each has its own place.
 *
 * Whole blocks are only known in the end, from reading everything back. Each is then said to have appeared when
 * somebody first saw one of its records; a place that holds nothing in the end must have been empty all along.
 */
import { parseSequenceNumber } from "../../src/log/sequence.ts";
import type { HistoryEvent } from "../simulation/history.ts";

export interface ReadRecord {
  readonly name: string;
  readonly key: string;
  readonly sequenceNumber: string;
}

export interface PageRead {
  readonly reader: string;
  readonly shardId: string;
  readonly records: readonly ReadRecord[];
}

/** The fate of one record of a call; `undefined`: it is not known. */
export type Fate = { readonly sequenceNumber: string } | "refused";

export interface Journal {
  readonly acknowledged: ReadonlySet<string>;
  readonly refused: ReadonlySet<string>;
  readonly problems: readonly string[];
  /** What was read, in its order. */
  readonly pages: readonly PageRead[];
  sent(names: readonly string[]): void;
  answered(names: readonly string[], fates: readonly (Fate | undefined)[]): void;
  read(page: PageRead): void;
  problem(message: string): void;
  /** `survey`: every record of each shard in order, by shard id, read when all was over. */
  history(survey: ReadonlyMap<string, readonly ReadRecord[]>): readonly HistoryEvent[];
}

const STREAM = "stream";

interface Place {
  readonly shard: string;
  readonly block: number;
  readonly position: number;
}

export function placeOf(sequenceNumber: string): Place {
  const fields = parseSequenceNumber(sequenceNumber);
  if (fields === undefined) throw new Error(`not a sequence number of ours: ${sequenceNumber}`);
  const { shardIndex, blockIndex, position } = fields;
  return { shard: String(shardIndex), block: blockIndex, position };
}

export function createJournal(): Journal {
  const startedAt = performance.now();
  const now = () => performance.now() - startedAt;
  const events: HistoryEvent[] = [];
  const acknowledged = new Set<string>();
  const refused = new Set<string>();
  const problems: string[] = [];
  const pages: PageRead[] = [];
  /** `shard block` → the place in `events` where it was first seen. */
  const firstSeen = new Map<string, number>();
  const seeAt = (place: Place) => {
    const block = `${place.shard} ${place.block}`;
    if (!firstSeen.has(block)) firstSeen.set(block, events.length);
  };

  return {
    acknowledged,
    refused,
    problems,
    pages,
    sent(names) {
      for (const name of names)
        events.push({ kind: "sent", call: name, records: [name], atMs: now() });
    },
    answered(names, fates) {
      fates.forEach((fate, i) => {
        const name = names[i] ?? "";
        if (fate === "refused") refused.add(name);
        else if (fate !== undefined) {
          const place = placeOf(fate.sequenceNumber);
          seeAt(place);
          acknowledged.add(name);
          events.push({ kind: "acknowledged", call: name, stream: STREAM, ...place, atMs: now() });
        }
      });
    },
    read(page) {
      const { reader, records } = page;
      const [first, last] = [records.at(0), records.at(-1)];
      if (first === undefined || last === undefined) return;
      pages.push(page);
      for (const { sequenceNumber } of records) seeAt(placeOf(sequenceNumber));
      const where = { stream: STREAM, reader, atMs: now() };
      const names = records.map(({ name }) => name);
      const key = `${page.shardId} ${first.sequenceNumber}`;
      events.push({ ...where, kind: "object", key, records: names });
      const { shard, block } = placeOf(last.sequenceNumber);
      events.push({ ...where, kind: "checkpoint", shard, block });
    },
    problem: (message) => void problems.push(message),
    history(survey) {
      const blocks = [...survey.values()].flatMap((records) => [...blocksOf(records)]);
      const empty = [...survey.values()].flatMap((records) => [...emptyPlaces(records)]);
      const before = blocks.map((block) => ({
        at: firstSeen.get(`${block.shard} ${block.block}`) ?? events.length,
        event: { kind: "logged", stream: STREAM, ...block, atMs: 0 } as const,
      }));
      return [
        ...empty.map(
          (place) => ({ kind: "tombstone", stream: STREAM, ...place, atMs: 0 }) as const,
        ),
        ...insert(events, before),
        ...settlements(pages, survey, now()),
      ];
    },
  };
}

interface WholeBlock {
  readonly shard: string;
  readonly block: number;
  readonly records: readonly string[];
}

function blocksOf(records: readonly ReadRecord[]): Iterable<WholeBlock> {
  const blocks = new Map<number, { shard: string; block: number; records: string[] }>();
  for (const { name, sequenceNumber } of records) {
    const { shard, block, position } = placeOf(sequenceNumber);
    const known = blocks.get(block) ?? { shard, block, records: [] };
    blocks.set(block, known);
    if (position !== known.records.length) throw new Error(`${sequenceNumber} leaves a gap`);
    known.records.push(name);
  }
  return blocks.values();
}

function* emptyPlaces(records: readonly ReadRecord[]): Generator<{ shard: string; block: number }> {
  let next = 0;
  for (const { shard, block } of records.map(({ sequenceNumber }) => placeOf(sequenceNumber))) {
    for (; next < block; next++) yield { shard, block: next };
    next = Math.max(next, block + 1);
  }
}

/** Puts each item before the event that stands at its place. */
function insert(
  events: readonly HistoryEvent[],
  items: readonly { readonly at: number; readonly event: HistoryEvent }[],
): HistoryEvent[] {
  const sorted = items.toSorted((a, b) => a.at - b.at);
  const all: HistoryEvent[] = [];
  let next = 0;
  for (let at = 0; at <= events.length; at++) {
    for (let item = sorted[next]; item !== undefined && item.at <= at; item = sorted[++next]) {
      all.push({ ...item.event, atMs: events[at]?.atMs ?? 0 });
    }
    const event = events[at];
    if (event !== undefined) all.push(event);
  }
  return all;
}

function* settlements(
  pages: readonly PageRead[],
  survey: ReadonlyMap<string, readonly ReadRecord[]>,
  atMs: number,
): Generator<HistoryEvent> {
  const stands = new Map<string, number>();
  for (const { reader, shardId, records } of pages) {
    stands.set(`${reader} ${shardId}`, 1 + placeOf(records.at(-1)!.sequenceNumber).block);
  }
  for (const reader of new Set(pages.map((page) => page.reader))) {
    for (const [shardId, records] of survey) {
      const last = records.at(-1);
      if (last === undefined) continue;
      const { shard, block: lastBlock } = placeOf(last.sequenceNumber);
      const block = stands.get(`${reader} ${shardId}`) ?? 0;
      const where = { stream: STREAM, shard, reader, atMs };
      // What was read is behind the reader once it stands there.
      yield { ...where, kind: "checkpoint", block };
      yield { ...where, kind: "settled", block, head: lastBlock + 1 };
    }
  }
}
