/**
 * Event source mappings in the state table. A second item per mapping keeps (source, function) unique; both are
 * written in one transaction. A removed mapping leaves its item without its content for a while, so that a creation
 * that comes again, or late, does not bring it back.
 */
import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  type TransactWriteItem,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { EventSourceMapping, LastResult } from "../../consumer/mapping.ts";
import type { MappingStore } from "../../consumer/ports.ts";
import { REMOVED_LIFETIME_MS } from "../../limits.ts";
import { conditionally, expiryValue, numberValue, readString, stringValue } from "./client.ts";
import { type Item, mappingKey, mappingOfKey, MAPPINGS_PARTITION } from "./keys.ts";
import { transact } from "./transact.ts";

export interface DynamoMappingsOptions {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
}

/** A small page may have to be found among many that were removed. */
const PAGE_MIN_COUNT = 100;

export function dynamodbMappings({ client, stateTable }: DynamoMappingsOptions): MappingStore {
  async function read(key: Item): Promise<Item | undefined> {
    const { Item: item } = await client.send(
      new GetItemCommand({ TableName: stateTable, Key: key, ConsistentRead: true }),
    );
    return item;
  }

  async function get(uuid: string): Promise<EventSourceMapping | undefined> {
    const item = await read(mappingKey(uuid));
    return item && !isRemoved(item) ? itemToMapping(item) : undefined;
  }

  /** Undefined when it was removed a moment ago. */
  async function uuidOf(mapping: EventSourceMapping): Promise<string | undefined> {
    const item = await read(placeOf(mapping));
    return item && readString(item, "uuid");
  }

  const claim = (mapping: EventSourceMapping): TransactWriteItem => ({
    Put: {
      TableName: stateTable,
      Item: { ...placeOf(mapping), uuid: stringValue(mapping.uuid) },
      ConditionExpression: "attribute_not_exists(pk)",
    },
  });

  const replacement = (mapping: EventSourceMapping) => ({
    TableName: stateTable,
    Key: mappingKey(mapping.uuid),
    UpdateExpression: "SET #mapping = :mapping, revision = :revision",
    ConditionExpression: "revision = :before",
    ExpressionAttributeNames: { "#mapping": "mapping" },
    ExpressionAttributeValues: {
      ":mapping": stringValue(JSON.stringify(mapping)),
      ":revision": numberValue(mapping.revision),
      ":before": numberValue(mapping.revision - 1),
    },
  });

  return {
    async create(mapping) {
      for (;;) {
        const created = await transact(client, [
          claim(mapping),
          {
            Put: {
              TableName: stateTable,
              Item: {
                ...mappingKey(mapping.uuid),
                revision: numberValue(mapping.revision),
                mapping: stringValue(JSON.stringify(mapping)),
              },
              ConditionExpression: "attribute_not_exists(pk)",
            },
          },
        ]);
        if (created.kind === "done") return { kind: "created" };
        const standing = await read(mappingKey(mapping.uuid));
        if (standing) return { kind: isRemoved(standing) ? "removed" : "created" };
        const uuid = await uuidOf(mapping);
        if (uuid !== undefined && uuid !== mapping.uuid) return { kind: "exists", uuid };
      }
    },

    get,

    async list({ after, limit }) {
      const mappings: EventSourceMapping[] = [];
      let startKey = after === undefined ? undefined : mappingKey(after);
      do {
        const page = await client.send(
          new QueryCommand({
            TableName: stateTable,
            ConsistentRead: true,
            KeyConditionExpression: "pk = :mappings",
            FilterExpression: "attribute_exists(#mapping)",
            ExpressionAttributeNames: { "#mapping": "mapping" },
            ExpressionAttributeValues: { ":mappings": stringValue(MAPPINGS_PARTITION) },
            Limit: Math.max(limit, PAGE_MIN_COUNT),
            ExclusiveStartKey: startKey,
          }),
        );
        mappings.push(...(page.Items ?? []).map(itemToMapping));
        startKey = page.LastEvaluatedKey;
      } while (startKey && mappings.length < limit);
      return mappings.slice(0, limit);
    },

    async update(mapping) {
      for (;;) {
        const standing = await get(mapping.uuid);
        if (standing === undefined) return { kind: "conflict" };
        if (standing.revision !== mapping.revision - 1) {
          // Our own earlier attempt, or somebody else's.
          const isOurs = JSON.stringify(standing) === JSON.stringify(mapping);
          return { kind: isOurs ? "updated" : "conflict" };
        }
        if (standing.functionArn === mapping.functionArn) {
          const updated = await conditionally(
            client.send(new UpdateItemCommand(replacement(mapping))),
          );
          if (updated.kind === "done") return { kind: "updated" };
        } else {
          const updated = await transact(client, [
            claim(mapping),
            { Update: replacement(mapping) },
            { Delete: { TableName: stateTable, Key: placeOf(standing) } },
          ]);
          if (updated.kind === "done") return { kind: "updated" };
          const uuid = updated.failed[0] ? await uuidOf(mapping) : undefined;
          if (uuid !== undefined && uuid !== mapping.uuid) return { kind: "exists", uuid };
        }
      }
    },

    async remove(mapping) {
      // The uuid's own item last: as long as it stands, the removal can be gone on with.
      await conditionally(
        client.send(
          new DeleteItemCommand({
            TableName: stateTable,
            Key: placeOf(mapping),
            ConditionExpression: "#uuid = :uuid",
            ExpressionAttributeNames: { "#uuid": "uuid" },
            ExpressionAttributeValues: { ":uuid": stringValue(mapping.uuid) },
          }),
        ),
      );
      const expiresAtMs = mapping.modifiedAtMs + REMOVED_LIFETIME_MS;
      await conditionally(
        client.send(
          new UpdateItemCommand({
            TableName: stateTable,
            Key: mappingKey(mapping.uuid),
            UpdateExpression: "SET expiresAt = :expiresAt REMOVE #mapping, revision, lastResult",
            ConditionExpression: "attribute_exists(#mapping)",
            ExpressionAttributeNames: { "#mapping": "mapping" },
            ExpressionAttributeValues: { ":expiresAt": expiryValue(expiresAtMs) },
          }),
        ),
      );
    },

    async lastResult(uuid) {
      const item = await read(mappingKey(uuid));
      const text = item?.["lastResult"]?.S;
      return text === undefined ? { kind: "none" } : (JSON.parse(text) as LastResult);
    },

    async noteResult(uuid, result) {
      await conditionally(
        client.send(
          new UpdateItemCommand({
            TableName: stateTable,
            Key: mappingKey(uuid),
            UpdateExpression: "SET lastResult = :result",
            ConditionExpression: "attribute_exists(#mapping)",
            ExpressionAttributeNames: { "#mapping": "mapping" },
            ExpressionAttributeValues: { ":result": stringValue(JSON.stringify(result)) },
          }),
        ),
      );
    },
  };
}

function placeOf({ eventSourceArn, functionArn }: EventSourceMapping): Item {
  return mappingOfKey(eventSourceArn, functionArn);
}

function isRemoved(item: Item): boolean {
  return item["mapping"] === undefined;
}

function itemToMapping(item: Item): EventSourceMapping {
  return JSON.parse(readString(item, "mapping")) as EventSourceMapping;
}
