/** UpdateDestination while records come: what is delivered where, and a wrong bucket that is mended. */
import {
  DescribeDeliveryStreamCommand,
  type ExtendedS3DestinationUpdate,
  type FirehoseClient,
  UpdateDestinationCommand,
} from "@aws-sdk/client-firehose";
import { expect, inject, test } from "vitest";
import { accessLogLines } from "../../helpers/access-log.ts";
import {
  bucketArn,
  bucketOf,
  clientOf,
  createStream,
  drained,
  NEVER,
  put,
  putAll,
  SOON,
} from "./streams.ts";
import { eventually } from "../../helpers/eventually.ts";

const stack = {
  apiEndpoint: inject("apiEndpoint"),
  s3Endpoint: inject("s3Endpoint"),
  deliveryBucket: inject("deliveryBucket"),
};

async function update(
  client: FirehoseClient,
  DeliveryStreamName: string,
  ExtendedS3DestinationUpdate: ExtendedS3DestinationUpdate,
): Promise<void> {
  const { DeliveryStreamDescription } = await client.send(
    new DescribeDeliveryStreamCommand({ DeliveryStreamName }),
  );
  const { VersionId, Destinations } = DeliveryStreamDescription!;
  await client.send(
    new UpdateDestinationCommand({
      DeliveryStreamName,
      CurrentDeliveryStreamVersionId: VersionId,
      DestinationId: Destinations![0]!.DestinationId,
      ExtendedS3DestinationUpdate,
    }),
  );
}

test("records that a missing bucket held up stand in the right one after an update, each once", async () => {
  const client = clientOf(stack);
  const delivered = bucketOf(stack);
  const name = await createStream(stack, client, {
    BucketARN: "arn:aws:s3:::nobody-made-this-bucket",
  });
  const lines = accessLogLines(1, 50);
  await putAll(client, name, lines);
  await update(client, name, { BucketARN: bucketArn(stack), CompressionFormat: "GZIP" });
  const objects = await drained(client, delivered, name);
  expect(Buffer.concat(objects.map(({ body }) => body)).toString()).toBe(lines.join(""));
  for (const { key } of objects) expect(key).toMatch(/\/delivery-[^/]*-2-\d{4}-[^/]*\.gz$/);
});

test("every object stands under the prefix of the version in its name, whatever comes between", async () => {
  const client = clientOf(stack);
  const delivered = bucketOf(stack);
  const name = await createStream(stack, client, {
    BufferingHints: { ...SOON, IntervalInSeconds: 0 },
  });
  const lines = accessLogLines(2, 60);
  for (const [i, line] of lines.entries()) {
    await put(client, name, line);
    if (i % 10 === 9) await update(client, name, { Prefix: `${name}/${i}/` });
  }
  const objects = await drained(client, delivered, name);
  const text = Buffer.concat(objects.map(({ body }) => body)).toString();
  expect(text.split("\n").toSorted()).toEqual(lines.join("").split("\n").toSorted());
  const places = objects.map(({ key }) => {
    const [, at = "", version = ""] =
      new RegExp(`^${name}/(\\d+)/.*${name}-(\\d+)-`).exec(key) ?? [];
    // Before the first update the hour follows, which starts with the year.
    return `${at.length === 4 ? "first" : at} ${version}`;
  });
  const possible = ["first 1", "9 2", "19 3", "29 4", "39 5", "49 6", "59 7"];
  expect(places.filter((place) => !possible.includes(place))).toEqual([]);
});

test("a shorter interval is taken up by the buffer that is open", async () => {
  const client = clientOf(stack);
  const delivered = bucketOf(stack);
  const name = await createStream(stack, client, { BufferingHints: NEVER });
  await put(client, name, "waits for fifteen minutes");
  await update(client, name, { BufferingHints: SOON });
  const found = await eventually("the line is delivered", async () => {
    const [object] = await delivered.objects(`${name}/`);
    return object?.body.toString();
  });
  expect(found).toBe("waits for fifteen minutes");
});
