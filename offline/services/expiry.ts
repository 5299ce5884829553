/**
 * DynamoDB's time to live, which the embedded one accepts but does not act upon: every so often the tables that
 * have it are read and what has expired is deleted, so that retention can be seen working.
 */
import { callAws } from "../aws-json.ts";

type Item = Readonly<Record<string, { readonly N?: string; readonly S?: string }>>;

export async function deleteExpired(endpoint: string, nowMs: number): Promise<void> {
  const call = <T>(operation: string, input: object) =>
    callAws<T>(endpoint, `DynamoDB_20120810.${operation}`, input);
  const { TableNames } = await call<{ TableNames: readonly string[] }>("ListTables", {});
  for (const TableName of TableNames) {
    const { TimeToLiveDescription } = await call<{
      TimeToLiveDescription?: { readonly AttributeName?: string };
    }>("DescribeTimeToLive", { TableName });
    const attribute = TimeToLiveDescription?.AttributeName;
    if (attribute === undefined) continue;
    const { Table } = await call<{ Table: { KeySchema: readonly { AttributeName: string }[] } }>(
      "DescribeTable",
      { TableName },
    );
    const keyNames = Table.KeySchema.map(({ AttributeName }) => AttributeName);
    let startKey: Item | undefined;
    do {
      const page = await call<{ Items: readonly Item[]; LastEvaluatedKey?: Item }>("Scan", {
        TableName,
        Limit: 500,
        FilterExpression: "#expiry < :now",
        ProjectionExpression: keyNames.map((_, index) => `#key${index}`).join(", "),
        ExpressionAttributeNames: {
          "#expiry": attribute,
          ...Object.fromEntries(keyNames.map((name, index) => [`#key${index}`, name])),
        },
        ExpressionAttributeValues: { ":now": { N: String(Math.floor(nowMs / 1000)) } },
        ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
      });
      for (const Key of page.Items) await call("DeleteItem", { TableName, Key });
      startKey = page.LastEvaluatedKey;
    } while (startKey !== undefined);
  }
}
