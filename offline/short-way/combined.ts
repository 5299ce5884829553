/**
 * Puts that are asked for together, written together: one transaction in place of many, for the embedded DynamoDB goes
 * to the disk once for each. They are still many requests to those who ask: should the transaction be refused, for the
 * condition of one above all, each is made alone and answered for itself.
 *
 * A put is answered when the transaction stands on the disk, so nothing is acknowledged sooner than alone.
 */

/** Of a transaction: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
const ITEM_MAX_COUNT = 100;
/** A quarter of what a transaction may hold, in bytes of the items: a request is larger than they are. */
const REQUEST_MAX_CHARS = 1024 * 1024;

/** What an answer to a put would hold, were it asked for; a transaction gives none of it. */
const ASKS_FOR_MORE = /"Return(?:Values|ConsumedCapacity|ItemCollectionMetrics)":(?!"NONE")/;

/** @param body of the request, in JSON */
export function canCombine(operation: string, body: string): boolean {
  return operation === "PutItem" && body.length < REQUEST_MAX_CHARS && !ASKS_FOR_MORE.test(body);
}

/** What one transaction takes, in their order; what is left alone needs none. */
export function inParts<T extends { readonly body: string }>(
  puts: readonly T[],
): readonly (readonly T[])[] {
  const all: T[][] = [];
  let last: T[] | undefined;
  let chars = 0;
  for (const put of puts) {
    if (!last || last.length >= ITEM_MAX_COUNT || chars + put.body.length > REQUEST_MAX_CHARS) {
      all.push((last = []));
      chars = 0;
    }
    last.push(put);
    chars += put.body.length;
  }
  return all;
}

/** The members of a PutItem's request and of a transaction's Put have the same names. */
export function combined(puts: readonly { readonly body: string }[]): string {
  return `{"TransactItems":[${puts.map(({ body }) => `{"Put":${body}}`).join(",")}]}`;
}

export const COMBINED_OPERATION = "TransactWriteItems";
/** Of each put in a transaction that stands. */
export const PUT_ANSWER = Buffer.from("{}");
