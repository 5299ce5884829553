/** A producer that hears nothing sends again, and its records are stored once. */
import { randomUUID } from "node:crypto";
import { PutRecordBatchCommand } from "@aws-sdk/client-firehose";
import { expect, inject, it } from "vitest";
import { accessLogLines } from "../../helpers/access-log.ts";
import { asAttempt, loseAnswers } from "../../helpers/attempts.ts";
import { compareLines, EXACTLY_ONCE, linesOf } from "../../helpers/delivered.ts";
import { bucketOf, clientOf, createStream, drained } from "./streams.ts";

const stack = {
  apiEndpoint: inject("apiEndpoint"),
  s3Endpoint: inject("s3Endpoint"),
  deliveryBucket: inject("deliveryBucket"),
};

const batchOf = (DeliveryStreamName: string, lines: readonly string[]) =>
  new PutRecordBatchCommand({
    DeliveryStreamName,
    Records: lines.map((line) => ({ Data: Buffer.from(line) })),
  });

it.each([1, 2])("stores a call once whose first %i answers were lost", async (lostCount) => {
  const client = clientOf(stack, { maxAttempts: 4 });
  const delivered = bucketOf(stack);
  const name = await createStream(stack, client);
  loseAnswers(client, lostCount);
  const lines = accessLogLines(31, 200);
  const { $metadata, RequestResponses } = await client.send(batchOf(name, lines));
  expect($metadata.attempts).toBe(lostCount + 1);
  expect(new Set(RequestResponses?.map(({ RecordId }) => RecordId)).size).toBe(lines.length);
  const objects = await drained(client, delivered, name);
  expect(compareLines(lines, linesOf(objects))).toEqual(EXACTLY_ONCE);
});

it("finds the first attempt among later calls of others", async () => {
  const client = clientOf(stack, { maxAttempts: 4 });
  const others = clientOf(stack);
  const delivered = bucketOf(stack);
  const name = await createStream(stack, client);
  const lines = accessLogLines(32, 300);
  loseAnswers(client, 1);
  const [, ...calls] = Array.from({ length: 11 }, (_, n) =>
    lines.slice(100 + 20 * (n - 1), 100 + 20 * n),
  );
  await Promise.all([
    client.send(batchOf(name, lines.slice(0, 100))),
    ...calls.map((part) => others.send(batchOf(name, part))),
  ]);
  const objects = await drained(client, delivered, name);
  expect(compareLines(lines, linesOf(objects))).toEqual(EXACTLY_ONCE);
});

it("answers thirty-two attempts of one call at once alike, and stores it once", async () => {
  const client = clientOf(stack, { maxAttempts: 4 });
  const delivered = bucketOf(stack);
  const name = await createStream(stack, client);
  const lines = accessLogLines(34, 20);
  const id = randomUUID();
  const answers = await Promise.all(
    Array.from({ length: 32 }, (_, i) =>
      client.send(asAttempt(batchOf(name, lines), 1 + (i % 4), id)),
    ),
  );
  const [first] = answers.map(({ RequestResponses }) => RequestResponses);
  for (const { FailedPutCount, RequestResponses } of answers) {
    expect(FailedPutCount).toBe(0);
    expect(RequestResponses).toEqual(first);
  }
  const objects = await drained(client, delivered, name);
  expect(compareLines(lines, linesOf(objects))).toEqual(EXACTLY_ONCE);
});

it("stores the same records twice when two calls bring them", async () => {
  const client = clientOf(stack);
  const delivered = bucketOf(stack);
  const name = await createStream(stack, client);
  const lines = accessLogLines(33, 10);
  await client.send(batchOf(name, lines));
  await client.send(batchOf(name, lines));
  const objects = await drained(client, delivered, name);
  expect(linesOf(objects).toSorted()).toEqual([...lines, ...lines].toSorted());
});
