/**
 * Twins that have no more than a capacity: each request of an adapter becomes one of the model, with the keys of
 * `dynamodb/keys.ts`, so that where an item lies is still said in one place. Nothing a user runs uses it.
 *
 * A new port needs a wrapper of a few lines, one `read`, `write` or `transact` for each of its adapter's requests:
 *
 *   const state = requestsTo(client, "state");
 *   return { get: (id) => state.read(secretKey(id), () => secrets.get(id), (found) => found?.length ?? 0), … };
 *
 * A throttle comes back as the ports say: as an answer where they have one, else as what DynamoDB would throw.
 */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Item } from "../dynamodb/keys.ts";
import { type Capacity, StoreConflict, StoreThrottled, type TableName } from "./capacity.ts";

/** A process's client of AWS. */
export interface LimitedClient {
  readonly capacity: Capacity;
  /** One request, with the time it takes and the repeats that the client makes by itself. Absent: at once, and once. */
  readonly send?: Send;
}

export type Send = <Answer>(request: () => Promise<Answer>) => Promise<Answer>;

export interface ItemSize {
  readonly key: Item;
  readonly byteCount: number;
}

/** The requests of one table: what each costs, and what the twin does once it is let in. */
export interface TableRequests {
  write<Answer>(key: Item, byteCount: number, act: () => Promise<Answer>): Promise<Answer>;
  transact<Answer>(items: readonly ItemSize[], act: () => Promise<Answer>): Promise<Answer>;
  /** One item, or one page of a query that begins at `key`. */
  read<Answer>(
    key: Item,
    act: () => Promise<Answer>,
    bytesOf: (answer: Answer) => number,
  ): Promise<Answer>;
}

/** A query's page: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html */
export const PAGE_MAX_BYTES = 1024 * 1024;

export function sender({ send }: LimitedClient): Send {
  return send ?? (async (request) => request());
}

export function requestsTo(client: LimitedClient, table: TableName): TableRequests {
  const { capacity } = client;
  const send = sender(client);
  return {
    write: (key, byteCount, act) =>
      send(() => {
        capacity.write(table, key, byteCount);
        return act();
      }),
    transact: (items, act) =>
      send(() => {
        capacity.transact(table, items);
        return act();
      }),
    read: (key, act, bytesOf) =>
      send(async () => {
        capacity.admitRead(table, key);
        const answer = await act();
        capacity.chargeRead(table, key, bytesOf(answer));
        return answer;
      }),
  };
}

/** Whether the store did nothing because it was too busy. */
export function isBusy(error: unknown): boolean {
  return error instanceof StoreThrottled || error instanceof StoreConflict;
}

/**
 * What DynamoDB counts for an item: the names of its attributes, and of their values the bytes; of a number half of its
 * digits. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemBytes(item: Item): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value),
    0,
  );
}

const CONTAINER_BYTES = 3;

function valueBytes({ S, N, B, M, L, SS, BOOL, NULL }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return Math.ceil(N.length / 2) + 1;
  if (B !== undefined) return B.length;
  if (BOOL !== undefined || NULL !== undefined) return 1;
  if (SS !== undefined) return SS.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (M !== undefined) return CONTAINER_BYTES + itemBytes(M) + Object.keys(M).length;
  return CONTAINER_BYTES + (L ?? []).reduce((sum, value) => sum + valueBytes(value) + 1, 0);
}
