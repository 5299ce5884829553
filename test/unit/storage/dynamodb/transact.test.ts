import {
  DynamoDBClient,
  TransactionCanceledException,
  TransactionInProgressException,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { mockClient } from "aws-sdk-client-mock";
import { expect, test } from "vitest";
import { transact } from "../../../../src/storage/dynamodb/transact.ts";
import { seededRandom } from "../../../helpers/seeded-random.ts";
import { steppingClock } from "../../../helpers/stepping-clock.ts";

const START_MS = Date.parse("2026-11-30T07:15:42Z");

function setUp() {
  const client = new DynamoDBClient({ region: "us-east-1" });
  const sent = mockClient(client).on(TransactWriteItemsCommand);
  const clock = steppingClock(START_MS);
  const options = { clock, random: seededRandom(1), token: "remove-it" };
  return { sent, clock, run: () => transact(client, [{}, {}], options) };
}

const cancelled = (...codes: string[]) =>
  new TransactionCanceledException({
    message: "cancelled",
    $metadata: {},
    CancellationReasons: codes.map((Code) => ({ Code })),
  });

test.each([
  ["a conflict", cancelled("None", "TransactionConflict")],
  ["a throttled item", cancelled("ThrottlingError", "None")],
  [
    "an attempt of its own that is under way",
    new TransactionInProgressException({ message: "in progress", $metadata: {} }),
  ],
])("tries again after pauses, for %s, as long as a call has time", async (_what, error) => {
  const { sent, clock, run } = setUp();
  const times: number[] = [];
  sent.callsFake(() => {
    times.push(clock.now() - START_MS);
    if (times.length < 8) throw error;
    return {};
  });
  expect(await run()).toEqual({ kind: "done" });
  expect(new Set(times).size).toBe(8);
  expect(times.at(-1)).toBeLessThan(2000);
});

test("gives up in time, with what AWS's clients try again for", async () => {
  const { sent, clock, run } = setUp();
  sent.rejects(cancelled("TransactionConflict"));
  await expect(run()).rejects.toMatchObject({
    name: "ThrottlingException",
    message: "Rate exceeded",
    row: { retryable: true },
  });
  expect(clock.now() - START_MS).toBeGreaterThanOrEqual(3000);
  expect(clock.now() - START_MS).toBeLessThan(4000);
});

test("answers a failed condition at once, also beside a conflict, and passes on what is neither", async () => {
  const { sent, clock, run } = setUp();
  sent.rejectsOnce(cancelled("TransactionConflict", "ConditionalCheckFailed"));
  expect(await run()).toEqual({ kind: "refused", failed: [false, true] });
  sent.rejects(cancelled("None", "ValidationError"));
  await expect(run()).rejects.toThrow("cancelled");
  expect(clock.now()).toBe(START_MS);
});
