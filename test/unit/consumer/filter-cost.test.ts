/** What a record may cost its mapping's filters. Counted in steps, each about ten nanoseconds; times are no test. */
import { expect, test } from "vitest";
import { parseFilterPattern } from "../../../src/consumer/filter-pattern.ts";
import { RecordFilter } from "../../../src/consumer/record-filter.ts";
import { wantedRecords } from "../../../src/consumer/wanted-records.ts";
import {
  FILTER_STEPS_MAX_COUNT,
  MAPPING_FILTER_MAX_LENGTH,
  MAPPING_FILTERS_MAX_COUNT,
} from "../../../src/limits.ts";
import { filterRecord } from "../../helpers/filter-record.ts";

const MIB = 1024 * 1024;

function filterOf(text: string, count = 1, maxStepCount?: number): RecordFilter {
  const pattern = parseFilterPattern(text);
  if ("error" in pattern) throw new Error(pattern.error);
  return new RecordFilter(
    Array.from({ length: count }, () => pattern),
    maxStepCount,
  );
}

/** As many as go into a pattern. */
function filled(each: (i: number) => string, around: (list: string) => string): string {
  let list = each(0);
  for (let i = 1; ; i++) {
    const longer = `${list},${each(i)}`;
    if (around(longer).length > MAPPING_FILTER_MAX_LENGTH) return around(list);
    list = longer;
  }
}

const inList = (list: string) => `{"data":{"a":[${list}]}}`;
const longList = (value: string) =>
  `{"a":[${`${value},`.repeat(MIB / (value.length + 1) - 4)}${value}]}`;

test.each([
  ["texts", filled((i) => `"y${i}"`, inList)],
  ["prefixes", filled((i) => `{"prefix":"y${i}"}`, inList)],
  ["suffixes", filled((i) => `{"suffix":"y${i}"}`, inList)],
  ["texts of any case", filled((i) => `{"equals-ignore-case":"y${i}"}`, inList)],
  ["ranges", filled((i) => `{"numeric":[">",${1e6 + i},"<",${1e6 + i + 0.5}]}`, inList)],
  ["numbers", filled((i) => String(1e6 + i), inList)],
])(
  "ten filters full of %s are asked of a megabyte of values within the bound",
  (_kind, pattern) => {
    const filter = filterOf(pattern, MAPPING_FILTERS_MAX_COUNT);
    for (const value of ["1", '"x"', "1.5e0"]) {
      const { isWanted, stepCount } = filter.judge(filterRecord(longList(value)));
      expect(isWanted).toBe(false);
      expect(stepCount).toBeLessThan(FILTER_STEPS_MAX_COUNT + 10 * MIB);
    }
  },
);

test.each([
  [
    "alternatives",
    filled(
      (i) => `{"a":[${1e6 + i}]}`,
      (list) => `{"data":{"$or":[${list}]}}`,
    ),
  ],
  ["wildcards", filled((i) => `{"wildcard":"*x*y${i}"}`, inList)],
])(
  "a record that takes ten filters full of %s too long is wanted, and takes no longer",
  (_kind, pattern) => {
    const filter = filterOf(pattern, MAPPING_FILTERS_MAX_COUNT);
    const { isWanted, stepCount } = filter.judge(filterRecord(longList('"x"')));
    expect(isWanted).toBe(true);
    expect(stepCount).toBeLessThan(2 * FILTER_STEPS_MAX_COUNT);
    expect(filter.judge(filterRecord('{"a":"x"}')).isWanted).toBe(false);
  },
);

test("what a record may take grows with its size", () => {
  const filter = filterOf('{"data":{"a":["x"]}}', 1, 0);
  expect(filter.judge(filterRecord(longList("1"))).isWanted).toBe(false);
});

test.each([
  ["an element of one list", '{"i":{"a":["x"],"b":["x"]}}'],
  ["elements of three lists", '{"i":{"a":["x"]},"j":{"a":["x"]},"k":{"a":["x"],"b":["x"]}}'],
  ["what elements lack", '{"i":{"a":["x"],"b":[{"exists":false}]},"k":{"a":["x"],"b":["x"]}}'],
])("the search for %s is linear in the lists' length", (_kind, pattern) => {
  const filter = filterOf(`{"data":${pattern}}`);
  const stepsOf = (length: number) => {
    const list = `[${'{"a":"x"},{"b":"x"},'.repeat(length)}{"a":"y"}]`;
    const { isWanted, stepCount } = filter.judge(
      filterRecord(`{"i":${list},"j":${list},"k":${list}}`),
    );
    expect(isWanted).toBe(false);
    return stepCount;
  };
  expect(stepsOf(2000)).toBeLessThan(2.5 * stepsOf(1000));
});

test("alternatives beside each other are refused where they multiply beyond the bound", () => {
  const pair = (i: number) => `"a${i}":{"$or":[{"b":[1]},{"c":[1]}]}`;
  const pattern = `{"data":{${Array.from({ length: 60 }, (_, i) => pair(i)).join()}}}`;
  expect(parseFilterPattern(pattern)).toEqual({
    error: "the alternatives of $or make more than 10000 conditions",
  });
});

test("others have their turn between records that take long", async () => {
  const shard = { index: 0, range: { start: 0n, end: 1n }, createdAtMs: 0 };
  const record = {
    ...filterRecord(longList("1")),
    blockIndex: 0,
    position: 0,
    recordOffset: 0,
    byteOffset: 0,
  };
  let turnCount = 0;
  const clock = { now: () => 0, sleep: async () => void turnCount++ };
  const options = { filterPatterns: ['{"data":{"a":["x"]}}'] };
  const records = Array.from({ length: 5 }, () => record);
  expect(await wantedRecords(records, shard, options, clock)).toEqual([[], [], [], [], []]);
  expect(turnCount).toBe(4);
  const small = records.map((each) => ({ ...each, data: Buffer.from('{"a":1}') }));
  await wantedRecords(small, shard, options, clock);
  expect(turnCount).toBe(4);
});
