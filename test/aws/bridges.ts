/**
 * Bridges as the emulator's own services feed them: each source is told to send to the bridge as docs/bridge.md has it, or is
 * polled by the mapping of the deployment, and what it brings is read back from the stream.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { CreateStreamCommand } from "@aws-sdk/client-kinesis";
import { untilActive } from "../faults/kinesis-resharding.ts";
import { eventually } from "../helpers/eventually.ts";
import { kinesisClient, linesIn, recordsIn } from "./clients.ts";
import { type Deployment, STACK } from "./deployment.ts";
import { ACCOUNT_ID, type Emulator, REGION } from "./emulator.ts";

const STREAM = "bridged";
const TIMEOUT_MS = 180_000;
const FUNCTION = `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${STACK}-bridge-gathered`;
const HASH_KEY = "id";

interface Source {
  /** Before the deployment. Answers the source's ARN for the file of bridges. */
  make(emulator: Emulator): string;
  /** Once the bridge stands. */
  connect?(emulator: Emulator): void;
  send(emulator: Emulator, text: string): void;
}

const arnOf = (service: string, name: string) =>
  `arn:aws:${service}:${REGION}:${ACCOUNT_ID}:${name}`;

const queue = (QueueName: string): Source => ({
  make({ call }) {
    call("sqs", "create_queue", { QueueName, Attributes: { VisibilityTimeout: "360" } });
    return arnOf("sqs", QueueName);
  },
  send({ call }, MessageBody) {
    const { QueueUrl } = call("sqs", "get_queue_url", { QueueName });
    call("sqs", "send_message", { QueueUrl, MessageBody });
  },
});

const TOPIC = arnOf("sns", "shop");

/** The emulator has no broker of either. */
export const SOURCES_LEFT_OUT = "IoT and Kafka";

const SOURCES: Readonly<Record<string, Source>> = {
  sns: {
    make: ({ call }) => call("sns", "create_topic", { Name: "shop" }).TopicArn as string,
    connect: ({ call }) =>
      call("sns", "subscribe", { TopicArn: TOPIC, Protocol: "lambda", Endpoint: FUNCTION }),
    send: ({ call }, Message) => call("sns", "publish", { TopicArn: TOPIC, Message }),
  },
  sqs: queue("shop"),
  events: {
    make({ call }) {
      const EventPattern = JSON.stringify({ source: ["shop"] });
      return call("events", "put_rule", { Name: "shop", EventPattern }).RuleArn as string;
    },
    connect: ({ call }) =>
      call("events", "put_targets", { Rule: "shop", Targets: [{ Id: "bridge", Arn: FUNCTION }] }),
    send: ({ call }, text) =>
      call("events", "put_events", {
        Entries: [{ Source: "shop", DetailType: "sold", Detail: JSON.stringify({ text }) }],
      }),
  },
  logs: {
    make({ call }) {
      call("logs", "create_log_group", { logGroupName: "/shop" });
      call("logs", "create_log_stream", { logGroupName: "/shop", logStreamName: "till" });
      return arnOf("logs", "log-group:/shop");
    },
    connect: ({ call }) =>
      call("logs", "put_subscription_filter", {
        logGroupName: "/shop",
        filterName: "bridge",
        filterPattern: "",
        destinationArn: FUNCTION,
      }),
    send: ({ call }, message) =>
      call("logs", "put_log_events", {
        logGroupName: "/shop",
        logStreamName: "till",
        logEvents: [{ timestamp: Date.now(), message }],
      }),
  },
  s3: {
    make({ call }) {
      call("s3", "create_bucket", { Bucket: "shop" });
      return "arn:aws:s3:::shop";
    },
    connect: ({ call }) =>
      call("s3", "put_bucket_notification_configuration", {
        Bucket: "shop",
        NotificationConfiguration: {
          LambdaFunctionConfigurations: [
            { Events: ["s3:ObjectCreated:*"], LambdaFunctionArn: FUNCTION },
          ],
        },
      }),
    send: ({ call }, Key) => call("s3", "put_object", { Bucket: "shop", Key, Body: "sold" }),
  },
  dynamodb: {
    make({ call }) {
      const { TableDescription } = call("dynamodb", "create_table", {
        TableName: "shop",
        AttributeDefinitions: [{ AttributeName: HASH_KEY, AttributeType: "S" }],
        KeySchema: [{ AttributeName: HASH_KEY, KeyType: "HASH" }],
        BillingMode: "PAY_PER_REQUEST",
        StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
      });
      return TableDescription.LatestStreamArn as string;
    },
    send: ({ call }, text) =>
      call("dynamodb", "put_item", { TableName: "shop", Item: { [HASH_KEY]: { S: text } } }),
  },
  kinesis: {
    make({ call }) {
      call("kinesis", "create_stream", { StreamName: "shop", ShardCount: 1 });
      return arnOf("kinesis", "stream/shop");
    },
    send: ({ call }, text) =>
      call("kinesis", "put_record", { StreamName: "shop", PartitionKey: "k", Data: text }),
  },
};

/** A bridge into a delivery stream, beside that of all sources into a data stream. */
const DELIVERED = queue("delivered");

/**
 * Makes what the deployment's mappings and permissions name, and its file of bridges.
 * @param deliveryStream that is there when the bridges are tried
 */
export function makeSources(emulator: Emulator, deliveryStream: string): string {
  const sources = Object.values(SOURCES).map(({ make }) => make(emulator));
  const bridges = {
    gathered: { stream: STREAM, sources },
    delivered: { deliveryStream, sources: [DELIVERED.make(emulator)] },
  };
  const file = join(emulator.folder, "bridges.yml");
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(bridges));
  return file;
}

export async function tryBridges(deployment: Deployment): Promise<void> {
  const { emulator } = deployment;
  const client = kinesisClient(deployment);
  await client.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: 1 }));
  await untilActive(client, STREAM);
  for (const [name, source] of Object.entries(SOURCES)) {
    source.connect?.(emulator);
    source.send(emulator, `sold-by-${name}`);
  }
  DELIVERED.send(emulator, "sold-and-delivered");
  let missing = Object.keys(SOURCES);
  const look = async () => {
    const texts = (await recordsIn(client, STREAM)).map(textOf);
    missing = Object.keys(SOURCES).filter(
      (name) => !texts.some((text) => text.includes(`sold-by-${name}`)),
    );
    return missing.length === 0 ? texts : undefined;
  };
  const texts = await eventually("all sources' records are there", look, TIMEOUT_MS).catch(
    (error: unknown) => {
      throw new Error(`nothing came of ${missing.join(", ")}`, { cause: error });
    },
  );
  console.log(`bridges: ${texts.length} records of ${Object.keys(SOURCES).join(", ")}`);
  await linesIn(deployment, (lines) => lines.includes("sold-and-delivered"));
  console.log("bridges: a queue's message is delivered");
  client.destroy();
}

/** What CloudWatch Logs brings is compressed. */
function textOf(data: Uint8Array): string {
  const isGzip = data[0] === 0x1f && data[1] === 0x8b;
  return (isGzip ? gunzipSync(data) : Buffer.from(data)).toString();
}
