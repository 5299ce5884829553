/** Secrets in the state table, which is encrypted with KMS or has a seal; they never change once they stand. */
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { SecretStore } from "../../streams/store.ts";
import { conditionally } from "./client.ts";
import { secretKey } from "./keys.ts";
import { readSecret, type Sealing, writeSecret } from "./sealed.ts";

export interface DynamoSecretsOptions extends Sealing {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
}

export function dynamodbSecrets({
  client,
  stateTable,
  ...sealing
}: DynamoSecretsOptions): SecretStore {
  return {
    async keepOnce(name, candidate) {
      const Key = secretKey(name);
      const { Item: standing } = await client.send(
        new GetItemCommand({ TableName: stateTable, Key, ConsistentRead: true }),
      );
      if (standing) return readSecret(Key, "bytes", standing, sealing);
      const kept = await conditionally(
        client.send(
          new PutItemCommand({
            TableName: stateTable,
            Item: { ...Key, ...(await writeSecret(Key, "bytes", candidate, sealing)) },
            ConditionExpression: "attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        ),
      );
      return kept.kind === "done" ? candidate : readSecret(Key, "bytes", kept.item ?? {}, sealing);
    },
  };
}
