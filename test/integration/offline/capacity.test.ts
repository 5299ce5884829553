/** A stack with the limits of DynamoDB: what a user feels of them, at the API and at the local DynamoDB. */
import { rmSync } from "node:fs";
import {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { CreateStreamCommand, KinesisClient, PutRecordCommand } from "@aws-sdk/client-kinesis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { startStack, type StackProcess } from "../../helpers/stack-process.ts";

const STATE_TABLE = "hydrant-dev-state";
const LARGE = Buffer.alloc(380_000);
const credentials = { accessKeyId: "test", secretAccessKey: "test" };

let stack: StackProcess;
let dynamodb: DynamoDBClient;
let kinesis: KinesisClient;
beforeAll(async () => {
  stack = await startStack({ environment: { HYDRANT_CAPACITY: "aws" } });
  const common = { region: "us-east-1", credentials, maxAttempts: 1 };
  dynamodb = new DynamoDBClient({ endpoint: stack.dynamodbEndpoint, ...common });
  kinesis = new KinesisClient({ endpoint: stack.apiEndpoint, ...common });
});
afterAll(async () => {
  dynamodb.destroy();
  kinesis.destroy();
  await stack.stop();
  rmSync(stack.dataDir, { recursive: true, force: true });
});

/** What a transaction costs is known only when it is done: one that is let in can leave a debt of seconds. */
async function exhaust(pk: string): Promise<void> {
  const keys = Array.from({ length: 5 }, (_, i) => ({ pk: { S: pk }, sk: { S: `large-${i}` } }));
  for (const key of keys) {
    const Item = { ...key, body: { B: LARGE } };
    const put = new PutItemCommand({ TableName: STATE_TABLE, Item });
    await eventually("there is room", () => dynamodb.send(put).catch(() => undefined));
  }
  const touch = new TransactWriteItemsCommand({
    TransactItems: keys.map((Key) => ({
      Update: {
        TableName: STATE_TABLE,
        Key,
        UpdateExpression: "ADD touches :one",
        ExpressionAttributeValues: { ":one": { N: "1" } },
      },
    })),
  });
  await eventually("there is room", () => dynamodb.send(touch).catch(() => undefined));
}

it("lets a producer feel AWS's throttle where a shard's partition is busy, until it is not", async () => {
  const StreamName = "felt";
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
  const put = () =>
    kinesis.send(new PutRecordCommand({ StreamName, PartitionKey: "k", Data: Buffer.from("x") }));
  await eventually("the stream takes records", () => put().catch(() => undefined));
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: STATE_TABLE }));
  const counter = Items.find(({ blocks, records }) => blocks !== undefined && records?.N === "1");
  await exhaust(counter?.["pk"]?.S ?? "");
  await expect(put()).rejects.toMatchObject({
    name: "ProvisionedThroughputExceededException",
    $metadata: { httpStatusCode: 400 },
  });
  await eventually("the stream takes records again", () => put().catch(() => undefined));
});

it("refuses writes to a busy partition in DynamoDB's words, and no others", async () => {
  await exhaust("busy");
  const Item = { pk: { S: "busy" }, sk: { S: "small" } };
  const put = new PutItemCommand({ TableName: STATE_TABLE, Item });
  await expect(dynamodb.send(put)).rejects.toMatchObject({
    name: "ThrottlingException",
    message: expect.stringContaining("check if you have a hot key") as string,
    throttlingReasons: [
      {
        reason: "TableWriteKeyRangeThroughputExceeded",
        resource: `arn:aws:dynamodb:us-east-1:000000000000:table/${STATE_TABLE}`,
      },
    ],
    $metadata: { httpStatusCode: 400 },
  });
  const transaction = new TransactWriteItemsCommand({
    TransactItems: [{ Put: { TableName: STATE_TABLE, Item } }],
  });
  await expect(dynamodb.send(transaction)).rejects.toMatchObject({
    name: "TransactionCanceledException",
    CancellationReasons: [{ Code: "ThrottlingError" }],
  });
  const { Item: read, ConsumedCapacity } = await dynamodb.send(
    new GetItemCommand({
      TableName: STATE_TABLE,
      Key: { pk: { S: "busy" }, sk: { S: "large-0" } },
      ProjectionExpression: "touches",
    }),
  );
  expect(read).toEqual({ touches: { N: "1" } });
  expect(ConsumedCapacity).toBeUndefined();
  await eventually("the debt is paid", () => dynamodb.send(put).catch(() => undefined));
});

it("refuses what was signed too long ago", async () => {
  dynamodb.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      headers["x-amz-date"] = "20260101T000000Z";
      return next(args);
    },
    { step: "finalizeRequest", priority: "low" },
  );
  const get = new GetItemCommand({
    TableName: STATE_TABLE,
    Key: { pk: { S: "a" }, sk: { S: "b" } },
  });
  await expect(dynamodb.send(get)).rejects.toMatchObject({
    name: "InvalidSignatureException",
    message: expect.stringMatching(
      /^Signature expired: 20260101T000000Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 15 min\.\)$/,
    ) as string,
  });
});
