/**
 * Several writes that take place together or not at all. A failed condition is an answer, not an error. One of the items
 * may be in another write at that moment, a busy shard's counter above all; so it is tried again after pauses by chance,
 * and who had no luck until the time is over is told what AWS says to retry for.
 */
import {
  type DynamoDBClient,
  type TransactWriteItem,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { type Clock, systemClock } from "../../clock.ts";
import { RATE_EXCEEDED, serviceError } from "../../errors.ts";
import { CONFLICT_PATIENCE_MS } from "../../limits.ts";
import { type Random, systemRandom } from "../../random.ts";
import { isThrottle } from "./client.ts";

export interface TransactOptions {
  /**
   * 1..36 characters: the same writes under the same token are made once within ten minutes. The SDK's own attempts
   * share one anyway.
   */
  readonly token?: string;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Pauses are between nothing and these, doubling. */
const PAUSE_MIN_MS = 20;
const PAUSE_MAX_MS = 640;

/** @returns `refused`: nothing was written; which of the items' conditions failed */
export async function transact(
  client: DynamoDBClient,
  items: TransactWriteItem[],
  { token, clock = systemClock, random = systemRandom }: TransactOptions = {},
): Promise<
  { readonly kind: "done" } | { readonly kind: "refused"; readonly failed: readonly boolean[] }
> {
  const giveUpAtMs = clock.now() + CONFLICT_PATIENCE_MS;
  for (let pauseMs = PAUSE_MIN_MS; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS)) {
    try {
      await client.send(
        new TransactWriteItemsCommand({
          TransactItems: items,
          ...(token !== undefined && { ClientRequestToken: token }),
        }),
      );
      return { kind: "done" };
    } catch (error) {
      const codes = reasons(error);
      if (codes.includes("ConditionalCheckFailed")) {
        return { kind: "refused", failed: codes.map((code) => code === "ConditionalCheckFailed") };
      }
      if (!isThrottle(error) && !codes.some((code) => PASSING.has(code))) throw error;
      if (clock.now() >= giveUpAtMs) throw serviceError("ThrottlingException", RATE_EXCEEDED);
      await clock.sleep(random.fraction() * pauseMs);
    }
  }
}

/** Of an item, in a transaction that was cancelled. */
const PASSING = new Set([
  "TransactionConflict",
  "ThrottlingError",
  "ProvisionedThroughputExceeded",
]);

function reasons(error: unknown): readonly string[] {
  if (!(error instanceof TransactionCanceledException)) return [];
  return (error.CancellationReasons ?? []).map(({ Code = "None" }) => Code);
}
