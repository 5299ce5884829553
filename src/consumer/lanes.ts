/**
 * The lanes of one shard and what was read for them. Records are read ahead, shared out by partition key, and wait in
 * their lanes; the checkpoint is where the slowest lane stands. When the number of lanes changes, or what counts as a
 * record, all lanes first come to the same place, and the new ones begin there.
 */
import { CONSUMER_PAGE_MAX_BYTES, LOOKAHEAD_MAX_BYTES, LOOKAHEAD_MAX_COUNT } from "../limits.ts";
import { recordBytes } from "../log/record.ts";
import type { Checkpoint, Frontier, ReaderState } from "../readers/store.ts";
import {
  type Page,
  type PageBounds,
  type Position,
  readPage,
  type ReadPorts,
} from "../streams/read.ts";
import type { DataStream, Shard } from "../streams/stream.ts";
import { derivedUuid } from "../derived-uuid.ts";
import type { Lane, StepMoment, WaitingRecord } from "./lane.ts";
import type { EventSourceMapping } from "./mapping.ts";
import { tryAnew } from "./outcome.ts";
import { comparePlaces, laneOf, newLanes, type Place, placeOf, type Progress } from "./progress.ts";
import { wantedRecords } from "./wanted-records.ts";

export interface LaneSource extends ReadPorts {
  readonly mapping: EventSourceMapping;
  readonly stream: DataStream;
  readonly shard: Shard;
}

/** What is stored of the lanes. */
export interface Standing {
  readonly checkpoint: Checkpoint;
  readonly frontier: Frontier;
  readonly plan: Progress;
}

const BOUNDS: PageBounds = {
  recordCount: LOOKAHEAD_MAX_COUNT,
  byteCount: CONSUMER_PAGE_MAX_BYTES,
  bytesOf: recordBytes,
};

export class Lanes {
  readonly #source: LaneSource;
  #all: readonly Lane[];
  /** Of all lanes, counted along: there may be ten thousand records, and each invocation asks. */
  #waitingCount = 0;
  #waitingBytes = 0;
  /** Where the next page begins, and what the shard counts up to there. */
  #reading: Position;
  #frontier: Frontier;
  #isAtTip = false;
  #isSealed = false;
  /** What the lanes were shared out by was changed: first they all come to here. */
  #levelAt: Place | undefined;
  /** As the lanes were shared out. */
  #deaggregates: boolean;
  readonly #filterId: string | undefined;

  constructor(source: LaneSource, { checkpoint, frontier, plan }: ReaderState<Progress>) {
    const { parallelizationFactor, deaggregates: isWanted = false } = source.mapping;
    const start: Place = [checkpoint.blockIndex, 0, 0];
    const { lanes } = plan ?? { lanes: newLanes(parallelizationFactor, start) };
    const [lowest = start] = lanes.map(({ next }) => next).toSorted(comparePlaces);
    this.#source = source;
    this.#filterId = filterIdOf(source.mapping);
    const isFilteredAnew = plan?.filterId !== this.#filterId;
    const standing = isFilteredAnew ? lanes.map(tryAnew) : lanes;
    this.#all = standing.map((progress) => newLane(source.mapping, progress));
    this.#reading = { blockIndex: lowest[0], position: lowest[1] };
    this.#deaggregates = plan ? (plan.deaggregates ?? false) : isWanted;
    this.#frontier = { ...checkpoint, recordOffset: frontier?.recordOffset ?? 0 };
    if (lanes.length !== parallelizationFactor || this.#deaggregates !== isWanted) {
      const ends = lanes.map(({ next, retry }) => retry?.pieceEnds.at(-1) ?? next);
      this.#levelAt = ends.toSorted(comparePlaces).at(-1);
    }
  }

  get all(): readonly Lane[] {
    return this.#all;
  }

  /** There was nothing beyond what was read. */
  get isAtTip(): boolean {
    return this.#isAtTip;
  }

  /** Nor will there ever be, once it is at the tip. */
  get isSealed(): boolean {
    return this.#isSealed;
  }

  /** All before it was read. */
  get readTo(): Place {
    return [this.#reading.blockIndex, this.#reading.position, 0];
  }

  get oldestWaitingArrivedAtMs(): number | undefined {
    const times = this.#all.flatMap(({ waiting: [first] }) => first?.arrivedAtMs ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  busy(): readonly Promise<void>[] {
    return this.#all.flatMap(({ busy }) => busy ?? []);
  }

  moment(nowMs: number): StepMoment {
    const isLevelRead = this.#isReadToLevel();
    return {
      nowMs,
      readTo: this.readTo,
      mayRead: this.mayRead(),
      // What must come level has nothing to wait for.
      isAtTip: this.#isAtTip || isLevelRead,
      isAtEnd: (this.#isAtTip && this.#isSealed) || isLevelRead,
    };
  }

  /** Neither at the tip nor too far ahead. */
  mayRead(): boolean {
    if (this.#isAtTip || this.#isReadToLevel()) return false;
    return this.#waitingCount < LOOKAHEAD_MAX_COUNT && this.#waitingBytes < LOOKAHEAD_MAX_BYTES;
  }

  /** More may have come since the tip was seen. */
  lookAgain(): void {
    this.#isAtTip = false;
  }

  /** One page. `still`: there was nothing to pass. `gone`: the shard's log is. */
  async read(): Promise<"moved" | "still" | "gone"> {
    const { stream, shard } = this.#source;
    const from = this.#reading;
    const start = { kind: "record", ...from } as const;
    const page = await readPage(this.#source, stream, shard, start, BOUNDS);
    if (page === undefined) return "gone";
    const options = { ...this.#source.mapping, deaggregates: this.#deaggregates };
    const wanted = await wantedRecords(page.records, shard, options, this.#source.clock);
    this.#shareOut(page, wanted);
    const { blockIndex, position } = page.next;
    return blockIndex === from.blockIndex && position === from.position ? "still" : "moved";
  }

  /** Once all lanes stand at the same place, there may be more or fewer of them from there on. */
  level(): boolean {
    if (!this.#isReadToLevel()) return false;
    const isLevel = this.#all.every(
      ({ waiting, progress: { retry, window } }) => waiting.length === 0 && !retry && !window,
    );
    if (!isLevel) return false;
    this.#levelAt = undefined;
    const { mapping } = this.#source;
    const fresh = newLanes(mapping.parallelizationFactor, this.readTo);
    this.#deaggregates = mapping.deaggregates ?? false;
    this.#all = fresh.map((progress) => newLane(mapping, progress));
    this.#isAtTip = false;
    return true;
  }

  /** Forgets what the lane has passed. */
  dropHandled(lane: Lane): void {
    const { next } = lane.progress;
    const first = lane.waiting.findIndex((record) => comparePlaces(placeOf(record), next) >= 0);
    const handled = first < 0 ? lane.waiting : lane.waiting.slice(0, first);
    lane.waiting = lane.waiting.slice(handled.length);
    this.#waitingCount -= handled.length;
    for (const { data } of handled) this.#waitingBytes -= data.length;
  }

  /** Filtered records between two that are wanted are handled, too. */
  handledTo({ progress: { next, retry }, waiting: [first] }: Lane): Place {
    if (retry) return next;
    const to = first ? placeOf(first) : this.readTo;
    return comparePlaces(to, next) > 0 ? to : next;
  }

  /** @param last the checkpoint as it is stored */
  standing(last: Checkpoint): Standing {
    const lanes = this.#all.map((lane) => ({ lane, next: this.handledTo(lane) }));
    let lowest = lanes[0]!;
    for (const one of lanes) if (comparePlaces(one.next, lowest.next) < 0) lowest = one;
    const [blockIndex] = lowest.next;
    const byteOffset =
      blockIndex === this.#frontier.blockIndex
        ? this.#frontier.byteOffset
        : (lowest.lane.waiting[0]?.byteOffset ?? last.byteOffset);
    return {
      checkpoint: { blockIndex, byteOffset },
      frontier: this.#lookedTo(),
      plan: {
        lanes: lanes.map(({ lane: { progress }, next }) => ({ ...progress, next })),
        ...(this.#deaggregates && { deaggregates: true }),
        ...(this.#filterId !== undefined && { filterId: this.#filterId }),
      },
    };
  }

  /** @param wanted of each of the page's records */
  #shareOut(page: Page, wanted: readonly (readonly WaitingRecord[])[]): void {
    for (const [i, record] of page.records.entries()) {
      const { blockIndex, position, byteOffset, recordOffset } = record;
      if (this.#levelAt && comparePlaces([blockIndex, position, 0], this.#levelAt) >= 0) {
        this.#reading = { blockIndex, position };
        this.#frontier = { blockIndex, byteOffset, recordOffset };
        return;
      }
      for (const each of wanted[i]!) {
        const lane = this.#all[laneOf(each.partitionKey, this.#all.length)]!;
        if (comparePlaces(placeOf(each), lane.progress.next) < 0) continue;
        lane.waiting.push(each);
        this.#waitingCount++;
        this.#waitingBytes += each.data.length;
      }
    }
    this.#reading = page.next;
    this.#isAtTip = page.isAtTip;
    this.#isSealed = page.isSealed;
    const last = page.records.at(-1);
    const { blockIndex } = page.next;
    const { byteOffset, recordCount } = page.head;
    if (page.isAtTip) this.#frontier = { blockIndex, byteOffset, recordOffset: recordCount };
    else if (last) {
      const recordOffset = last.recordOffset + 1;
      this.#frontier = { blockIndex, byteOffset: last.byteOffset, recordOffset };
    } else this.#frontier = { ...this.#frontier, blockIndex };
  }

  #isReadToLevel(): boolean {
    return this.#levelAt !== undefined && comparePlaces(this.readTo, this.#levelAt) >= 0;
  }

  /** What is read and waits only for its window must ring again together with what comes; what is blocked need not. */
  #lookedTo(): Frontier {
    let frontier = this.#frontier;
    for (const { progress, waiting } of this.#all) {
      const [first] = waiting;
      if (progress.retry || first === undefined) continue;
      if (first.recordOffset >= frontier.recordOffset) continue;
      const { position, byteOffset, recordOffset } = first;
      frontier = { blockIndex: position.blockIndex, byteOffset, recordOffset };
    }
    return frontier;
  }
}

/** Tells whether a failed batch, which is remembered by where it ends alone, still holds the same records. */
function filterIdOf({ filterPatterns }: EventSourceMapping): string | undefined {
  return filterPatterns && derivedUuid(...filterPatterns);
}

/** A window that was open is dropped when there are to be none any more. */
function newLane({ tumblingWindowSeconds }: EventSourceMapping, progress: Lane["progress"]): Lane {
  const { window: _dropped, ...rest } = progress;
  return { progress: tumblingWindowSeconds === 0 ? rest : progress, waiting: [] };
}
