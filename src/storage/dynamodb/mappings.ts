/**
 * Event source mappings in the state table. A second item per mapping keeps (source, function) unique, a third lists it;
 * they are written in one transaction. A removed mapping leaves its item without its content for a while, so that a creation
 * that comes again, or late, does not bring it back.
 */
import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  type TransactWriteItem,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { EventSourceMapping, LastResult } from "../../consumer/mapping.ts";
import type { MappingStore } from "../../consumer/ports.ts";
import { REMOVED_LIFETIME_MS } from "../../limits.ts";
import { conditionally, expiryValue, numberValue, readString, stringValue } from "./client.ts";
import { type Item, mappingKey, mappingNameKey, mappingOfKey, MAPPINGS_PARTITION } from "./keys.ts";
import { listNames } from "./list-names.ts";
import { transact } from "./transact.ts";

export interface DynamoMappingsOptions {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
}

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
          { Put: { TableName: stateTable, Item: mappingNameKey(mapping.uuid) } },
        ]);
        if (created.kind === "done") return { kind: "created" };
        const standing = await read(mappingKey(mapping.uuid));
        if (standing) return { kind: isRemoved(standing) ? "removed" : "created" };
        const uuid = await uuidOf(mapping);
        if (uuid !== undefined && uuid !== mapping.uuid) return { kind: "exists", uuid };
      }
    },

    get,

    async count(limit) {
      const uuids = await listNames({ client, stateTable, partition: MAPPINGS_PARTITION, limit });
      return uuids.length;
    },

    async list({ after, limit }) {
      const mappings: EventSourceMapping[] = [];
      for (let last = after; ;) {
        const page = { limit: limit - mappings.length, ...(last !== undefined && { after: last }) };
        const uuids = await listNames({
          client,
          stateTable,
          partition: MAPPINGS_PARTITION,
          ...page,
        });
        // One may have been removed meanwhile.
        mappings.push(
          ...(await Promise.all(uuids.map(get))).filter((mapping) => mapping !== undefined),
        );
        if (uuids.length < page.limit || mappings.length >= limit) return mappings;
        last = uuids.at(-1);
      }
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
      // The uuid's own item and its name last: as long as they stand, the removal can be gone on with.
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
      await transact(client, [
        {
          Update: {
            TableName: stateTable,
            Key: mappingKey(mapping.uuid),
            UpdateExpression: "SET expiresAt = :expiresAt REMOVE #mapping, revision, lastResult",
            ConditionExpression: "attribute_exists(#mapping)",
            ExpressionAttributeNames: { "#mapping": "mapping" },
            ExpressionAttributeValues: { ":expiresAt": expiryValue(expiresAtMs) },
          },
        },
        { Delete: { TableName: stateTable, Key: mappingNameKey(mapping.uuid) } },
      ]);
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
