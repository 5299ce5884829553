/**
 * Streams of DynamoDB's tables: each change in the form in which a table brings it into a data stream of its own. All
 * changes of an item have the same partition key.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds.html
 */
import type { DynamoDBRecord, DynamoDBStreamEvent } from "aws-lambda";
import type { Brought, Sequence } from "../brought.ts";
import { digestKey } from "../partition-key.ts";
import { isOf, type Source } from "./source.ts";

export const dynamodb = {
  matches: (event) => isOf(event, "aws:dynamodb"),
  decode: ({ Records: records }: DynamoDBStreamEvent): readonly Sequence[] => [
    { items: records.map(broughtBy), isBatch: true },
  ],
} satisfies Source;

function broughtBy(record: DynamoDBRecord): Brought {
  const { SequenceNumber: position = "", Keys: keys = {} } = record.dynamodb ?? {};
  return {
    id: `${record.eventSourceARN}/${position}`,
    data: Buffer.from(JSON.stringify(changeOf(record))),
    // A table's key attributes come in no order that is promised.
    partitionKey: () => digestKey(JSON.stringify(Object.entries(keys).toSorted(byName))),
    item: position,
  };
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1);

/** The stream's own members, its position among them, are not in that form. */
function changeOf({ awsRegion, eventID, eventName, eventSourceARN, ...record }: DynamoDBRecord) {
  const {
    SequenceNumber: _position,
    StreamViewType: _view,
    ApproximateCreationDateTime: seconds,
    ...change
  } = record.dynamodb ?? {};
  return {
    awsRegion,
    eventID,
    eventName,
    userIdentity: (record.userIdentity as object | undefined) ?? null,
    recordFormat: "application/json",
    tableName: tableOf(eventSourceARN),
    dynamodb: {
      ...(seconds !== undefined && { ApproximateCreationDateTime: Math.round(seconds * 1000) }),
      ...change,
    },
    eventSource: "aws:dynamodb",
  };
}

/** arn:aws:dynamodb:<region>:<account>:table/<name>/stream/<label> */
function tableOf(streamArn = ""): string {
  return /:table\/([^/]+)\//.exec(streamArn)?.[1] ?? "";
}
