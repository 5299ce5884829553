/** Delivery streams whose log holds records, and replays of them that nobody ends: their bucket is not there. */
import { PutRecordBatchCommand } from "@aws-sdk/client-firehose";
import { BUCKET_ARN, destination, firehoseClient, newStream } from "../firehose/client.ts";
import { type Answer, call } from "./client.ts";
import { ACCOUNT_ID } from "../target.ts";

export const NOWHERE_ARN = `${BUCKET_ARN}-that-nobody-made`;

/** Answers the stream's name, and the ids of the records in it. */
export async function streamWith(
  ...texts: readonly string[]
): Promise<{ readonly name: string; readonly recordIds: readonly string[] }> {
  const client = firehoseClient();
  const name = await newStream(client, {
    ExtendedS3DestinationConfiguration: destination({ BucketARN: NOWHERE_ARN }),
  });
  if (texts.length === 0) return { name, recordIds: [] };
  const Records = texts.map((text) => ({ Data: Buffer.from(text) }));
  const put = new PutRecordBatchCommand({ DeliveryStreamName: name, Records });
  const { RequestResponses = [] } = await client.send(put);
  return { name, recordIds: RequestResponses.map(({ RecordId = "" }) => RecordId) };
}

export function start(DeliveryStreamName: string, members: object = {}): Promise<Answer> {
  return call("StartReplay", { DeliveryStreamName, ...members });
}

/** As a replay of it that is not there is refused. */
export function replayNotFound(name: string, replayId: string): string {
  return `Replay ${replayId} of Firehose ${name} not found.`;
}

export function streamNotFound(name: string): string {
  return `Firehose ${name} under account ${ACCOUNT_ID} not found.`;
}
