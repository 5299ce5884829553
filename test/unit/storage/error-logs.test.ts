/** Where error events go: batches that CloudWatch Logs takes, and lines of a file. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudWatchLogsClient, PutLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { mockClient } from "aws-sdk-client-mock";
import { expect, test } from "vitest";
import {
  LOG_EVENT_MAX_BYTES,
  LOG_EVENT_OVERHEAD_BYTES,
  LOG_EVENTS_MAX_BYTES,
  LOG_EVENTS_MAX_COUNT,
} from "../../../src/limits.ts";
import { batches, cloudWatchErrorLog } from "../../../src/storage/cloudwatch-logs/error-log.ts";
import { errorLogFile } from "../../../src/storage/error-log-file.ts";

const PLACE = { groupName: "/aws/kinesisfirehose/logs", streamName: "S3Delivery" };
const event = (atMs: number, text = '{"errorCode":"InternalError"}') => ({ atMs, text });

test("events go to their group and stream in the order of their times", async () => {
  const client = mockClient(CloudWatchLogsClient);
  client.on(PutLogEventsCommand).resolves({});
  await cloudWatchErrorLog({ region: "us-east-1" }).append(PLACE, [event(2), event(1, "{}")]);
  expect(client.commandCalls(PutLogEventsCommand).map(({ args: [{ input }] }) => input)).toEqual([
    {
      logGroupName: PLACE.groupName,
      logStreamName: PLACE.streamName,
      logEvents: [
        { timestamp: 1, message: "{}" },
        { timestamp: 2, message: '{"errorCode":"InternalError"}' },
      ],
    },
  ]);
  client.on(PutLogEventsCommand).rejects(new Error("The specified log group does not exist."));
  await expect(
    cloudWatchErrorLog({ region: "us-east-1" }).append(PLACE, [event(1)]),
  ).rejects.toThrow("does not exist");
  client.restore();
});

test("no batch is larger than CloudWatch Logs takes", () => {
  const many = Array.from({ length: LOG_EVENTS_MAX_COUNT + 1 }, (_, at) => event(at, "{}"));
  expect([...batches(many)].map(({ length }) => length)).toEqual([LOG_EVENTS_MAX_COUNT, 1]);
  const whole = "x".repeat(LOG_EVENT_MAX_BYTES);
  const four = LOG_EVENTS_MAX_BYTES - 3 * (LOG_EVENT_MAX_BYTES + LOG_EVENT_OVERHEAD_BYTES);
  const fits = [whole, whole, whole, "é".repeat((four - LOG_EVENT_OVERHEAD_BYTES) / 2)];
  const events = fits.map((text, at) => event(at, text));
  expect([...batches(events)]).toHaveLength(1);
  expect([...batches([...events, event(9, "{}")])].map(({ length }) => length)).toEqual([4, 1]);
  expect([...batches([event(1, `${whole}x`)])]).toEqual([]);
});

test("a file has one line for each event, with the place where it would be", async () => {
  const directory = mkdtempSync(join(tmpdir(), "hydrant-errors-"));
  const file = join(directory, "delivery-errors.jsonl");
  await errorLogFile(file).append(PLACE, [event(0), event(1000, '{"a":[1]}')]);
  await errorLogFile(file).append({ ...PLACE, streamName: "Backup" }, [event(2000, "{}")]);
  expect(
    readFileSync(file, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([
    {
      timestamp: "1970-01-01T00:00:00.000Z",
      logGroupName: PLACE.groupName,
      logStreamName: PLACE.streamName,
      message: { errorCode: "InternalError" },
    },
    expect.objectContaining({ message: { a: [1] } }),
    expect.objectContaining({ logStreamName: "Backup" }),
  ]);
  rmSync(directory, { recursive: true });
});
