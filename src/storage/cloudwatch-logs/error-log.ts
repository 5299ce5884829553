/**
 * Error events in CloudWatch Logs. Group and stream must stand: making them is their owner's business, as on AWS.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
 */
import {
  CloudWatchLogsClient,
  type CloudWatchLogsClientConfig,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import type { ErrorLog, LogEvent } from "../../delivery/ports.ts";
import {
  LOG_EVENT_MAX_BYTES,
  LOG_EVENT_OVERHEAD_BYTES,
  LOG_EVENTS_MAX_BYTES,
  LOG_EVENTS_MAX_COUNT,
} from "../../limits.ts";

export function cloudWatchErrorLog(config: CloudWatchLogsClientConfig): ErrorLog {
  const client = new CloudWatchLogsClient(config);
  return {
    async append({ groupName, streamName }, events) {
      for (const batch of batches(events)) {
        await client.send(
          new PutLogEventsCommand({
            logGroupName: groupName,
            logStreamName: streamName,
            logEvents: batch.map(({ atMs, text }) => ({ timestamp: atMs, message: text })),
          }),
        );
      }
    },
  };
}

/** In the order of their times, as CloudWatch Logs wants each batch; one that is too large for itself is left out. */
export function* batches(events: readonly LogEvent[]): Generator<readonly LogEvent[]> {
  let batch: LogEvent[] = [];
  let byteCount = 0;
  for (const event of events.toSorted((a, b) => a.atMs - b.atMs)) {
    const textBytes = Buffer.byteLength(event.text);
    if (textBytes === 0 || textBytes > LOG_EVENT_MAX_BYTES) continue;
    const bytes = textBytes + LOG_EVENT_OVERHEAD_BYTES;
    if (batch.length === LOG_EVENTS_MAX_COUNT || byteCount + bytes > LOG_EVENTS_MAX_BYTES) {
      yield batch;
      batch = [];
      byteCount = 0;
    }
    batch.push(event);
    byteCount += bytes;
  }
  if (batch.length > 0) yield batch;
}
