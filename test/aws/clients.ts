/** The deployment as its users meet it: the SDK for JavaScript, boto3, and the lanes that a load opens. */
import { execFileSync } from "node:child_process";
import { Agent } from "node:http";
import { join } from "node:path";
import { FirehoseClient, PutRecordCommand as PutDelivered } from "@aws-sdk/client-firehose";
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListStreamsCommand,
  PutRecordCommand,
} from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { untilActive } from "../faults/kinesis-resharding.ts";
import { linesOf, openDelivered } from "../helpers/delivered.ts";
import { eventually } from "../helpers/eventually.ts";
import { STAGE, type Deployment } from "./deployment.ts";
import { REGION } from "./emulator.ts";

/** Of a data stream and of a delivery stream. */
export const STREAM = "events";
/** On a busy machine. */
const DELIVERY_TIMEOUT_MS = 300_000;
const SHARD = "shardId-000000000000";

export async function tryClients(deployment: Deployment): Promise<void> {
  await viaJavascript(deployment);
  const { emulator, api, key, outputs } = deployment;
  const bucket = outputs["DeliveryBucketName"]!;
  const args = [api, STAGE, STREAM, bucket, key.AccessKeyId, key.SecretAccessKey];
  execFileSync(
    join(emulator.tools, "python3"),
    [join(import.meta.dirname, "clients.py"), ...args],
    {
      env: emulator.env,
      stdio: "inherit",
    },
  );
}

/** Names under localhost are this machine, whatever its resolver thinks of them. */
const httpAgent = new Agent({
  lookup: (_, options, callback) =>
    options.all
      ? callback(null, [{ address: "127.0.0.1", family: 4 }])
      : callback(null, "127.0.0.1", 4),
});

function configOf({ api, key }: Deployment) {
  return {
    endpoint: api,
    region: REGION,
    credentials: { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey },
    requestHandler: new NodeHttpHandler({ httpAgent }),
  };
}

export const kinesisClient = (deployment: Deployment) => new KinesisClient(configOf(deployment));
export const firehoseClient = (deployment: Deployment) => new FirehoseClient(configOf(deployment));

/** Into the delivery stream that the clients have left. */
export async function putLine(client: FirehoseClient, line: string): Promise<void> {
  const Record = { Data: Buffer.from(`${line}\n`) };
  await client.send(new PutDelivered({ DeliveryStreamName: STREAM, Record }));
}

/** All that was delivered, once it is as it should be. */
export function linesIn(
  { emulator, outputs }: Deployment,
  isGood: (lines: readonly string[]) => boolean,
): Promise<readonly string[]> {
  const delivered = openDelivered(emulator.endpoint, outputs["DeliveryBucketName"]!);
  const look = async () => {
    const lines = linesOf(await delivered.objects("")).map((line) => line.trimEnd());
    return isGood(lines) ? lines : undefined;
  };
  return eventually("the lines are delivered", look, DELIVERY_TIMEOUT_MS).finally(() =>
    delivered.close(),
  );
}

async function viaJavascript(deployment: Deployment): Promise<void> {
  const client = kinesisClient(deployment);
  await client.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: 1 }));
  await untilActive(client, STREAM);
  const { StreamNames = [] } = await client.send(new ListStreamsCommand({}));
  if (!StreamNames.includes(STREAM)) throw new Error(`the streams are ${StreamNames.join()}`);
  const Data = Buffer.from("grüße");
  await client.send(new PutRecordCommand({ StreamName: STREAM, PartitionKey: "k", Data }));
  const [first] = await textsIn(client);
  if (first !== "grüße") throw new Error(`JavaScript read ${first}`);
  console.log("JavaScript: made a stream, put and read");
  client.destroy();
}

/** What a stream of one shard holds from its beginning on. */
export async function recordsIn(
  client: KinesisClient,
  StreamName: string,
): Promise<readonly Uint8Array[]> {
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({ StreamName, ShardId: SHARD, ShardIteratorType: "TRIM_HORIZON" }),
  );
  const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
  return Records.map(({ Data = new Uint8Array() }) => Data);
}

export async function textsIn(client: KinesisClient): Promise<readonly string[]> {
  return (await recordsIn(client, STREAM)).map((data) => Buffer.from(data).toString());
}
