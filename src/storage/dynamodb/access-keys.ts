/** Access keys in the state table, which is encrypted with KMS; only the api function may read it. */
import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Policy } from "../../auth/policy.ts";
import type { AccessKey, AccessKeyStore } from "../../auth/store.ts";
import { numberValue, readNumber, readString, stringValue } from "./client.ts";
import { accessKeyKey } from "./keys.ts";

export interface DynamoAccessKeysOptions {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
}

export interface DynamoAccessKeys extends AccessKeyStore {
  /** Replaces a key of the same id. */
  put(accessKey: AccessKey): Promise<void>;
  remove(accessKeyId: string): Promise<void>;
}

export function dynamodbAccessKeys({
  client,
  stateTable,
}: DynamoAccessKeysOptions): DynamoAccessKeys {
  return {
    async get(accessKeyId) {
      const { Item: item } = await client.send(
        new GetItemCommand({ TableName: stateTable, Key: accessKeyKey(accessKeyId) }),
      );
      if (!item) return undefined;
      const policy = item["policy"]?.S;
      return {
        id: accessKeyId,
        secret: readString(item, "secret"),
        createdAtMs: readNumber(item, "createdAt"),
        ...(policy !== undefined && { policy: JSON.parse(policy) as Policy }),
      };
    },
    async put({ id, secret, policy, createdAtMs }) {
      await client.send(
        new PutItemCommand({
          TableName: stateTable,
          Item: {
            ...accessKeyKey(id),
            secret: stringValue(secret),
            createdAt: numberValue(createdAtMs),
            ...(policy && { policy: stringValue(JSON.stringify(policy)) }),
          },
        }),
      );
    },
    async remove(accessKeyId) {
      await client.send(
        new DeleteItemCommand({ TableName: stateTable, Key: accessKeyKey(accessKeyId) }),
      );
    },
  };
}
