import { afterAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../../src/clock.ts";
import type { JqEngine } from "../../../../src/delivery/jq/engine.ts";
import { workerJq } from "../../../../src/delivery/jq/worker-engine.ts";
import { extractMetadata } from "../../../../src/delivery/stages/metadata.ts";
import type { StageOutcome } from "../../../../src/delivery/stages/outcome.ts";
import { passing } from "./passing.ts";

const jq = workerJq({ clock: systemClock, inputMaxMs: 500 });
afterAll(() => jq.close());

const NOW_MS = Date.UTC(2026, 6, 13);

async function extract(query: string, data: readonly (string | Uint8Array)[], engine = jq) {
  const stage = extractMetadata({ query, engine, nowMs: NOW_MS });
  const outcomes = await stage(data.map((one) => passing(one)));
  expect(outcomes.map((one) => one.length)).toEqual(data.map(() => 1));
  return outcomes.flat();
}

/** The values of its keys, or why there are none. */
function told(outcome: StageOutcome | undefined): unknown {
  if (outcome?.kind === "delivered") {
    return Object.fromEntries(
      Object.entries(outcome.partitionKeys ?? {}).map(([name, value]) => [
        name.replace("partitionKeyFromQuery:", ""),
        value,
      ]),
    );
  }
  return outcome?.kind === "failed" ? outcome.errorMessage : outcome?.kind;
}

/** The same query as jq alone can read it, and as it is compiled. */
const both = (query: string) => [query, `. as $everything | ${query}`];

describe("partition keys", () => {
  it.each(both('{id: .id, year: .at|strftime("%Y"), n: .n, flag: .flag}'))(
    "are the values of %s",
    async (query) => {
      const records = [
        '{"id":"a","at":1565382027,"n":1e-5,"flag":true}',
        '{\n  "id": "b\\n",\r\n  "at": 0,\n  "n": 100000000000000000000,\n  "flag": false\n}\n',
      ];
      expect((await extract(query, records)).map(told)).toEqual([
        { id: "a", year: "2019", n: "1e-05", flag: "true" },
        { id: "b\n", year: "1970", n: "1e+20", flag: "false" },
      ]);
    },
  );

  it("stand beside those of a Lambda, under names of their own", async () => {
    const stage = extractMetadata({ query: "{id}", engine: jq, nowMs: 0 });
    const record = {
      ...passing('{"id":1}'),
      partitionKeys: { "partitionKeyFromLambda:id": "2" },
    };
    expect((await stage([record]))[0]![0]).toEqual({
      ...record,
      partitionKeys: { "partitionKeyFromLambda:id": "2", "partitionKeyFromQuery:id": "1" },
    });
  });

  it("may depend on the time of the plan", async () => {
    expect((await extract('{day: (now|strftime("%F"))}', ["{}"])).map(told)).toEqual([
      { day: "2026-07-13" },
    ]);
  });

  it.each(both("{id: .id}"))("fail a record alone whose value is none: %s", async (query) => {
    const none = "Partition key's value should not be null or empty: id";
    const records = [
      '{"id":1}',
      '{"id":null}',
      "{}",
      '{"id":[]}',
      '{"id":{}}',
      '{"id":""}',
      '{"id":2}',
    ];
    expect((await extract(query, records)).map(told)).toEqual([
      { id: "1" },
      ...Array.from({ length: 5 }, () => none),
      { id: "2" },
    ]);
  });

  it("are not what jq prints for no number", async () => {
    expect((await extract("{id: nan}", ["{}"])).map(told)).toEqual([
      "Partition key's value should not be null or empty: id",
    ]);
  });
});

describe("a record", () => {
  it.each(both("{id: .id}"))("that is no JSON fails: %s", async (query) => {
    const records = [
      "",
      "text",
      '{"id":1}{"id":2}',
      '{"id":1',
      Buffer.from('{"id":"\xff"}', "latin1"),
    ];
    const outcomes = await extract(query, records);
    expect(outcomes.map(told)).toEqual(records.map(() => "Non JSON record provided"));
    expect(outcomes[1]).toEqual({
      kind: "failed",
      record: passing("text").record,
      errorCode: "DynamicPartitioning.MetadataExtractionFailed",
      errorMessage: "Non JSON record provided",
      errorOutputType: "metadata-extraction-failed",
    });
  });

  it("fails with what jq says", async () => {
    const failed = "JQ Subprocess failed due to: jq: error (at <stdin>:0)";
    expect((await extract("{id: .id.x}", ['{"id":1}', '{"id":{"x":2}}', "3"])).map(told)).toEqual([
      `${failed}: Cannot index number with string "x"`,
      { id: "2" },
      `${failed}: Cannot index number with string "id"`,
    ]);
    expect((await extract("{id: error({a: 1})}", ["{}"])).map(told)).toEqual([
      `${failed} (not a string): {"a":1}`,
    ]);
  });

  it("fails where the query gives anything but one object", async () => {
    const queries = ["empty", ".id", "{id: (1, 2)}", "[{id: 1}]"];
    const outcomes = await Promise.all(queries.map((query) => extract(query, ['{"id":1}'])));
    expect(outcomes.flat().map(told)).toEqual([
      "The query must give one object, it gave 0 values",
      "The query must give one object, it gave 1",
      "The query must give one object, it gave 2 values",
      'The query must give one object, it gave [{"id":1}]',
    ]);
  });

  it("never sees another", async () => {
    const outcomes = await extract("{id: ([., inputs]|length)}", ["1", "2", "3"]);
    expect(outcomes.map(told)).toEqual([{ id: "1" }, { id: "1" }, { id: "1" }]);
  });

  it.each([
    ["{id: (if .id == 2 then last(repeat(1)) else .id end)}", /took too long/],
    ["{id: (if .id == 2 then ([range(1e9)]|length) else .id end)}", /too long|more than 256 MiB/],
  ])("on which %s never ends fails alone", async (query, message) => {
    const outcomes = await extract(query, ['{"id":1}', '{"id":2}', '{"id":3}']);
    expect(outcomes.map(told)).toEqual([{ id: "1" }, expect.stringMatching(message), { id: "3" }]);
  });
});

describe("calls of jq", () => {
  it("are only made for what the compiled query leaves open, and hold many records", async () => {
    const seen: string[][] = [];
    const engine: JqEngine = {
      ...jq,
      run(run) {
        seen.push([...run.inputs]);
        return jq.run(run);
      },
    };
    const half = '{"id":"\\ud83d\\ude00"}';
    const records = Array.from({ length: 1200 }, (_, i) => (i % 2 === 0 ? `{"id":${i}}` : half));
    const outcomes = await extract("{id}", records, engine);
    expect(outcomes.slice(0, 3).map(told)).toEqual([{ id: "0" }, { id: "😀" }, { id: "2" }]);
    expect(seen.map((inputs) => inputs.length)).toEqual([500, 100]);
    expect(new Set(seen.flat())).toEqual(new Set([half]));
  });
});
