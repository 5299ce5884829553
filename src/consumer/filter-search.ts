/**
 * Whether what was found in a record meets all conditions of a pattern's branch, in the order of their paths. Once a
 * condition took a value out of an element of a list, the others see of that list this element alone: what the rest of
 * it holds is excluded from then on. That nothing is at a path is judged by what is not excluded then.
 *
 * Each value of a condition may have to be tried, with all of the next one. A state that failed is remembered by what it
 * excludes of the paths that are still to come, so that lists beside each other are gone through one after the other,
 * not each for every element of the one before.
 */
import type { ListTest } from "./filter-operators.ts";
import type { Element, Extent, Find, Finds } from "./filter-paths.ts";

export interface Condition {
  /** Where the finds of its path stand. */
  readonly slot: number;
  readonly test: ListTest;
}

/** Thrown when a record takes more steps than it may. */
export class TooManySteps extends Error {
  override readonly name = "TooManySteps";
}

/** One record's, for all branches of all patterns. */
export class FilterSearch {
  readonly #finds: Finds;
  readonly #maxStepCount: number;
  readonly #verdicts = new Map<ListTest, Int8Array>();
  #stepCount = 0;

  constructor(finds: Finds, maxStepCount: number) {
    this.#finds = finds;
    this.#maxStepCount = maxStepCount;
  }

  get stepCount(): number {
    return this.#stepCount;
  }

  meetsAll(conditions: readonly Condition[]): boolean {
    // Most branches fail at a path by itself, and then nothing has to be searched.
    const isPossible = conditions.every(({ slot, test }) => {
      const finds = this.#finds[slot]!;
      return (
        test.wantsAbsence || finds.some((find, index) => this.#matches(find, index, slot, test))
      );
    });
    return isPossible && this.#meetsRest(conditions, 0, [], new Failures(conditions, this.#finds));
  }

  #meetsRest(
    conditions: readonly Condition[],
    from: number,
    excluded: readonly Extent[],
    failures: Failures,
  ): boolean {
    const condition = conditions[from];
    if (condition === undefined) return true;
    this.#take(STEPS_PER_STATE + STEPS_PER_EXTENT * excluded.length);
    const state = failures.stateOf(from, excluded);
    if (failures.has(state)) return false;
    const { slot, test } = condition;
    const finds = this.#finds[slot]!;
    let isAbsent = true;
    let index = 0;
    // What is excluded is in order, and apart from each other.
    for (let i = 0; i <= excluded.length; i++) {
      const end = excluded[i]?.from ?? Infinity;
      for (; index < finds.length && finds[index]!.at < end; index++) {
        isAbsent = false;
        const find = finds[index]!;
        if (!this.#matches(find, index, slot, test)) continue;
        const rest = excludedBy(find, excluded);
        if (this.#meetsRest(conditions, from + 1, rest, failures)) return true;
      }
      if (i < excluded.length) index = indexFrom(finds, excluded[i]!.to);
    }
    if (isAbsent && test.wantsAbsence) {
      if (this.#meetsRest(conditions, from + 1, excluded, failures)) return true;
    }
    failures.add(state);
    return false;
  }

  /** Each value is compared once, whatever the number of branches that have the list. */
  #matches({ leaves }: Find, index: number, slot: number, test: ListTest): boolean {
    this.#take(1);
    let verdicts = this.#verdicts.get(test);
    if (verdicts === undefined) {
      verdicts = new Int8Array(this.#finds[slot]!.length);
      this.#verdicts.set(test, verdicts);
    }
    if (verdicts[index] === UNKNOWN) {
      const doesMatch = leaves.some((leaf) => {
        this.#take(test.weight * (STEPS_PER_VALUE + leaf.text.length / CHARACTERS_PER_STEP));
        return test.matches(leaf);
      });
      verdicts[index] = doesMatch ? YES : NO;
    }
    return verdicts[index] === YES;
  }

  #take(count: number): void {
    this.#stepCount += count;
    if (this.#stepCount > this.#maxStepCount) throw new TooManySteps("a record's filters");
  }
}

const UNKNOWN = 0;
const YES = 1;
const NO = 2;

// What each takes was measured.
const CHARACTERS_PER_STEP = 16;
const STEPS_PER_VALUE = 3;
const STEPS_PER_STATE = 50;
const STEPS_PER_EXTENT = 50;

/** What was tried in vain, by the condition that comes next and by what is excluded of it and of those behind it. */
class Failures {
  readonly #conditions: readonly Condition[];
  readonly #finds: Finds;
  readonly #states = new Set<string>();
  /** The last condition that an extent takes something from. */
  readonly #reach = new Map<Extent, number>();

  constructor(conditions: readonly Condition[], finds: Finds) {
    this.#conditions = conditions;
    this.#finds = finds;
  }

  stateOf(from: number, excluded: readonly Extent[]): string {
    let state = String(from);
    for (const extent of excluded) {
      if (this.#reachOf(extent) >= from) state += `,${extent.from}-${extent.to}`;
    }
    return state;
  }

  has(state: string): boolean {
    return this.#states.has(state);
  }

  add(state: string): void {
    this.#states.add(state);
  }

  #reachOf(extent: Extent): number {
    let reach = this.#reach.get(extent);
    if (reach === undefined) {
      reach = this.#conditions.findLastIndex(({ slot }) => {
        const finds = this.#finds[slot]!;
        return (finds[indexFrom(finds, extent.from)]?.at ?? Infinity) < extent.to;
      });
      this.#reach.set(extent, reach);
    }
    return reach;
  }
}

/** The index of the first find at `at` or behind it. */
function indexFrom(finds: readonly Find[], at: number): number {
  let low = 0;
  let high = finds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (finds[middle]!.at < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Also the rest of all lists that the find lies in. */
function excludedBy(find: Find, before: readonly Extent[]): readonly Extent[] {
  const fresh: Extent[] = [];
  const known = new Set(before);
  for (let element: Element | undefined = find.element; element; element = element.parent) {
    element.others ??= othersOf(element);
    for (const extent of element.others) if (!known.has(extent)) fresh.push(extent);
  }
  return fresh.length === 0 ? before : [...before, ...fresh].toSorted((a, b) => a.from - b.from);
}

function othersOf({ from, to, list }: Element): readonly Extent[] {
  const before = { from: list.from, to: from };
  const behind = { from: to, to: list.to };
  return [before, behind].filter((extent) => extent.from < extent.to);
}
