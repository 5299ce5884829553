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

const THROTTLES = new Set([
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "ThrottlingException",
]);

/** Whether DynamoDB refused the request for its rate. */
export function isThrottle(error: unknown): boolean {
  return error instanceof DynamoDBServiceException && THROTTLES.has(error.name);
}

/**
 * Whether DynamoDB refused the request for its rate and surely did nothing: an earlier attempt, whose answer never
 * came, may have been applied.
 */
export function isCleanThrottle(error: unknown): boolean {
  return isThrottle(error) && (error as DynamoDBServiceException).$metadata.attempts === 1;
}
