/** jq in its thread: whatever a query and a record are, each record has one outcome, and within its time. */
import { isDeepStrictEqual } from "node:util";
import { systemClock } from "../../../src/clock.ts";
import { workerJq } from "../../../src/delivery/jq/worker-engine.ts";
import { extractMetadata } from "../../../src/delivery/stages/metadata.ts";
import { enter, type StageOutcome } from "../../../src/delivery/stages/outcome.ts";
import type { Chance } from "../chance.ts";
import { mutateTree, printTree, treeOf } from "../json-tree.ts";
import { mutateBytes, mutateText } from "../mutate.ts";
import { fuzzTarget, hold } from "../target.ts";

const QUERIES = [
  "{customer: .id}",
  '{customer: .id, year: (.time | strftime("%Y"))}',
  '{a: (.a // "none"), b: .b.c[0]}',
  ". as $x | {id: $x.id}",
  '{id: ([.b.c[] | tostring] | join("/"))}',
  "{id: [limit(3; repeat(1))] | length}",
  "{id: (try error(.a) catch .)}",
  "reduce range(0; 400) as $i (.; [.]) | {id: .}",
  "def f: f; f",
  "{id: ([range(1e7)] | length)}",
  "{id: input}",
  "halt",
  "error",
  '"\\(.)" | {id: .}',
];
const WORDS = [
  "|",
  "(",
  ")",
  "{",
  "}",
  "..",
  "[.[]]",
  "recurse",
  "input",
  "error",
  "empty",
  "halt",
  "@json",
  "nan",
  "infinite",
  "tojson",
  "1e999",
];
const RECORD = { id: "a", time: 1565382027, a: "x", b: { c: [1, 2] } };
/** A thirtieth of what a record has in earnest, for programs without an end are tried here by the hundred. */
const INPUT_MAX_MS = 50;

function drawRecord(chance: Chance): Buffer {
  const bytes = Buffer.from(printTree(mutateTree(chance, treeOf(RECORD))));
  return chance.may(0.2) ? mutateBytes(chance, bytes) : bytes;
}

export const jqQueries = () => {
  const engine = workerJq({ clock: systemClock, inputMaxMs: INPUT_MAX_MS });
  return fuzzTarget({
    // jq's own memory is a part of it, once for each thread that was ended.
    grownMaxMiB: 1024,
    draw(chance) {
      const query = chance.pick(QUERIES);
      return {
        query: chance.may(0.3) ? query : mutateText(chance, query, WORDS).slice(0, 5120),
        records: Array.from({ length: 1 + chance.below(4) }, () => drawRecord(chance)),
      };
    },
    async check({ query, records }) {
      const refusal = await engine.check(query);
      if (refusal !== undefined) {
        hold(refusal !== "", "a refusal says why");
        return "refused";
      }
      const passing = records.map((data, index) =>
        enter({ recordId: String(index), arrivedAtMs: 0, data }),
      );
      const run = async (program: string) => {
        const outcomes = await extractMetadata({ query: program, engine, nowMs: 0 })(passing);
        hold(
          outcomes.length === records.length && outcomes.every((list) => list.length === 1),
          "each record has one outcome",
        );
        return outcomes.map(([outcome]) => outcome!);
      };
      const outcomes = await run(query);
      hold(
        outcomes.every(({ record }, i) => record === passing[i]!.record),
        "outcomes stand in the records' order",
      );
      const slow = await run(`. as $everything_else | ${query}`);
      const isSame = isDeepStrictEqual(slow.map(told), outcomes.map(told));
      // Time and memory run out here or there.
      const isBounded = [...slow, ...outcomes].some(isStopped);
      const isOtherProgram = /\b(?:def|include|import|module)\b/.test(query);
      hold(isSame || isBounded || isOtherProgram, "what is compiled answers as jq does");
      return outcomes.some(({ kind }) => kind === "delivered") ? "answered" : "failed";
    },
    end: () => engine.close(),
  });
};

function told(outcome: StageOutcome): unknown {
  return outcome.kind === "delivered" ? outcome.partitionKeys : outcome.kind;
}

function isStopped(outcome: StageOutcome): boolean {
  return (
    outcome.kind === "failed" && /too long|of memory|without a result/.test(outcome.errorMessage)
  );
}
