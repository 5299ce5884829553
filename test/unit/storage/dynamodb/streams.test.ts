import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { mockClient } from "aws-sdk-client-mock";
import { expect, it } from "vitest";
import { dynamodbStreams } from "../../../../src/storage/dynamodb/streams.ts";
import { shardToText } from "../../../../src/storage/dynamodb/stream-text.ts";

it("notes that a shard is closed only while it is still as it was read: the first note stands", async () => {
  const client = new DynamoDBClient({ region: "us-east-1" });
  const sent = mockClient(client);
  const open = shardToText({ index: 0, range: { start: 0n, end: 9n }, createdAtMs: 1000 });
  sent.on(GetItemCommand).resolves({ Item: { shard: { S: open } } });
  const faster = new ConditionalCheckFailedException({ message: "faster", $metadata: {} });
  sent.on(UpdateItemCommand).rejects(faster);

  const streams = dynamodbStreams({ client, stateTable: "state" });
  const stream = { name: "clicks", generation: "5c1f09ab27de4410" };
  await streams.close(stream as never, 0, { atMs: 2000, finalBlockIndex: 3, childIndexes: [] });

  const [update] = sent.commandCalls(UpdateItemCommand);
  expect(update?.args[0].input).toMatchObject({
    ConditionExpression: "#shard = :open",
    ExpressionAttributeValues: { ":open": { S: open } },
  });
});

it("forgets a shard's counter first, then its readers, and the shard last, so that what is cut off is found again", async () => {
  const client = new DynamoDBClient({ region: "us-east-1" });
  const sent = mockClient(client);
  const shard = "kinesis/clicks/5c1f09ab27de4410/0000000003";
  const listed: Readonly<Record<string, string>> = {
    [`readers#${shard}`]: "slot#16",
    [`readers#${shard}#16`]: "consumer/one",
  };
  sent.on(QueryCommand).callsFake(({ ExpressionAttributeValues: values }) => ({
    Items: [{ sk: { S: listed[values[":partition"].S]! } }],
  }));
  const stream = { name: "clicks", generation: "5c1f09ab27de4410" };
  await dynamodbStreams({ client, stateTable: "state" }).forget(stream, 3);
  const deleted = sent.commandCalls(DeleteItemCommand).map(({ args }) => args[0].input.Key);
  expect(deleted.map((key) => `${key?.["pk"]?.S} ${key?.["sk"]?.S}`)).toEqual([
    `counter#${shard} counter`,
    `readers#${shard}#16 consumer/one`,
    `readers#${shard} slot#16`,
    "shards#clicks/5c1f09ab27de4410 0000000003",
  ]);
});
