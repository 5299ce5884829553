/** The embedded DynamoDB by the stack's own way: what is sent together and written as one stays many calls. */
import { randomUUID } from "node:crypto";
import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DynamoDBClient,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { expect, inject, it } from "vitest";
import { takeShortWay } from "../../offline/short-way/take.ts";

const TableName = inject("stateTable");
takeShortWay(inject("dynamodbEndpoint"));
const client = new DynamoDBClient({
  endpoint: inject("dynamodbEndpoint"),
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
});

const own = randomUUID();
const keyOf = (name: string) => ({ pk: { S: `short-way ${own}` }, sk: { S: name } });
const putOnce = (name: string, value: string) =>
  client.send(
    new PutItemCommand({
      TableName,
      Item: { ...keyOf(name), value: { S: value } },
      ConditionExpression: "attribute_not_exists(pk)",
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    }),
  );

it("writes what is put together, but for that whose condition fails", async () => {
  await putOnce("b", "first");
  const outcomes = await Promise.allSettled(["a", "b", "c"].map((name) => putOnce(name, "second")));
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  const { reason } = outcomes[1] as PromiseRejectedResult;
  expect(reason).toBeInstanceOf(ConditionalCheckFailedException);
  expect((reason as ConditionalCheckFailedException).Item?.["value"]).toEqual({ S: "first" });
  const Keys = ["a", "b", "c"].map(keyOf);
  const found = await client.send(
    new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } }),
  );
  const values = found.Responses?.[TableName]?.map(({ sk, value }) => [sk?.S, value?.S]);
  expect(values?.toSorted()).toEqual([
    ["a", "second"],
    ["b", "first"],
    ["c", "second"],
  ]);
});

it("takes one of two puts of the same new item that are sent together", async () => {
  const outcomes = await Promise.allSettled(["x", "y"].map((value) => putOnce("same", value)));
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
});
