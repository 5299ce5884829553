/** A producer of a data stream that hears nothing sends again, and each record is stored once. */
import { randomUUID } from "node:crypto";
import { KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { expect, inject, it, onTestFinished } from "vitest";
import { newStream, shardsOf } from "../../conformance/kinesis/client.ts";
import { iteratorOf, textsFrom } from "../../conformance/kinesis/records.ts";
import { asAttempt, loseAnswers } from "../../helpers/attempts.ts";

const AT_ONCE = 32;

function patientClient(): KinesisClient {
  const client = new KinesisClient({
    endpoint: inject("apiEndpoint"),
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 4,
  });
  onTestFinished(() => client.destroy());
  return client;
}

const namesOf = (count: number) => Array.from({ length: count }, (_, i) => `record ${i}`);
const putOf = (StreamName: string, names: readonly string[]) =>
  new PutRecordsCommand({
    StreamName,
    Records: names.map((name) => ({ Data: Buffer.from(name), PartitionKey: name })),
  });

async function stored(client: KinesisClient, StreamName: string): Promise<string[]> {
  const shards = await shardsOf(client, StreamName);
  const texts = await Promise.all(
    shards.map(async ({ ShardId }) =>
      textsFrom(client, await iteratorOf(client, StreamName, "TRIM_HORIZON", ShardId)),
    ),
  );
  return texts.flat().toSorted();
}

it("stores a call over four shards once whose first answers were lost", async () => {
  const client = patientClient();
  const StreamName = await newStream(client, { ShardCount: 4 });
  loseAnswers(client, 2);
  const names = namesOf(100);
  const { $metadata, FailedRecordCount } = await client.send(putOf(StreamName, names));
  expect($metadata.attempts).toBe(3);
  expect(FailedRecordCount).toBe(0);
  expect(await stored(client, StreamName)).toEqual(names.toSorted());
});

it("answers thirty-two attempts of one call at once, and stores it once", async () => {
  const client = patientClient();
  const StreamName = await newStream(client, { ShardCount: 2 });
  const id = randomUUID();
  const names = namesOf(20);
  const answers = await Promise.all(
    Array.from({ length: AT_ONCE }, (_, i) =>
      client.send(asAttempt(putOf(StreamName, names), 1 + (i % 4), id)),
    ),
  );
  const [first] = answers.map(({ Records }) => Records);
  for (const { Records, FailedRecordCount } of answers) {
    expect(FailedRecordCount).toBe(0);
    expect(Records).toEqual(first);
  }
  expect(await stored(client, StreamName)).toEqual(names.toSorted());
});

it("takes the same id with another payload for another call", async () => {
  const client = patientClient();
  const StreamName = await newStream(client, { ShardCount: 1 });
  const id = randomUUID();
  await client.send(asAttempt(putOf(StreamName, ["one"]), 1, id));
  await client.send(asAttempt(putOf(StreamName, ["two"]), 2, id));
  expect(await stored(client, StreamName)).toEqual(["one", "two"]);
});
