/**
 * The lanes of one shard and what was read for them. Records are read ahead, shared out by partition key, and wait in
 * their lanes; the checkpoint is where the slowest lane stands. Each lane knows up to where it was read for: reading
 * goes on from the lowest that can move, a lane that is blocked is passed, and read for again when its retry is due.
 * When the number of lanes changes, or what counts as a record, all lanes first come to the same place, and the new
 * ones begin there.
 */
import { CONSUMER_PAGE_MAX_BYTES, LOOKAHEAD_MAX_BYTES, LOOKAHEAD_MAX_COUNT } from "../limits.ts";
import { recordBytes } from "../log/record.ts";
import type { Checkpoint, Frontier, ReaderState } from "../readers/store.ts";
import { type Page, type PageBounds, readPage, type ReadPorts } from "../streams/read.ts";
import type { DataStream, Shard } from "../streams/stream.ts";
import { derivedUuid } from "../derived-uuid.ts";
import { isBlocked, type Lane, type StepMoment, type WaitingRecord } from "./lane.ts";
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
  /** As far as was read for any lane, and what the shard counts up to there. */
  #furthest: Place;
  #frontier: Frontier;
  /** Beyond it there was nothing. */
  #tip: Place | undefined;
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
    this.#source = source;
    this.#filterId = filterIdOf(source.mapping);
    const isFilteredAnew = plan?.filterId !== this.#filterId;
    const standing = isFilteredAnew ? lanes.map(tryAnew) : lanes;
    this.#all = standing.map((progress) => newLane(source.mapping, progress));
    this.#deaggregates = plan ? (plan.deaggregates ?? false) : isWanted;
    const nowMs = source.clock.now();
    const lowest = lowestOf(this.#all.filter((lane) => !isBlocked(lane, nowMs)));
    const looked = frontier ?? { ...checkpoint, recordOffset: 0 };
    // Where nothing can move, nothing is read, and what was seen is seen.
    this.#frontier = lowest
      ? { ...looked, blockIndex: lowest[0], byteOffset: checkpoint.byteOffset }
      : looked;
    this.#furthest = lowest ?? [looked.blockIndex, 0, 0];
    if (lanes.length !== parallelizationFactor || this.#deaggregates !== isWanted) {
      const ends = lanes.map(({ next, retry }) => retry?.pieceEnds.at(-1) ?? next);
      this.#levelAt = ends.toSorted(comparePlaces).at(-1);
    }
  }

  get all(): readonly Lane[] {
    return this.#all;
  }

  /** There will never be more than what was read, once all lanes are at the tip. */
  get isSealed(): boolean {
    return this.#isSealed;
  }

  /** All before it was read for all lanes. */
  get readTo(): Place {
    return lowestOf(this.#all) ?? this.#furthest;
  }

  get oldestWaitingArrivedAtMs(): number | undefined {
    const times = this.#all.flatMap(
      ({ waiting: [first], progress: { retry } }) => first?.arrivedAtMs ?? retry?.arrivedAtMs ?? [],
    );
    return times.length === 0 ? undefined : Math.min(...times);
  }

  busy(): readonly Promise<void>[] {
    return this.#all.flatMap(({ busy }) => busy ?? []);
  }

  moment(lane: Lane, nowMs: number): StepMoment {
    const isLevelRead = this.#isReadToLevel(lane);
    const isAtTip = this.isAtTip(lane);
    return {
      nowMs,
      mayRead: this.mayRead(lane),
      // What must come level has nothing to wait for.
      isAtTip: isAtTip || isLevelRead,
      isAtEnd: (isAtTip && this.#isSealed) || isLevelRead,
    };
  }

  /** There was nothing beyond what was read for the lane. */
  isAtTip({ readTo }: Lane): boolean {
    return this.#tip !== undefined && comparePlaces(readTo, this.#tip) >= 0;
  }

  /** There is more for it, and it is not too far ahead. */
  mayRead(lane: Lane): boolean {
    if (this.isAtTip(lane) || this.#isReadToLevel(lane)) return false;
    return this.#waitingCount < LOOKAHEAD_MAX_COUNT && this.#waitingBytes < LOOKAHEAD_MAX_BYTES;
  }

  /** When as much waits as may, what waits in blocked lanes is forgotten, to be read again when its time has come. */
  makeRoom(nowMs: number): void {
    const isFull =
      this.#waitingCount >= LOOKAHEAD_MAX_COUNT || this.#waitingBytes >= LOOKAHEAD_MAX_BYTES;
    if (!isFull) return;
    for (const lane of this.#all) {
      if (lane.busy || lane.waiting.length === 0 || !isBlocked(lane, nowMs)) continue;
      this.#forget(lane.waiting);
      lane.waiting = [];
      lane.readTo = lane.progress.next;
    }
  }

  /** More may have come since the tip was seen. */
  lookAgain(): void {
    this.#tip = undefined;
  }

  /** One page for the lowest of these lanes. `still`: there was nothing to pass. `gone`: the shard's log is. */
  async read(lanes: readonly Lane[]): Promise<"moved" | "still" | "gone"> {
    const { stream, shard } = this.#source;
    const lowest = lowestOf(lanes)!;
    const [blockIndex, position] = lowest;
    const from = { blockIndex, position };
    const page = await readPage(
      this.#source,
      stream,
      shard,
      { kind: "record", ...from },
      { ...BOUNDS, ...retriedOnly(lanes, lowest) },
    );
    if (page === undefined) return "gone";
    const options = { ...this.#source.mapping, deaggregates: this.#deaggregates };
    const wanted = await wantedRecords(page.records, shard, options, this.#source.clock);
    this.#shareOut(page, [blockIndex, position, 0], wanted);
    const { next } = page;
    return next.blockIndex === blockIndex && next.position === position ? "still" : "moved";
  }

  /** Once all lanes stand at the same place, there may be more or fewer of them from there on. */
  level(): boolean {
    const isLevel = this.#all.every((lane) => {
      const { waiting, progress } = lane;
      const isEmpty = waiting.length === 0 && !progress.retry && !progress.window;
      return isEmpty && this.#isReadToLevel(lane);
    });
    if (!isLevel) return false;
    const { mapping } = this.#source;
    // Nothing stands between the level and where any of them was read to.
    const fresh = newLanes(mapping.parallelizationFactor, this.readTo);
    this.#levelAt = undefined;
    this.#deaggregates = mapping.deaggregates ?? false;
    this.#all = fresh.map((progress) => newLane(mapping, progress));
    this.#tip = undefined;
    return true;
  }

  /** Forgets what the lane has passed. */
  dropHandled(lane: Lane): void {
    const { next } = lane.progress;
    const first = lane.waiting.findIndex((record) => comparePlaces(placeOf(record), next) >= 0);
    const handled = first < 0 ? lane.waiting : lane.waiting.slice(0, first);
    lane.waiting = lane.waiting.slice(handled.length);
    this.#forget(handled);
  }

  #forget(records: readonly WaitingRecord[]): void {
    this.#waitingCount -= records.length;
    for (const { data } of records) this.#waitingBytes -= data.length;
  }

  /** Filtered records between two that are wanted are handled, too. */
  handledTo({ progress: { next, retry }, waiting: [first], readTo }: Lane): Place {
    if (retry) return next;
    const to = first ? placeOf(first) : readTo;
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

  /**
   * @param from where the page begins
   * @param wanted of each of the page's records
   */
  #shareOut(page: Page, from: Place, wanted: readonly (readonly WaitingRecord[])[]): void {
    // Those that it does not follow on what was read for them are blocked, or their turn is later.
    const fed = this.#all.filter(({ readTo }) => comparePlaces(readTo, from) >= 0);
    for (const [i, record] of page.records.entries()) {
      const { blockIndex, position, byteOffset, recordOffset } = record;
      const place: Place = [blockIndex, position, 0];
      if (this.#levelAt && comparePlaces(place, this.#levelAt) >= 0) {
        return this.#readFor(fed, place, { blockIndex, byteOffset, recordOffset });
      }
      for (const each of wanted[i]!) {
        const lane = this.#all[laneOf(each.partitionKey, this.#all.length)]!;
        if (!fed.includes(lane) || comparePlaces(placeOf(each), lane.readTo) < 0) continue;
        lane.waiting.push(each);
        this.#waitingCount++;
        this.#waitingBytes += each.data.length;
      }
    }
    const { blockIndex, position } = page.next;
    const to: Place = [blockIndex, position, 0];
    if (page.isAtTip) this.#tip = to;
    this.#isSealed = page.isSealed;
    this.#readFor(fed, to, { ...this.#counts(page), blockIndex });
  }

  #counts({ isAtTip, head, records }: Page): Pick<Frontier, "byteOffset" | "recordOffset"> {
    const last = records.at(-1);
    if (isAtTip) return { byteOffset: head.byteOffset, recordOffset: head.recordCount };
    return last
      ? { byteOffset: last.byteOffset, recordOffset: last.recordOffset + 1 }
      : this.#frontier;
  }

  #readFor(lanes: readonly Lane[], to: Place, frontier: Frontier): void {
    for (const lane of lanes) if (comparePlaces(lane.readTo, to) < 0) lane.readTo = to;
    if (comparePlaces(to, this.#furthest) < 0) return;
    this.#furthest = to;
    this.#frontier = frontier;
  }

  /** Whole records count: one that was begun may be taken apart no more, or otherwise, behind the level. */
  #isReadToLevel({ readTo: [blockIndex, position] }: Lane): boolean {
    return (
      this.#levelAt !== undefined && comparePlaces([blockIndex, position, 0], this.#levelAt) >= 0
    );
  }

  /** What is read and waits only for its window must ring again together with what comes; what is blocked need not. */
  #lookedTo(): Frontier {
    let frontier = this.#frontier;
    for (const { progress, waiting, readTo } of this.#all) {
      if (progress.retry) continue;
      const [first] = waiting;
      if (first === undefined) {
        if (readTo[0] < frontier.blockIndex) frontier = { ...frontier, blockIndex: readTo[0] };
      } else if (first.recordOffset < frontier.recordOffset) {
        const { position, byteOffset, recordOffset } = first;
        frontier = { blockIndex: position.blockIndex, byteOffset, recordOffset };
      }
    }
    return frontier;
  }
}

/** Where the lowest of them was read to. */
function lowestOf(lanes: readonly Lane[]): Place | undefined {
  return lanes.map(({ readTo }) => readTo).toSorted(comparePlaces)[0];
}

/** Nothing but the batch is read when it is tried again: who knows whether it will be handled. */
function retriedOnly(lanes: readonly Lane[], lowest: Place): Pick<PageBounds, "toBlock"> {
  const lane = lanes.find(({ readTo }) => readTo === lowest);
  const end = lane?.progress.retry?.pieceEnds[0];
  return end ? { toBlock: end[0] + 1 } : {};
}

/** Tells whether a failed batch, which is remembered by where it ends alone, still holds the same records. */
function filterIdOf({ filterPatterns }: EventSourceMapping): string | undefined {
  return filterPatterns && derivedUuid(...filterPatterns);
}

/**
 * A window that was open is dropped when there are to be none any more, and with it what is left to do of its last
 * invocation, which would have nothing to send.
 */
function newLane({ tumblingWindowSeconds }: EventSourceMapping, progress: Lane["progress"]): Lane {
  const { window, retry, ...rest } = progress;
  const keptWindow = tumblingWindowSeconds === 0 ? undefined : window;
  const keptRetry = retry?.pieceEnds.length || keptWindow ? retry : undefined;
  return {
    progress: {
      ...rest,
      ...(keptRetry && { retry: keptRetry }),
      ...(keptWindow && { window: keptWindow }),
    },
    waiting: [],
    readTo: progress.next,
  };
}
