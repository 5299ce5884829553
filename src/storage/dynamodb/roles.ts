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
import type { ListedRole, RoleBook } from "../../auth/roles.ts";
import type { Random } from "../../random.ts";
import { numberValue, readNumber, readString, stringValue } from "./client.ts";
import { AWS_ROLES_PARTITION, awsRoleKey, type Item, secretKey } from "./keys.ts";
import { readSecret, type Sealing } from "./sealed.ts";
import { dynamodbSecrets } from "./secrets.ts";

export interface DynamoRolesOptions extends Sealing {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
  readonly random: Random;
}

const SESSION_KEY = "sessions";
const SESSION_KEY_BYTES = 32;

export function dynamodbRoles(options: DynamoRolesOptions): RoleBook {
  const { client, stateTable: TableName, random } = options;
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

    async sessionKey() {
      const Key = secretKey(SESSION_KEY);
      const { Item } = await client.send(new GetItemCommand({ TableName, Key }));
      return Item && (await readSecret(Key, "bytes", Item, options));
    },

    async put({ pattern, policy, createdAtMs }) {
      // Before the role: who finds one listed finds what its sessions are issued with.
      await dynamodbSecrets(options).keepOnce(SESSION_KEY, random.bytes(SESSION_KEY_BYTES));
      const Item = {
        ...awsRoleKey(pattern),
        createdAt: numberValue(createdAtMs),
        ...(policy && { policy: stringValue(JSON.stringify(policy)) }),
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
  return {
    pattern: readString(item, "sk"),
    createdAtMs: readNumber(item, "createdAt"),
    ...(policy !== undefined && { policy: JSON.parse(policy) as Policy }),
  };
}
