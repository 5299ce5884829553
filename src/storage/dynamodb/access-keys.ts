/**
 * Access keys in the state table, which is encrypted with KMS or has a seal; only the api function may read it. A key is an item
 * alone, for the request that it signs; beside it stands a place of its name, of which there are two.
 */
import {
  type DynamoDBClient,
  GetItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Policy } from "../../auth/policy.ts";
import type { KeyRate } from "../../auth/rates.ts";
import type { AccessKey, AccessKeyBook, AccessKeyUses } from "../../auth/store.ts";
import { ACCESS_KEYS_PER_NAME_MAX_COUNT } from "../../limits.ts";
import {
  conditionally,
  numberValue,
  readNumber,
  readOptionalNumber,
  readString,
  stringValue,
} from "./client.ts";
import { ACCESS_KEYS_PARTITION, accessKeyKey, accessKeySlotKey, type Item } from "./keys.ts";
import { readSecret, type Sealing, writeSecret } from "./sealed.ts";
import { transact } from "./transact.ts";

export interface DynamoAccessKeysOptions extends Sealing {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
}

export function dynamodbAccessKeys({
  client,
  stateTable,
  ...sealing
}: DynamoAccessKeysOptions): AccessKeyBook & AccessKeyUses {
  const TableName = stateTable;

  async function read(id: string): Promise<Item | undefined> {
    const Key = accessKeyKey(id);
    return (await client.send(new GetItemCommand({ TableName, Key }))).Item;
  }

  return {
    async get(id) {
      const item = await read(id);
      if (item === undefined) return undefined;
      const secret = Buffer.from(readSecret(accessKeyKey(id), "secret", item, sealing)).toString();
      return { ...describe(id, item), secret };
    },

    async noteUse(id, atMs) {
      const update = new UpdateItemCommand({
        TableName,
        Key: accessKeyKey(id),
        UpdateExpression: "SET lastUsedAt = :at",
        ConditionExpression:
          "attribute_exists(pk) AND (attribute_not_exists(lastUsedAt) OR lastUsedAt < :at)",
        ExpressionAttributeValues: { ":at": numberValue(atMs) },
      });
      await conditionally(client.send(update));
    },

    async create(accessKey) {
      const { id, name = id } = accessKey;
      const isAbsent = "attribute_not_exists(pk)";
      for (let slot = 1; slot <= ACCESS_KEYS_PER_NAME_MAX_COUNT; slot++) {
        const place = { ...accessKeySlotKey(name, slot), keyId: stringValue(id) };
        const written = await transact(client, [
          {
            Put: {
              TableName,
              Item: toItem(accessKey, name, slot, sealing),
              ConditionExpression: isAbsent,
            },
          },
          { Put: { TableName, Item: place, ConditionExpression: isAbsent } },
        ]);
        if (written.kind === "done") return "created";
        if (written.failed[0]) return "exists";
      }
      return "name has two";
    },

    async list() {
      const query = {
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :partition",
        ExpressionAttributeValues: { ":partition": stringValue(ACCESS_KEYS_PARTITION) },
      };
      const found: Omit<AccessKey, "secret">[] = [];
      for await (const { Items = [] } of paginateQuery({ client }, query)) {
        const ids = Items.map((item) => readString(item, "keyId"));
        const items = await Promise.all(ids.map(read));
        found.push(...items.flatMap((item, i) => (item ? describe(ids[i]!, item) : [])));
      }
      return found;
    },

    async setDisabled(id, isDisabled) {
      const update = new UpdateItemCommand({
        TableName,
        Key: accessKeyKey(id),
        UpdateExpression: isDisabled ? "SET isDisabled = :yes" : "REMOVE isDisabled",
        ConditionExpression: "attribute_exists(pk)",
        ...(isDisabled && { ExpressionAttributeValues: { ":yes": { BOOL: true } } }),
      });
      return (await conditionally(client.send(update))).kind === "done";
    },

    async remove(id) {
      const item = await read(id);
      if (item === undefined) return false;
      const slot = readOptionalNumber(item, "slot");
      await transact(client, [
        { Delete: { TableName, Key: accessKeyKey(id) } },
        ...(slot === undefined
          ? []
          : [
              { Delete: { TableName, Key: accessKeySlotKey(describe(id, item).name ?? id, slot) } },
            ]),
      ]);
      return true;
    },
  };
}

function toItem(accessKey: AccessKey, name: string, slot: number, sealing: Sealing): Item {
  const { id, secret, policy, rate, createdAtMs } = accessKey;
  const key = accessKeyKey(id);
  return {
    ...key,
    ...(name !== id && { name: stringValue(name) }),
    slot: numberValue(slot),
    ...writeSecret(key, "secret", Buffer.from(secret), sealing),
    createdAt: numberValue(createdAtMs),
    ...(policy && { policy: stringValue(JSON.stringify(policy)) }),
    ...(rate && { rate: stringValue(JSON.stringify(rate)) }),
  };
}

function describe(id: string, item: Item): Omit<AccessKey, "secret"> {
  const name = item["name"]?.S;
  const policy = item["policy"]?.S;
  const rate = item["rate"]?.S;
  const lastUsedAtMs = readOptionalNumber(item, "lastUsedAt");
  return {
    id,
    ...(name !== undefined && { name }),
    ...(item["isDisabled"]?.BOOL && { isDisabled: true as const }),
    createdAtMs: readNumber(item, "createdAt"),
    ...(policy !== undefined && { policy: JSON.parse(policy) as Policy }),
    ...(rate !== undefined && { rate: JSON.parse(rate) as KeyRate }),
    ...(lastUsedAtMs !== undefined && { lastUsedAtMs }),
  };
}
