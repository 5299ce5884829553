/** `hydrant` as it is called in a terminal, against the running stack. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { PutRecordCommand as PutDeliveryRecordCommand } from "@aws-sdk/client-firehose";
import { PutRecordCommand } from "@aws-sdk/client-kinesis";
import { expect, inject, it } from "vitest";
import {
  destination,
  firehoseClient,
  newStream as newDeliveryStream,
} from "../conformance/firehose/client.ts";
import { arnOf, kinesisClient, newStream } from "../conformance/kinesis/client.ts";
import { eventually } from "../helpers/eventually.ts";

const LAUNCHER = fileURLToPath(new URL("../../bin/hydrant.mjs", import.meta.url));

/** What it prints; rejects with what it prints when it fails. */
async function hydrant(...args: readonly string[]): Promise<string> {
  const all = [LAUNCHER, ...args, "--endpoint-url", inject("apiEndpoint")];
  const { stdout } = await promisify(execFile)(process.execPath, all);
  return stdout;
}

it.each([
  [["--help"], "usage: hydrant <command>"],
  [["mappings", "--help"], "usage: hydrant mappings list|create"],
  [["mappings", "update", "--help"], "--uuid TEXT"],
  [["consumers", "--help"], "usage: hydrant consumers [options]"],
  [["status", "--help"], "usage: hydrant status STREAM"],
])("tells what it can do when it is asked: %s", async (args, told) => {
  expect(await hydrant(...args)).toContain(told);
});

it("tells its version", async () => {
  expect(await hydrant("--version")).toMatch(/^\d+\.\d+\.\d+\n$/);
});

it("tells in one sentence what is wrong with a command", async () => {
  const failed = (told: string) => ({ code: 1, stderr: expect.stringContaining(told) });
  await expect(hydrant("mapping", "list")).rejects.toMatchObject(failed("usage: hydrant <comm"));
  await expect(hydrant("mappings", "make", "--help")).rejects.toMatchObject(
    failed("usage: hydrant mappings list|create"),
  );
  await expect(hydrant("mappings", "list", "--max-items=1")).rejects.toMatchObject({
    stderr: "Unknown option '--max-items'; --help lists the options\n",
  });
  await expect(hydrant("mappings", "create")).rejects.toMatchObject({
    stderr: "--event-source-arn is missing\n",
  });
});

it("makes a mapping, shows what keeps it, changes it and removes it", async () => {
  const client = kinesisClient();
  const StreamName = await newStream(client, { ShardCount: 1 });
  const EventSourceArn = arnOf(StreamName);
  const ofSource = ["--event-source-arn", EventSourceArn];
  const created = await hydrant(
    "mappings",
    "create",
    ...ofSource,
    "--function-name=nobody",
    "--starting-position=TRIM_HORIZON",
    "--batch-size=3",
    "--deaggregate",
  );
  const { UUID, LastModified } = JSON.parse(created) as Readonly<Record<string, string>>;
  expect(JSON.parse(created)).toMatchObject({
    EventSourceArn,
    State: "Creating",
    BatchSize: 3,
    Deaggregate: true,
  });
  expect(new Date(LastModified!).toISOString()).toBe(LastModified);

  const Data = Buffer.from("1");
  await client.send(new PutRecordCommand({ StreamName, PartitionKey: "k", Data }));
  const shown = await eventually("the function was tried", async () => {
    const text = await hydrant("consumers", ...ofSource);
    const isTried = /PROBLEM: [^]* in \d/.test(text);
    return isTried ? text : undefined;
  });
  expect(shown).toContain(`${StreamName} -> nobody  Enabled  PROBLEM: `);
  expect(shown).toContain(UUID);
  expect(shown).toMatch(/shardId-0{12} +1 /);

  const one = ["--uuid", UUID!];
  await hydrant("mappings", "update", ...one, "--no-enabled");
  await eventually("it is disabled", async () => {
    const got = JSON.parse(await hydrant("mappings", "get", ...one)) as { State: string };
    return got.State === "Disabled" ? got : undefined;
  });
  await hydrant("mappings", "delete", ...one);
  await eventually("it is gone", async () => {
    const listed = JSON.parse(await hydrant("mappings", "list", ...ofSource)) as object;
    return "EventSourceMappings" in listed && String(listed.EventSourceMappings) === ""
      ? listed
      : undefined;
  });
  await expect(hydrant("mappings", "get", ...one)).rejects.toMatchObject({
    code: 1,
    stderr: "ResourceNotFoundException: The resource you requested does not exist.\n",
  });
});

it("pauses a delivery stream, shows that, and has it deliver again", async () => {
  const client = firehoseClient();
  const DeliveryStreamName = await newDeliveryStream(client, {
    ExtendedS3DestinationConfiguration: destination({
      BucketARN: `arn:aws:s3:::${inject("deliveryBucket")}`,
      BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 0 },
    }),
  });
  expect(await hydrant("pause", DeliveryStreamName)).toMatch(/ is paused: /);
  const Record = { Data: Buffer.from("waits") };
  await client.send(new PutDeliveryRecordCommand({ DeliveryStreamName, Record }));
  const shown = await hydrant("status", DeliveryStreamName);
  expect(shown).toMatch(/^ {2}paused for /m);
  expect(shown).toMatch(/lane-0000 +open +1 +5 /);
  expect(await hydrant("resume", DeliveryStreamName)).toBe(`${DeliveryStreamName} delivers\n`);
  const flushed = await eventually("it was delivered", async () => {
    const text = await hydrant("deliveries", DeliveryStreamName);
    return text.includes(`s3://${inject("deliveryBucket")}/`) ? text : undefined;
  });
  expect(flushed).toMatch(/ago +lane-0000 +0 +1 +1 +0 +0$/m);
});
