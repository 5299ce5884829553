/**
 * A secret as an attribute of an item: under `sealed` where there is a seal, else in clear under a name of its
 * own. What a table held in clear before it had a seal is read all the same, and sealed by `sealClearSecrets`.
 */
import {
  type AttributeValue,
  type DynamoDBClient,
  paginateScan,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Seal } from "../seal.ts";
import { conditionally } from "./client.ts";
import { ACCESS_KEY_PREFIX, type Item, SECRET_PREFIX } from "./keys.ts";

/** Absent: the table itself is encrypted. */
export interface Sealing {
  readonly seal?: Seal;
}

/** In clear, access keys have their secret as text, others as bytes. */
type ClearName = "secret" | "bytes";

export function writeSecret(
  key: Item,
  name: ClearName,
  clear: Uint8Array,
  { seal }: Sealing,
): Item {
  if (seal !== undefined) return { sealed: { B: seal.close(placeOf(key), clear) } };
  return { [name]: name === "secret" ? { S: Buffer.from(clear).toString() } : { B: clear } };
}

export function readSecret(key: Item, name: ClearName, item: Item, { seal }: Sealing): Uint8Array {
  const sealed = item["sealed"]?.B;
  if (sealed !== undefined) {
    if (seal !== undefined) return seal.open(placeOf(key), sealed);
    throw new Error(`${placeOf(key)} is sealed: HYDRANT_SEAL_KEY_FILE must name the key's file`);
  }
  const clear = bytesOf(item[name]);
  if (clear === undefined) throw new Error(`item lacks its ${name}`);
  return clear;
}

function bytesOf(value: AttributeValue | undefined): Uint8Array | undefined {
  return value?.S === undefined ? value?.B : Buffer.from(value.S);
}

function placeOf(key: Item): string {
  return key["pk"]?.S ?? "";
}

const CLEAR_NAMES: readonly (readonly [string, ClearName])[] = [
  [ACCESS_KEY_PREFIX, "secret"],
  [SECRET_PREFIX, "bytes"],
];

/** Seals what the table still holds in clear, and makes sure that the rest opens; answers how many it sealed. */
export async function sealClearSecrets(options: {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
  readonly seal: Seal;
}): Promise<number> {
  const { client, stateTable: TableName } = options;
  let count = 0;
  for (const [prefix, name] of CLEAR_NAMES) {
    const pages = paginateScan(
      { client },
      {
        TableName,
        FilterExpression: "begins_with(pk, :prefix)",
        ExpressionAttributeValues: { ":prefix": { S: prefix } },
        ConsistentRead: true,
      },
    );
    for await (const { Items = [] } of pages) {
      for (const item of Items) {
        const Key = { pk: item["pk"]!, sk: item["sk"]! };
        const clear = readSecret(Key, name, item, options);
        if (item[name] === undefined) continue;
        const { sealed } = writeSecret(Key, name, clear, options);
        const outcome = await conditionally(
          client.send(
            new UpdateItemCommand({
              TableName,
              Key,
              UpdateExpression: "SET sealed = :sealed REMOVE #clear",
              // Whoever replaced it meanwhile has sealed it himself.
              ConditionExpression: "#clear = :clear",
              ExpressionAttributeNames: { "#clear": name },
              ExpressionAttributeValues: { ":sealed": sealed!, ":clear": item[name] },
            }),
          ),
        );
        if (outcome.kind === "done") count += 1;
      }
    }
  }
  return count;
}
