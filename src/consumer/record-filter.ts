/**
 * What a mapping's filter patterns want of a record: that it matches one of them. What a record may cost is bounded:
 * one that takes more steps than that is wanted, for its function can still pass it over, but not ask for it.
 */
import { FILTER_STEPS_MAX_COUNT } from "../limits.ts";
import { type Leaf, leafOf, PathTree } from "./filter-paths.ts";
import { DATA, type FilterPattern } from "./filter-pattern.ts";
import { type Condition, FilterSearch, TooManySteps } from "./filter-search.ts";
import type { ConsumerRecord } from "./record.ts";

interface PreparedBranch {
  readonly conditions: readonly Condition[];
  readonly isOfData: boolean;
}

export interface FilterVerdict {
  readonly isWanted: boolean;
  /** Each about a hundredth of a microsecond. */
  readonly stepCount: number;
}

/** Of no patterns it wants everything. */
export class RecordFilter {
  readonly #paths = new PathTree();
  readonly #branches: readonly PreparedBranch[];
  readonly #isOfData: boolean;
  readonly #maxStepCount: number;

  /** @param maxStepCount smaller ones are for tests */
  constructor(patterns: readonly FilterPattern[], maxStepCount = FILTER_STEPS_MAX_COUNT) {
    this.#branches = patterns.flatMap(({ branches }) =>
      branches.map((branch) => {
        const paths = [...branch.keys()].toSorted();
        const isOfData = paths.some((path) => path.startsWith(`${DATA}.`));
        const conditions = paths.map((path) => ({
          slot: this.#paths.add(path),
          test: branch.get(path)!,
        }));
        return { conditions, isOfData };
      }),
    );
    this.#isOfData = this.#branches.some(({ isOfData }) => isOfData);
    this.#maxStepCount = maxStepCount;
  }

  judge(record: ConsumerRecord): FilterVerdict {
    if (this.#branches.length === 0) return { isWanted: true, stepCount: 0 };
    const text = this.#isOfData ? textOf(record.data) : "";
    const found = this.#isOfData && this.#paths.find(membersOf(record), { name: DATA, text });
    const finds = found || this.#paths.find(membersOf(record))!;
    const readingStepCount = STEPS_PER_CHARACTER * text.length;
    const search = new FilterSearch(
      finds,
      this.#maxStepCount + MORE_STEPS_PER_BYTE * record.data.length,
    );
    const isWanted = this.#branches.some(({ conditions, isOfData }) => {
      // Data that is no JSON is no object that lacks the member, either.
      if (isOfData && !found) return false;
      try {
        return search.meetsAll(conditions);
      } catch (error) {
        if (error instanceof TooManySteps) return true;
        throw error;
      }
    });
    return { isWanted, stepCount: readingStepCount + search.stepCount };
  }
}

/** To read it. */
const STEPS_PER_CHARACTER = 2;
/** So that what ordinary filters take of a large record is within the bound. */
const MORE_STEPS_PER_BYTE = 8;

function membersOf(record: ConsumerRecord): Readonly<Record<string, Leaf>> {
  const { partitionKey, sequenceNumber, arrivedAtMs } = record;
  return {
    kinesisSchemaVersion: { kind: "text", text: "1.0" },
    partitionKey: { kind: "text", text: partitionKey },
    sequenceNumber: { kind: "text", text: sequenceNumber },
    approximateArrivalTimestamp: leafOf("number", String(arrivedAtMs / 1000)),
  };
}

function textOf({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString();
}
