/** Names of one partition of the state table, in byte order, strongly consistent. */
import { type DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";
import { readString, stringValue } from "./client.ts";

export interface ListNamesOptions {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
  readonly partition: string;
  /** The page begins behind this name, which need not exist. */
  readonly after?: string;
  readonly limit: number;
}

export async function listNames(options: ListNamesOptions): Promise<readonly string[]> {
  const { client, stateTable, partition, after, limit } = options;
  const names: string[] = [];
  let startKey = after === undefined ? undefined : { pk: { S: partition }, sk: { S: after } };
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: stateTable,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :partition",
        ExpressionAttributeValues: { ":partition": stringValue(partition) },
        ProjectionExpression: "sk",
        Limit: limit - names.length,
        ExclusiveStartKey: startKey,
      }),
    );
    names.push(...(page.Items ?? []).map((item) => readString(item, "sk")));
    startKey = page.LastEvaluatedKey as typeof startKey;
  } while (startKey && names.length < limit);
  return names;
}
