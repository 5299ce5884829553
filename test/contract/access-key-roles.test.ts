/**
 * The functions that callers reach read access keys one by one, note their use, and change and list none; they read which AWS
 * roles are let in, and change nothing of that.
 */
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { expect, inject, test } from "vitest";
import { dynamodbAccessKeys } from "../../src/storage/dynamodb/access-keys.ts";
import { awsRoleKey, type Item, secretKey } from "../../src/storage/dynamodb/keys.ts";
import { dynamodbRoles } from "../../src/storage/dynamodb/roles.ts";
import { systemRandom as random } from "../../src/random.ts";
import type { Role } from "../helpers/role.ts";
import { tablesUnder } from "../helpers/tables-under.ts";

const config = {
  endpoint: inject("dynamodbEndpoint"),
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
};
const stateTable = inject("stateTable");
const operatorClient = new DynamoDBClient(config);
const operator = dynamodbAccessKeys({ client: operatorClient, stateTable });
const ROLES: readonly Role[] = ["ApiRole", "SubscribeRole"];

test.each(ROLES)("%s reads a key, and notes that it is used", async (role) => {
  const keys = dynamodbAccessKeys(tablesUnder(role));
  const key = { id: `HYD${role.toUpperCase()}`, secret: "s", createdAtMs: 1 };
  await operator.create(key);
  const found = await keys.get(key.id);
  expect(await found?.openSecret()).toBe("s");
  expect(await keys.noteUse(key.id, 1000, 0)).toBe(1000);
  const listed = (await operator.list()).find(({ id }) => id === key.id);
  expect(listed?.lastUsedAtMs).toBe(1000);
});

test.each(ROLES)("%s makes, changes, removes and lists no key", async (role) => {
  const keys = dynamodbAccessKeys(tablesUnder(role));
  const key = { id: `HYDMORE${role.toUpperCase()}`, secret: "s", createdAtMs: 1 };
  const mayNot = `${role} may not`;
  await expect(keys.create(key)).rejects.toThrow(mayNot);
  await operator.create(key);
  await expect(keys.setDisabled(key.id, true)).rejects.toThrow(mayNot);
  await expect(keys.remove(key.id)).rejects.toThrow(mayNot);
  await expect(keys.list()).rejects.toThrow(mayNot);
  expect((await operator.get(key.id))?.accessKey).toEqual({ id: key.id, createdAtMs: 1 });
});

test.each(ROLES)("%s reads what roles are let in, and lets in none", async (role) => {
  const { client } = tablesUnder(role);
  const pattern = `arn:aws:iam::123456789012:role/${role}`;
  const put = (Key: Item) =>
    new PutItemCommand({ TableName: stateTable, Item: { ...Key, createdAt: { N: "1" } } });
  const mayNot = `${role} may not`;
  await expect(client.send(put(awsRoleKey(pattern)))).rejects.toThrow(mayNot);
  await expect(client.send(put(secretKey("sessions")))).rejects.toThrow(mayNot);
  await operatorClient.send(put(awsRoleKey(pattern)));
  const roles = dynamodbRoles({ client, stateTable, random });
  expect(await roles.list()).toContainEqual({ pattern, createdAtMs: 1 });
  await expect(roles.remove(pattern)).rejects.toThrow(mayNot);
});
