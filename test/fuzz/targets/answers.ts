/** What functions answer: of a transform, and of a consumer. */
import type { DeliveryRecord } from "../../../src/delivery/record.ts";
import { readTransformResponse } from "../../../src/delivery/stages/transform-response.ts";
import { readBatchResponse } from "../../../src/consumer/response.ts";
import { filterRecord } from "../../helpers/filter-record.ts";
import type { Chance } from "../chance.ts";
import { mutateTree, printTree, treeOf } from "../json-tree.ts";
import { mutateText } from "../mutate.ts";
import { fuzzTarget, hold } from "../target.ts";

const BATCH: readonly DeliveryRecord[] = ["1", "2", "3"].map((recordId) => ({
  recordId,
  arrivedAtMs: 0,
  data: Buffer.from(recordId),
}));
const WORDS = ["{", "}", "[", "]", ",", '"', "\\u0000", "null", "records", "recordId"];

function changed(chance: Chance, answer: unknown): string {
  const text = printTree(mutateTree(chance, treeOf(answer)));
  return chance.may(0.2) ? mutateText(chance, text, WORDS) : text;
}

export const transformAnswers = () =>
  fuzzTarget({
    draw(chance) {
      const records = BATCH.map(({ recordId, data }) => ({
        recordId,
        result: chance.pick(["Ok", "Ok", "Dropped", "ProcessingFailed"]),
        data,
        ...(chance.may(0.4) && {
          metadata: { partitionKeys: { customer: chance.pick([1, "a", true, null, {}]) } },
        }),
      }));
      return changed(chance, { records });
    },
    check(payload) {
      const outcomes = readTransformResponse(BATCH, payload, {
        attemptsMade: 1,
        attemptEndedAtMs: 0,
      });
      hold(
        outcomes.length === BATCH.length && outcomes.every(({ record }, i) => record === BATCH[i]),
        "each record has one outcome, in their order",
      );
      let deliveredCount = 0;
      for (const outcome of outcomes) {
        if (outcome.kind !== "delivered") continue;
        deliveredCount++;
        const ok = saidOf(payload, outcome.record.recordId);
        hold(ok.length === 1 && ok[0]?.["result"] === "Ok", "what is delivered was said to be Ok");
        const text = Buffer.from(outcome.data).toString("base64").replaceAll("=", "");
        const said = String(ok[0]?.["data"]).replace(/={1,2}$/, "");
        hold(text.length === said.length, "what is delivered is all that was answered");
        const names = Object.keys(outcome.partitionKeys ?? {});
        hold(
          names.every((name) => name.startsWith("partitionKeyFromLambda:")),
          "keys have names of their own",
        );
      }
      return deliveredCount === 0 ? "nothing delivered" : "delivered";
    },
  });

/** All that an answer says of an id. */
function saidOf(payload: string, id: string): readonly Readonly<Record<string, unknown>>[] {
  const { records } = JSON.parse(payload) as { records: Record<string, unknown>[] };
  return records.filter(({ recordId }) => recordId === id);
}

const RECORDS = [1, 2, 3].map((number) => ({
  ...filterRecord("{}"),
  sequenceNumber: String(number),
}));

export const consumerAnswers = () =>
  fuzzTarget({
    draw(chance) {
      return {
        payload: changed(chance, {
          batchItemFailures: [{ itemIdentifier: chance.pick(["1", "2", "3", ""]) }],
          state: { count: 1 },
        }),
        reportsItemFailures: chance.may(0.7),
        expectsState: chance.may(0.7),
      };
    },
    check({ payload, ...options }) {
      const response = readBatchResponse(payload, RECORDS, options);
      if (response.kind === "partial") {
        hold(options.reportsItemFailures, "failures are read where they are asked for");
        hold(Number.isInteger(response.firstFailed), "a place is a whole number");
        hold(RECORDS[response.firstFailed] !== undefined, "a place is one of the batch");
      }
      return response.kind;
    },
  });
