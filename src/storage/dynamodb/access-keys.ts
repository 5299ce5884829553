/**
 * Access keys in the state table; of the functions only the api reads them, and none writes them. A key is an item alone, for
 * the request that it signs; beside it stand a place of its name, of which there are two, and an item that says when it was
 * last used, the one thing of it that the api writes.
 */
import {
  type DynamoDBClient,
  GetItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Policy } from "../../auth/policy.ts";
import type { KeyRate } from "../../auth/rates.ts";
import type {
  AccessKey,
  AccessKeyBook,
  AccessKeyUses,
  ListedAccessKey,
  NewAccessKey,
} from "../../auth/store.ts";
import { ACCESS_KEYS_PER_NAME_MAX_COUNT } from "../../limits.ts";
import {
  conditionally,
  numberValue,
  readNumber,
  readOptionalNumber,
  readString,
  stringValue,
} from "./client.ts";
import {
  ACCESS_KEYS_PARTITION,
  accessKeyKey,
  accessKeySlotKey,
  accessKeyUseKey,
  type Item,
} from "./keys.ts";
import { readSecret, type Sealing, secretVersion, writeSecret } from "./sealed.ts";
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

  async function readItem(Key: Item): Promise<Item | undefined> {
    return (await client.send(new GetItemCommand({ TableName, Key }))).Item;
  }

  const read = (id: string) => readItem(accessKeyKey(id));

  async function readListed(id: string): Promise<readonly ListedAccessKey[]> {
    const [item, use] = await Promise.all([read(id), readItem(accessKeyUseKey(id))]);
    if (item === undefined) return [];
    // Earlier versions noted it on the key itself.
    const notes = [use, item].map((each) => each && readOptionalNumber(each, "lastUsedAt"));
    const uses = notes.filter((atMs) => atMs !== undefined);
    return [{ ...describe(id, item), ...(uses.length > 0 && { lastUsedAtMs: Math.max(...uses) }) }];
  }

  return {
    async get(id) {
      const item = await read(id);
      if (item === undefined) return undefined;
      return {
        accessKey: describe(id, item),
        secretVersion: secretVersion("secret", item),
        async openSecret() {
          const found = await read(id);
          if (found === undefined) return undefined;
          return Buffer.from(
            await readSecret(accessKeyKey(id), "secret", found, sealing),
          ).toString();
        },
      };
    },

    async noteUse(id, atMs, unlessSinceMs) {
      const update = new UpdateItemCommand({
        TableName,
        Key: accessKeyUseKey(id),
        UpdateExpression: "SET lastUsedAt = :at",
        ConditionExpression: "attribute_not_exists(lastUsedAt) OR lastUsedAt <= :since",
        ExpressionAttributeValues: {
          ":at": numberValue(atMs),
          ":since": numberValue(unlessSinceMs),
        },
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      });
      const noted = await conditionally(client.send(update));
      return noted.kind === "done" ? atMs : readNumber(noted.item ?? {}, "lastUsedAt");
    },

    async create(accessKey) {
      const { id, name = id } = accessKey;
      const isAbsent = "attribute_not_exists(pk)";
      const item = await toItem(accessKey, name, sealing);
      for (let slot = 1; slot <= ACCESS_KEYS_PER_NAME_MAX_COUNT; slot++) {
        const place = { ...accessKeySlotKey(name, slot), keyId: stringValue(id) };
        const written = await transact(client, [
          {
            Put: {
              TableName,
              Item: { ...item, slot: numberValue(slot) },
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
      const found: ListedAccessKey[] = [];
      for await (const { Items = [] } of paginateQuery({ client }, query)) {
        const ids = Items.map((item) => readString(item, "keyId"));
        found.push(...(await Promise.all(ids.map(readListed))).flat());
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
        { Delete: { TableName, Key: accessKeyUseKey(id) } },
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

/** All but its slot. */
async function toItem(accessKey: NewAccessKey, name: string, sealing: Sealing): Promise<Item> {
  const { id, secret, policy, rate, createdAtMs, expiresAtMs } = accessKey;
  const key = accessKeyKey(id);
  return {
    ...key,
    ...(name !== id && { name: stringValue(name) }),
    ...(await writeSecret(key, "secret", Buffer.from(secret), sealing)),
    createdAt: numberValue(createdAtMs),
    // Not by the name that the table's TTL goes by: an expired key is to be seen.
    ...(expiresAtMs !== undefined && { validUntil: numberValue(expiresAtMs) }),
    ...(policy && { policy: stringValue(JSON.stringify(policy)) }),
    ...(rate && { rate: stringValue(JSON.stringify(rate)) }),
  };
}

function describe(id: string, item: Item): AccessKey {
  const name = item["name"]?.S;
  const policy = item["policy"]?.S;
  const rate = item["rate"]?.S;
  const expiresAtMs = readOptionalNumber(item, "validUntil");
  return {
    id,
    ...(name !== undefined && { name }),
    ...(item["isDisabled"]?.BOOL && { isDisabled: true as const }),
    createdAtMs: readNumber(item, "createdAt"),
    ...(expiresAtMs !== undefined && { expiresAtMs }),
    ...(policy !== undefined && { policy: JSON.parse(policy) as Policy }),
    ...(rate !== undefined && { rate: JSON.parse(rate) as KeyRate }),
  };
}
