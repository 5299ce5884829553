/** Filters against a second, naive reading of their rules; `test/clients/event-ruler` asks EventBridge's matcher. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseFilterPattern } from "../../../src/consumer/filter-pattern.ts";
import { RecordFilter } from "../../../src/consumer/record-filter.ts";
import {
  filterCondition,
  filterData,
  type FilterPair,
  filterPair,
} from "../../helpers/filter-pairs.ts";
import { filterRecord } from "../../helpers/filter-record.ts";
import { naiveFilter } from "../../helpers/naive-filter.ts";

const RUN_COUNT = 2000;
/** Time for machines that are slow or busy. */
const PATIENCE_MS = 60_000;

/** `undefined` for a pattern that is none. */
function judge({ pattern, data }: FilterPair): boolean | undefined {
  const parsed = parseFilterPattern(`{"data":${pattern}}`);
  return "error" in parsed
    ? undefined
    : new RecordFilter([parsed]).judge(filterRecord(data)).isWanted;
}

/** The naive reading cannot see a member that has the name of another. */
const withoutTwins = filterPair.map(({ pattern, data }) => ({
  pattern: untwinned(pattern),
  data: untwinned(data),
}));

function untwinned(json: string): string {
  type Raw = { readonly rawJSON: string };
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): Raw };
  const reviver = (_key: string, value: unknown, { source }: { readonly source: string }) =>
    typeof value === "number" ? rawJSON(source) : value;
  return JSON.stringify(JSON.parse(json, reviver as (key: string, value: unknown) => unknown));
}

test("a record is wanted if the rules say so", { timeout: PATIENCE_MS }, () => {
  const property = fc.property(withoutTwins, (pair) => {
    const isWanted = judge(pair);
    fc.pre(isWanted !== undefined);
    expect(isWanted).toBe(naiveFilter(pair.pattern, pair.data));
  });
  fc.assert(property, { numRuns: RUN_COUNT });
});

test(
  "lists around a value change nothing for a condition by itself",
  { timeout: PATIENCE_MS },
  () => {
    const depths = fc.integer({ min: 1, max: 4 });
    const property = fc.property(filterCondition, filterData, depths, (condition, data, depth) => {
      const pattern = `{"a":${condition}}`;
      const lists = `${"[".repeat(depth)}${data}${"]".repeat(depth)}`;
      const isWanted = judge({ pattern, data: `{"a":${data}}` });
      expect(judge({ pattern, data: `{"a":${lists}}` })).toBe(isWanted);
    });
    fc.assert(property, { numRuns: RUN_COUNT });
  },
);

test("members on the way may be written as one with dots", { timeout: PATIENCE_MS }, () => {
  const nest = (names: readonly string[], inner: string): string =>
    names.reduceRight((value, name) => `{"${name}":${value}}`, inner);
  const names = fc.array(fc.constantFrom("a", "b"), { minLength: 1, maxLength: 4 });
  const property = fc.property(names, (steps) => {
    const dotted = [steps.join(".")];
    for (const pattern of [nest(steps, '["x"]'), nest(dotted, '["x"]')]) {
      for (const data of [nest(steps, '"x"'), nest(dotted, '"x"')]) {
        expect(judge({ pattern, data })).toBe(true);
      }
    }
  });
  fc.assert(property);
});
