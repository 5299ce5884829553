/** Small pieces that every DynamoDB adapter needs: values in and out, and the two failures that are answers. */
import {
  ConditionalCheckFailedException,
  DynamoDBServiceException,
} from "@aws-sdk/client-dynamodb";
import type { Item } from "./keys.ts";

export const numberValue = (value: number) => ({ N: String(value) });
export const stringValue = (value: string) => ({ S: value });

/** TTL wants whole seconds: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html */
export const expiryValue = (expiresAtMs: number) => numberValue(Math.ceil(expiresAtMs / 1000));

export function readNumber(item: Item, name: string): number {
  const value = item[name]?.N;
  if (value === undefined) throw new Error(`item lacks the number ${name}`);
  return Number(value);
}

export function readOptionalNumber(item: Item, name: string): number | undefined {
  const value = item[name]?.N;
  return value === undefined ? undefined : Number(value);
}

export function readString(item: Item, name: string): string {
  const value = item[name]?.S;
  if (value === undefined) throw new Error(`item lacks the string ${name}`);
  return value;
}

/**
 * Runs a conditional write. A failed condition is an answer, not an error: it gives the item that stands there
 * (`undefined`: none), read in the same round trip.
 */
export async function conditionally<T>(
  write: Promise<T>,
): Promise<
  | { readonly kind: "done"; readonly output: T }
  | { readonly kind: "refused"; readonly item: Item | undefined }
> {
  try {
    return { kind: "done", output: await write };
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException)
      return { kind: "refused", item: error.Item };
    throw error;
  }
}

/** Some of them only of a transaction, or for one that is under way; a table in several Regions has the last. */
const THROTTLES = new Set([
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "ThrottlingException",
  "ThrottledException",
  "Throttling",
  "TooManyRequestsException",
  "TransactionConflictException",
  "TransactionInProgressException",
  "ReplicatedWriteConflictException",
]);

/**
 * Whether DynamoDB refused the request for its rate, or for another's transaction on the same item, and did nothing. Of
 * a request that the SDK has sent before that is true of the last time only.
 */
export function isThrottle(error: unknown): boolean {
  return error instanceof DynamoDBServiceException && THROTTLES.has(error.name);
}

/** Whether DynamoDB did nothing because the request was signed too long ago, or by a clock that is far ahead. */
export function isTooOldToApply(error: unknown): boolean {
  return (
    error instanceof DynamoDBServiceException &&
    (error.name === "RequestExpired" ||
      (error.name === "InvalidSignatureException" && SIGNED_AT_ANOTHER_TIME.test(error.message)))
  );
}

/** `Signature expired: 20261130T073000Z is now earlier than …`, `Signature not yet current: …`. */
const SIGNED_AT_ANOTHER_TIME = /^Signature (?:expired|not yet current)/;
