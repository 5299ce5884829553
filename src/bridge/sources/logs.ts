/**
 * Subscription filters of CloudWatch Logs: a batch of log events, in the envelope and compressed by gzip as a stream gets it that
 * is a filter's destination. That includes the messages by which CloudWatch Logs tries a destination.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
 */
import { gunzipSync } from "node:zlib";
import type { CloudWatchLogsEvent } from "aws-lambda";
import { LOG_BATCH_MAX_BYTES } from "../../limits.ts";
import type { Sequence } from "../brought.ts";
import { digestKey, partitionKeyOf } from "../partition-key.ts";
import { members, type Source } from "./source.ts";

export const logs = {
  matches: (event) => typeof members(members(event)["awslogs"])["data"] === "string",
  decode({ awslogs }: CloudWatchLogsEvent): readonly Sequence[] {
    const data = Buffer.from(awslogs.data, "base64");
    // It names no batch; but no two have the same events, for each of those has an id.
    const digest = digestKey(data);
    const item = { id: `logs/${digest}`, data, partitionKey: () => logStreamOf(data) ?? digest };
    return [{ items: [item], isBatch: false }];
  },
} satisfies Source;

/** By log stream, as CloudWatch Logs shares out where nothing else is asked for. */
function logStreamOf(data: Uint8Array): string | undefined {
  try {
    const text = gunzipSync(data, { maxOutputLength: LOG_BATCH_MAX_BYTES }).toString();
    const { logGroup, logStream } = members(JSON.parse(text));
    if (typeof logGroup !== "string" || typeof logStream !== "string") return undefined;
    return partitionKeyOf(`${logGroup}:${logStream}`);
  } catch {
    return undefined;
  }
}
