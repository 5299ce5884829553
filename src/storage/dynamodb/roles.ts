/**
 * The list of AWS roles that are let in, in the state table, and what their sessions are issued with. Their operator writes
 * both; of the functions only the api reads them, and none writes them.
 */
import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  paginateQuery,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Policy } from "../../auth/policy.ts";
import type { KeyRate } from "../../auth/rates.ts";
import type { ListedRole, RoleBook } from "../../auth/roles.ts";
import type { SessionKeys } from "../../auth/sessions.ts";
import { SESSION_KEY_BYTES } from "../../limits.ts";
import type { Random } from "../../random.ts";
import { conditionally, numberValue, readNumber, readString, stringValue } from "./client.ts";
import { AWS_ROLES_PARTITION, awsRoleKey, type Item, secretKey } from "./keys.ts";
import { readSecret, type Sealing, writeSecret } from "./sealed.ts";
import { dynamodbSecrets } from "./secrets.ts";

export interface DynamoRolesOptions extends Sealing {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
  readonly random: Random;
}

const SESSION_KEY = "sessions";

export function dynamodbRoles(options: DynamoRolesOptions): RoleBook {
  const { client, stateTable: TableName, random } = options;

  async function standingKeys(read: {
    readonly ConsistentRead: boolean;
  }): Promise<{ readonly keys: SessionKeys; readonly item: Item } | undefined> {
    const Key = secretKey(SESSION_KEY);
    const { Item: item } = await client.send(new GetItemCommand({ TableName, Key, ...read }));
    if (item === undefined) return undefined;
    const former = item["former"]?.M;
    const keys = {
      current: await readSecret(Key, "bytes", item, options),
      ...(former && { former: await readSecret(Key, "bytes", former, options) }),
      ...(item["rotatedAt"] && { rotatedAtMs: readNumber(item, "rotatedAt") }),
    };
    return { keys, item };
  }

  return {
    async list() {
      const query = {
        TableName,
        KeyConditionExpression: "pk = :partition",
        ExpressionAttributeValues: { ":partition": stringValue(AWS_ROLES_PARTITION) },
      };
      const found: ListedRole[] = [];
      for await (const { Items = [] } of paginateQuery({ client }, query)) {
        found.push(...Items.map(toRole));
      }
      return found;
    },

    async sessionKeys() {
      return (await standingKeys({ ConsistentRead: false }))?.keys;
    },

    async rotateSessionKey(next) {
      const standing = await standingKeys({ ConsistentRead: true });
      const keys = standing && next(standing.keys);
      if (standing === undefined || keys === undefined) return false;
      const { current, former, rotatedAtMs } = keys;
      const place = secretKey(SESSION_KEY);
      const before = standing.item["rotatedAt"];
      const replaced = await conditionally(
        client.send(
          new PutItemCommand({
            TableName,
            Item: {
              ...place,
              ...(await writeSecret(place, "bytes", current, options)),
              ...(former && { former: { M: await writeSecret(place, "bytes", former, options) } }),
              ...(rotatedAtMs !== undefined && { rotatedAt: numberValue(rotatedAtMs) }),
            },
            ConditionExpression:
              before === undefined
                ? "attribute_exists(pk) AND attribute_not_exists(rotatedAt)"
                : "rotatedAt = :before",
            ...(before && { ExpressionAttributeValues: { ":before": before } }),
          }),
        ),
      );
      return replaced.kind === "done";
    },

    async put({ pattern, policy, rate, createdAtMs }) {
      // Before the role: who finds one listed finds what its sessions are issued with.
      await dynamodbSecrets(options).keepOnce(SESSION_KEY, random.bytes(SESSION_KEY_BYTES));
      const Item = {
        ...awsRoleKey(pattern),
        createdAt: numberValue(createdAtMs),
        ...(policy && { policy: stringValue(JSON.stringify(policy)) }),
        ...(rate && { rate: stringValue(JSON.stringify(rate)) }),
      };
      await client.send(new PutItemCommand({ TableName, Item }));
    },

    async remove(pattern) {
      const { Attributes } = await client.send(
        new DeleteItemCommand({ TableName, Key: awsRoleKey(pattern), ReturnValues: "ALL_OLD" }),
      );
      return Attributes !== undefined;
    },
  };
}

function toRole(item: Item): ListedRole {
  const policy = item["policy"]?.S;
  const rate = item["rate"]?.S;
  return {
    pattern: readString(item, "sk"),
    createdAtMs: readNumber(item, "createdAt"),
    ...(policy !== undefined && { policy: JSON.parse(policy) as Policy }),
    ...(rate !== undefined && { rate: JSON.parse(rate) as KeyRate }),
  };
}
