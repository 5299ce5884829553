/** A stack that limits readers as AWS does, told so by its environment. */
import {
  CreateStreamCommand,
  GetRecordsCommand,
  KinesisClient,
  PutRecordCommand,
  waitUntilStreamExists,
} from "@aws-sdk/client-kinesis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { expectRefusal } from "../../conformance/kinesis/client.ts";
import { iteratorOf } from "../../conformance/kinesis/records.ts";
import { eventually } from "../../helpers/eventually.ts";
import { startStack, type StackProcess } from "../../helpers/stack-process.ts";

const REFUSED = "ProvisionedThroughputExceededException";
const message = (name: string) =>
  `Rate exceeded for Shard - 000000000000/${name}/shardId-000000000000`;

let stack: StackProcess;
let client: KinesisClient;

beforeAll(async () => {
  stack = await startStack({ environment: { HYDRANT_READ_LIMITS: "aws" } });
  client = new KinesisClient({
    endpoint: stack.apiEndpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
});
afterAll(async () => {
  client.destroy();
  await stack.stop();
});

async function newStream(StreamName: string): Promise<() => GetRecordsCommand> {
  await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
  await waitUntilStreamExists(
    { client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 },
    { StreamName },
  );
  const ShardIterator = await iteratorOf(client, StreamName);
  return () => new GetRecordsCommand({ ShardIterator });
}

it("lets five calls a second through, and goes on when that second is over", async () => {
  const get = await newStream("calls");
  const startedAt = performance.now();
  const answers = await Promise.allSettled(Array.from({ length: 30 }, () => client.send(get())));
  const seconds = 1 + Math.ceil((performance.now() - startedAt) / 1000);
  const taken = answers.filter(({ status }) => status === "fulfilled");
  expect(taken.length).toBeGreaterThanOrEqual(5);
  expect(taken.length).toBeLessThanOrEqual(5 * seconds);
  const refused = answers.filter((answer) => answer.status === "rejected");
  for (const { reason } of refused) {
    expect(reason).toMatchObject({ name: REFUSED, message: message("calls") });
  }
  await eventually("a call is taken again", () => client.send(get()));
});

it("lets nothing through after a large page until it is paid off", async () => {
  const get = await newStream("bytes");
  for (let i = 0; i < 5; i++) {
    const input = { StreamName: "bytes", PartitionKey: "k", Data: Buffer.alloc(870_000) };
    await eventually("it is taken", () => client.send(new PutRecordCommand(input)));
  }
  expect((await client.send(get())).Records).toHaveLength(5);
  await expectRefusal(client.send(get()), REFUSED, message("bytes"));
  const { Records } = await eventually("it is paid off", () => client.send(get()));
  expect(Records).toHaveLength(5);
});
