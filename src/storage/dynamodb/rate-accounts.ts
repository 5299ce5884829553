/** The accounts of keys' rates in the state table: an item for each window, which TTL removes. No write has a condition. */
import { type DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { RateAccounts } from "../../auth/rates.ts";
import { KEY_RATE_WINDOW_MS } from "../../limits.ts";
import { expiryValue, numberValue, readNumber } from "./client.ts";
import { rateAccountKey } from "./keys.ts";

export interface DynamoRateAccountsOptions {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
}

/** Longer than windows are taken in advance. */
const LIFETIME_MS = 3_600_000;

export function dynamodbRateAccounts({
  client,
  stateTable: TableName,
}: DynamoRateAccountsOptions): RateAccounts {
  return {
    async take(accessKeyId, window, { calls, bytes }) {
      const { Attributes: item = {} } = await client.send(
        new UpdateItemCommand({
          TableName,
          Key: rateAccountKey(accessKeyId, window),
          UpdateExpression: "ADD calls :calls, #bytes :bytes SET expiresAt = :expiresAt",
          ExpressionAttributeNames: { "#bytes": "bytes" },
          ExpressionAttributeValues: {
            ":calls": numberValue(calls),
            ":bytes": numberValue(bytes),
            ":expiresAt": expiryValue(window * KEY_RATE_WINDOW_MS + LIFETIME_MS),
          },
          ReturnValues: "UPDATED_NEW",
        }),
      );
      return { calls: readNumber(item, "calls"), bytes: readNumber(item, "bytes") };
    },
  };
}
