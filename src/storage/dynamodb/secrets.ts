/** Secrets in the state table, which is encrypted with KMS; they never change once they stand. */
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { SecretStore } from "../../streams/store.ts";
import { conditionally } from "./client.ts";
import { type Item, secretKey } from "./keys.ts";

export interface DynamoSecretsOptions {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
}

export function dynamodbSecrets({ client, stateTable }: DynamoSecretsOptions): SecretStore {
  return {
    async keepOnce(name, candidate) {
      const Key = secretKey(name);
      const { Item: standing } = await client.send(
        new GetItemCommand({ TableName: stateTable, Key, ConsistentRead: true }),
      );
      if (standing) return bytesOf(standing);
      const kept = await conditionally(
        client.send(
          new PutItemCommand({
            TableName: stateTable,
            Item: { ...Key, bytes: { B: candidate } },
            ConditionExpression: "attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        ),
      );
      return kept.kind === "done" ? candidate : bytesOf(kept.item ?? {});
    },
  };
}

function bytesOf(item: Item): Uint8Array {
  const bytes = item["bytes"]?.B;
  if (bytes === undefined) throw new Error("item lacks the bytes of a secret");
  return bytes;
}
