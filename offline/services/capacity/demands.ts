/**
 * What a request of DynamoDB wants before it is known what it costs: which partitions of which tables, to read or to
 * write, and the least that each can cost. A batch is let in as a whole here, where DynamoDB lets in a part of it.
 */
import type { Demand, Kind } from "./buckets.ts";

export type AttributeValue = Readonly<Record<string, unknown>>;
export type Item = Readonly<Record<string, AttributeValue>>;
type Input = Readonly<Record<string, unknown>>;

/** The partition key's name; of an index when one is named. */
export type PartitionKeyOf = (table: string, index?: string) => string | undefined;

/** Of writes; without a condition or with one that fails, for that costs the same. */
export function writeUnits(byteCount: number): number {
  return Math.max(1, Math.ceil(byteCount / 1024));
}

/** What tells in its answer what it cost, when it is asked to. */
export const CALLS: Readonly<Record<string, (input: Input, keyOf: PartitionKeyOf) => Demand[]>> = {
  GetItem: (input, keyOf) => [onItem("Read", input, "Key", keyOf)],
  PutItem: (input, keyOf) => [onItem("Write", input, "Item", keyOf)],
  UpdateItem: (input, keyOf) => [onItem("Write", input, "Key", keyOf)],
  DeleteItem: (input, keyOf) => [onItem("Write", input, "Key", keyOf)],
  Query: (input, keyOf) => [onPartition(input, keyOf)],
  Scan: (input) => [{ table: tableOf(input), kind: "Read", units: READ_LEAST }],
  TransactWriteItems: (input, keyOf) => inTransaction("Write", input, keyOf),
  TransactGetItems: (input, keyOf) => inTransaction("Read", input, keyOf),
  BatchGetItem: ({ RequestItems }, keyOf) =>
    ofTables(RequestItems, (TableName, { Keys }) =>
      (Keys as Item[]).map((Key) => onItem("Read", { TableName, Key }, "Key", keyOf)),
    ),
  BatchWriteItem: ({ RequestItems }, keyOf) =>
    ofTables(RequestItems, (TableName, requests) =>
      Object.values(requests).flatMap((request) =>
        Object.values(request as Record<string, Input>).map((write) =>
          onItem("Write", { ...write, TableName }, "Item" in write ? "Item" : "Key", keyOf),
        ),
      ),
    ),
};

/** Of a read that is not consistent, and finds nothing. */
const READ_LEAST = 0.5;

function onItem(kind: Kind, input: Input, member: "Key" | "Item", keyOf: PartitionKeyOf): Demand {
  const table = tableOf(input);
  const item = (input[member] ?? {}) as Item;
  const value = item[keyOf(table) ?? ""];
  return {
    table,
    kind,
    ...(value !== undefined && { partition: JSON.stringify(value) }),
    units:
      kind === "Read"
        ? READ_LEAST
        : member === "Item"
          ? writeUnits(itemBytes(item))
          : writeUnits(0),
  };
}

function inTransaction(kind: Kind, { TransactItems }: Input, keyOf: PartitionKeyOf): Demand[] {
  const actions = (TransactItems as Readonly<Record<string, Input>>[]).flatMap(Object.values);
  return (actions as Input[]).map((action) => {
    const demand = onItem(kind, action, "Item" in action ? "Item" : "Key", keyOf);
    return { ...demand, units: 2 * demand.units };
  });
}

function ofTables(
  requestItems: unknown,
  make: (table: string, requests: Input) => readonly Demand[],
): Demand[] {
  return Object.entries((requestItems ?? {}) as Record<string, Input>).flatMap(
    ([table, requests]) => [...make(nameOf(table), requests)],
  );
}

/** An index has partitions of its own. */
function onPartition(input: Input, keyOf: PartitionKeyOf): Demand {
  const index = input["IndexName"] as string | undefined;
  const table = tableOf(input);
  const partition = partitionOf(input, keyOf(table, index));
  return {
    table: index === undefined ? table : `${table}/index/${index}`,
    kind: "Read",
    ...(partition !== undefined && { partition }),
    units: READ_LEAST,
  };
}

/** From `#pk = :pk AND …`: the value that the partition key must have. */
function partitionOf(input: Input, key: string | undefined): string | undefined {
  const names = (input["ExpressionAttributeNames"] ?? {}) as Record<string, string>;
  const values = (input["ExpressionAttributeValues"] ?? {}) as Item;
  const { KeyConditionExpression: expression } = input;
  if (typeof expression !== "string") return undefined;
  for (const [, name = "", value = ""] of expression.matchAll(/([#\w.-]+)\s*=\s*(:\w+)/g)) {
    if ((names[name] ?? name) === key) return JSON.stringify(values[value]);
  }
  return undefined;
}

const tableOf = ({ TableName }: Input): string => nameOf(String(TableName));

/** A table may be named by its ARN. */
function nameOf(table: string): string {
  return table.slice(table.lastIndexOf("/") + 1);
}

/**
 * Names and values in UTF-8; three bytes for a list or a map and one for each of its elements.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemBytes(item: Item): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value),
    0,
  );
}

function valueBytes(value: AttributeValue): number {
  const [[type, held] = ["NULL", true]] = Object.entries(value);
  switch (type) {
    case "S":
      return Buffer.byteLength(held as string);
    case "N":
      return numberBytes(held as string);
    case "B":
      return Buffer.byteLength(held as string, "base64");
    case "SS":
      return (held as string[]).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    case "NS":
      return (held as string[]).reduce((sum, text) => sum + numberBytes(text), 0);
    case "BS":
      return (held as string[]).reduce((sum, text) => sum + Buffer.byteLength(text, "base64"), 0);
    case "L":
      return (held as AttributeValue[]).reduce((sum, each) => sum + 1 + valueBytes(each), 3);
    case "M":
      return itemBytes(held as Item) + 3 + Object.keys(held as Item).length;
    default:
      return 1;
  }
}

/** About a byte for two significant digits, and one more; another for a sign. */
function numberBytes(text: string): number {
  const digits = text
    .replace(/[eE].*$/, "")
    .replaceAll(/\D/g, "")
    .replace(/^0+|0+$/g, "");
  return Math.ceil(digits.length / 2) + 1 + (text.startsWith("-") ? 1 : 0);
}
