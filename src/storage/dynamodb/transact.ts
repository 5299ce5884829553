/** Several writes that take place together or not at all. A failed condition is an answer, not an error. */
import {
  type DynamoDBClient,
  type TransactWriteItem,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";

/** Another transaction on one of the items is over within milliseconds. */
const CONFLICT_ATTEMPTS = 5;

/**
 * @param token 1..36 characters: the same writes under the same token are made once within ten minutes. The SDK's
 *   own attempts share one anyway.
 * @returns `refused`: nothing was written; which of the items' conditions failed
 */
export async function transact(
  client: DynamoDBClient,
  items: TransactWriteItem[],
  token?: string,
): Promise<
  { readonly kind: "done" } | { readonly kind: "refused"; readonly failed: readonly boolean[] }
> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.send(
        new TransactWriteItemsCommand({
          TransactItems: items,
          ...(token !== undefined && { ClientRequestToken: token }),
        }),
      );
      return { kind: "done" };
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code);
      if (codes.includes("ConditionalCheckFailed")) {
        return { kind: "refused", failed: codes.map((code) => code === "ConditionalCheckFailed") };
      }
      if (!codes.includes("TransactionConflict") || attempt === CONFLICT_ATTEMPTS) throw error;
    }
  }
}
