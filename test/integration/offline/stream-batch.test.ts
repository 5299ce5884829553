/** What becomes of a stream's batch when its function fails, in whole or in part. */
import { describe, expect, it } from "vitest";
import {
  runStreamBatch,
  type StreamBatchOptions,
  type StreamBatchPorts,
  type StreamRecord,
} from "../../../offline/events/stream-batch.ts";

const NOW_SECONDS = 1_800_000_000;

const record = (sequence: string, ageSeconds = 0): StreamRecord => ({
  dynamodb: { SequenceNumber: sequence, ApproximateCreationDateTime: NOW_SECONDS - ageSeconds },
});
const records = (...sequences: string[]) => sequences.map((sequence) => record(sequence));
const sequencesOf = (batch: readonly StreamRecord[]) =>
  batch.map(({ dynamodb }) => dynamodb.SequenceNumber).join("");

const DEFAULTS: StreamBatchOptions = { reportsItems: true, bisects: false };

/** Runs a batch against a function given as: the batch's sequence numbers → what it answers, or a throw. */
async function run(
  batch: readonly StreamRecord[],
  options: Partial<StreamBatchOptions>,
  respond: (sequences: string, attempt: number) => unknown,
) {
  const calls: string[] = [];
  const givenUp: string[] = [];
  const ports: StreamBatchPorts = {
    invoke(given) {
      calls.push(sequencesOf(given));
      try {
        const payload = JSON.stringify(respond(sequencesOf(given), calls.length) ?? null);
        return Promise.resolve({ kind: "returned", payload });
      } catch (error) {
        return Promise.resolve({ kind: "failed", message: String(error) });
      }
    },
    giveUp(given, reason, attempts) {
      givenUp.push(`${sequencesOf(given)} ${reason} ${attempts}`);
      return Promise.resolve();
    },
    now: () => NOW_SECONDS * 1000,
    sleep: () => Promise.resolve(),
    isStopping: () => calls.length >= 50,
  };
  const left = await runStreamBatch(batch, { ...DEFAULTS, ...options }, ports);
  return { calls, givenUp, left: sequencesOf(left) };
}

const failAt = (...sequences: string[]) => ({
  batchItemFailures: sequences.map((itemIdentifier) => ({ itemIdentifier })),
});
const broken = () => {
  throw new Error("broken");
};

describe("partial failures", () => {
  it("goes on from the first failed record", async () => {
    const { calls, left } = await run(records("1", "2", "3"), {}, (_, attempt) =>
      attempt === 1 ? failAt("2") : undefined,
    );
    expect([calls, left]).toEqual([["123", "23"], ""]);
  });

  it("takes the earliest of several failures", async () => {
    const { calls } = await run(records("1", "2", "3"), {}, (_, attempt) =>
      attempt === 1 ? failAt("3", "2") : undefined,
    );
    expect(calls).toEqual(["123", "23"]);
  });

  it("treats an unknown identifier as failure of the whole batch", async () => {
    const { calls } = await run(records("1", "2"), {}, (_, attempt) =>
      attempt === 1 ? failAt("9") : undefined,
    );
    expect(calls).toEqual(["12", "12"]);
  });

  it("ignores them when the mapping does not ask for them", async () => {
    const { calls } = await run(records("1", "2"), { reportsItems: false }, () => failAt("1"));
    expect(calls).toEqual(["12"]);
  });
});

describe("failures of the whole batch", () => {
  it("retries as often as allowed, then gives the batch up", async () => {
    const { calls, givenUp } = await run(records("1", "2"), { maxRetries: 2 }, broken);
    expect(calls).toEqual(["12", "12", "12"]);
    expect(givenUp).toEqual(["12 RetryAttemptsExhausted 3"]);
  });

  it("retries without end unless told otherwise", async () => {
    const { calls, givenUp, left } = await run(records("1"), {}, broken);
    expect([calls.length, givenUp, left]).toEqual([50, [], "1"]);
  });

  it("halves the batch until the poison record stands alone, keeping order", async () => {
    const { calls, givenUp } = await run(
      records("1", "2", "3", "4"),
      { bisects: true, maxRetries: 1 },
      (given) => (given.includes("3") ? broken() : undefined),
    );
    expect(calls).toEqual(["1234", "12", "34", "3", "3", "4"]);
    expect(givenUp).toEqual(["3 RetryAttemptsExhausted 2"]);
  });
});

it("gives up what is older than the mapping allows, and hands over the rest", async () => {
  const { calls, givenUp } = await run(
    [record("1", 61), record("2", 59)],
    { maxAgeSeconds: 60 },
    () => undefined,
  );
  expect([calls, givenUp]).toEqual([["2"], ["1 RecordAgeExceeded 0"]]);
});
