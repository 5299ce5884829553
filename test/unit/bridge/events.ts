/** Events in the shapes in which AWS documents them, with ids of our own. */
import { gzipSync } from "node:zlib";

const REGION = "eu-west-1";
const ACCOUNT = "123456789012";

export const QUEUE_ARN = `arn:aws:sqs:${REGION}:${ACCOUNT}:orders`;
export const TOPIC_ARN = `arn:aws:sns:${REGION}:${ACCOUNT}:orders`;

export function sqsMessage(number: number, members: object = {}, attributes: object = {}) {
  return {
    messageId: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
    receiptHandle: "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
    body: `{"order":${number}}`,
    attributes: {
      ApproximateReceiveCount: "1",
      SentTimestamp: "1796046906789",
      SenderId: "AIDAIENQZJOLO23YVJ4VO",
      ApproximateFirstReceiveTimestamp: "1796046906790",
      ...attributes,
    },
    messageAttributes: {},
    md5OfBody: "e4e68fb7bd0e697a0ae8f1bb342846b3",
    eventSource: "aws:sqs",
    eventSourceARN: QUEUE_ARN,
    awsRegion: REGION,
    ...members,
  };
}

export const sqsEvent = (...Records: readonly object[]) => ({ Records });

export function fifoMessage(number: number, group: string) {
  return sqsMessage(
    number,
    { eventSourceARN: `${QUEUE_ARN}.fifo` },
    {
      SequenceNumber: String(18_849_496_460_467_696_128n + BigInt(number)),
      MessageGroupId: group,
      MessageDeduplicationId: `order-${number}`,
    },
  );
}

export function snsEvent(members: object = {}) {
  return {
    Records: [
      {
        EventVersion: "1.0",
        EventSubscriptionArn: `${TOPIC_ARN}:21be56ed-a058-49f5-8c98-aedd2564c486`,
        EventSource: "aws:sns",
        Sns: {
          SignatureVersion: "1",
          Timestamp: "2026-11-30T14:05:06.789Z",
          Signature: "tcc6faL2yUC6dgZdmrwh1Y4cGa/ebXEkAi6RibDsvpi+tE/1+82j",
          SigningCertUrl: `https://sns.${REGION}.amazonaws.com/SimpleNotificationService.pem`,
          MessageId: "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
          Message: "ordered: 3 × tea",
          MessageAttributes: { shop: { Type: "String", Value: "north" } },
          Type: "Notification",
          UnsubscribeUrl: `https://sns.${REGION}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=x`,
          TopicArn: TOPIC_ARN,
          Subject: "an order",
          ...members,
        },
      },
    ],
  };
}

export const bridgeEvent = (members: object = {}) => ({
  version: "0",
  id: "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
  "detail-type": "EC2 Instance State-change Notification",
  source: "aws.ec2",
  account: ACCOUNT,
  time: "2026-11-30T14:05:06Z",
  region: REGION,
  resources: [`arn:aws:ec2:${REGION}:${ACCOUNT}:instance/i-1234567890abcdef0`],
  detail: { "instance-id": "i-1234567890abcdef0", state: "terminated" },
  ...members,
});

export const LOG_ENVELOPE = {
  messageType: "DATA_MESSAGE",
  owner: ACCOUNT,
  logGroup: "/aws/lambda/checkout",
  logStream: "2026/11/30/[$LATEST]abcdef",
  subscriptionFilters: ["to-hydrant"],
  logEvents: [{ id: "eventId1", timestamp: 1_796_046_906_789, message: "[ERROR] first" }],
};

export const CONTROL_ENVELOPE = {
  messageType: "CONTROL_MESSAGE",
  owner: "CloudwatchLogs",
  logGroup: "",
  logStream: "",
  subscriptionFilters: [],
  logEvents: [
    {
      id: "",
      timestamp: 1_796_046_906_789,
      message: "CWL CONTROL MESSAGE: Checking health of destination Firehose.",
    },
  ],
};

export const gzipped = (envelope: object) => gzipSync(JSON.stringify(envelope));

export const logsEvent = (data: Uint8Array) => ({
  awslogs: { data: Buffer.from(data).toString("base64") },
});

export function s3Event(...keys: readonly string[]) {
  return {
    Records: keys.map((key, number) => ({
      eventVersion: "2.1",
      eventSource: "aws:s3",
      awsRegion: REGION,
      eventTime: "2026-11-30T14:05:06.789Z",
      eventName: "ObjectCreated:Put",
      userIdentity: { principalId: "AIDAJDPLRKLG7UEXAMPLE" },
      requestParameters: { sourceIPAddress: "127.0.0.1" },
      responseElements: {
        "x-amz-request-id": "C3D13FE58DE4C810",
        "x-amz-id-2": "FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG4V5Wp6S7S/JRWeUWerMUE5JgHvANOjpD",
      },
      s3: {
        s3SchemaVersion: "1.0",
        configurationId: "to-hydrant",
        bucket: {
          name: "uploads",
          ownerIdentity: { principalId: "A3NL1KOZZKExample" },
          arn: "arn:aws:s3:::uploads",
        },
        object: {
          key,
          size: 1024,
          eTag: "d41d8cd98f00b204e9800998ecf8427e",
          sequencer: `0055AED6DCD90281E${number}`,
        },
      },
    })),
  };
}

export function kinesisEvent(...records: readonly (readonly [data: string, key: string])[]) {
  const eventSourceARN = `arn:aws:kinesis:${REGION}:${ACCOUNT}:stream/others`;
  return {
    Records: records.map(([data, partitionKey], i) => {
      const sequenceNumber = String(
        49_590_338_271_490_256_608_559_692_538_361_571_095_921_575_989_136_588_898n + BigInt(i),
      );
      return {
        kinesis: {
          kinesisSchemaVersion: "1.0",
          partitionKey,
          sequenceNumber,
          data: Buffer.from(data).toString("base64"),
          approximateArrivalTimestamp: 1_796_046_906.789,
        },
        eventSource: "aws:kinesis",
        eventVersion: "1.0",
        eventID: `shardId-000000000006:${sequenceNumber}`,
        eventName: "aws:kinesis:record",
        invokeIdentityArn: `arn:aws:iam::${ACCOUNT}:role/bridge`,
        awsRegion: REGION,
        eventSourceARN,
      };
    }),
  };
}

export function dynamodbChange(number: number, members: object = {}) {
  return {
    eventID: `c4ca4238a0b923820dcc509a6f75849${number}`,
    eventName: "INSERT",
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    awsRegion: REGION,
    dynamodb: {
      Keys: { Id: { N: "101" }, At: { S: "noon" } },
      NewImage: { Message: { S: "New item!" }, Id: { N: "101" }, At: { S: "noon" } },
      ApproximateCreationDateTime: 1_796_046_906,
      SequenceNumber: `442158400000000000000000${number}`,
      SizeBytes: 26,
      StreamViewType: "NEW_AND_OLD_IMAGES",
    },
    eventSourceARN: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/orders/stream/2026-11-01T00:00:00.000`,
    ...members,
  };
}

export const dynamodbEvent = (...Records: readonly object[]) => ({ Records });

export function kafkaRecord(topic: string, partition: number, offset: number, members: object) {
  return {
    topic,
    partition,
    offset,
    timestamp: 1_796_046_906_789,
    timestampType: "CREATE_TIME",
    headers: [],
    ...members,
  };
}

export function kafkaEvent(records: Readonly<Record<string, readonly object[]>>) {
  return {
    eventSource: "aws:kafka",
    eventSourceArn: `arn:aws:kafka:${REGION}:${ACCOUNT}:cluster/orders/751d2973-a626-431c-9d4e-d7975eb44dd7-2`,
    bootstrapServers: "b-1.orders.kafka.amazonaws.com:9092",
    records,
  };
}

export const base64 = (bytes: string | Uint8Array) => Buffer.from(bytes).toString("base64");
