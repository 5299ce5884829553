/** From PutRecordBatch to objects: every line once, and when an object is written. */
import { DeleteDeliveryStreamCommand } from "@aws-sdk/client-firehose";
import { describe, expect, inject, it } from "vitest";
import { accessLogLines } from "../../helpers/access-log.ts";
import { compareLines, EXACTLY_ONCE, linesOf } from "../../helpers/delivered.ts";
import { eventually } from "../../helpers/eventually.ts";
import {
  bucketOf,
  clientOf,
  createStream,
  drained,
  NEVER,
  put,
  putAll,
  putBatch,
  SOON,
} from "./streams.ts";

const stack = {
  apiEndpoint: inject("apiEndpoint"),
  s3Endpoint: inject("s3Endpoint"),
  deliveryBucket: inject("deliveryBucket"),
};
const MIB = 1024 * 1024;

describe("delivery", () => {
  it("writes thousands of lines once each, gzipped, under the hour of their arrival", async () => {
    const client = clientOf(stack);
    const delivered = bucketOf(stack);
    const name = await createStream(stack, client, { CompressionFormat: "GZIP" });
    const lines = accessLogLines(1, 5000);
    const producers = [0, 1, 2, 3].map((producer) =>
      putAll(
        client,
        name,
        lines.filter((_, n) => n % 4 === producer),
        150 + 50 * producer,
      ),
    );
    await Promise.all(producers);
    const objects = await drained(client, delivered, name);
    expect(compareLines(lines, linesOf(objects))).toEqual(EXACTLY_ONCE);
    for (const { key, contentType, contentEncoding, storedBytes } of objects) {
      expect(key).toMatch(
        new RegExp(
          `^${name}/\\d{4}/\\d\\d/\\d\\d/\\d\\d/${name}-1-\\d{4}(-\\d\\d){5}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.gz$`,
        ),
      );
      expect({ contentType, contentEncoding }).toEqual({
        contentType: "application/octet-stream",
        contentEncoding: "gzip",
      });
      expect(storedBytes).toBeGreaterThan(0);
    }
  });

  it("keeps the order of one producer within each object", async () => {
    const client = clientOf(stack);
    const delivered = bucketOf(stack);
    const name = await createStream(stack, client);
    const lines = accessLogLines(2, 1000);
    await putAll(client, name, lines, 40);
    const numbers = (await drained(client, delivered, name)).map((object) =>
      linesOf([object]).map((line) => lines.indexOf(line)),
    );
    for (const inObject of numbers) {
      expect(inObject).toEqual(inObject.toSorted((a, b) => a - b));
    }
    expect(numbers.flat()).toHaveLength(lines.length);
  });

  it("takes records of any bytes and of no bytes", async () => {
    const client = clientOf(stack);
    const delivered = bucketOf(stack);
    const name = await createStream(stack, client);
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, value) => value));
    await putBatch(client, name, [bytes, "", bytes, "grüße"]);
    const objects = await drained(client, delivered, name);
    expect(Buffer.concat(objects.map(({ body }) => body))).toEqual(
      Buffer.concat([bytes, bytes, Buffer.from("grüße")]),
    );
  });

  it("keeps two streams apart", async () => {
    const client = clientOf(stack);
    const delivered = bucketOf(stack);
    const [first, second] = await Promise.all([
      createStream(stack, client),
      createStream(stack, client, { CompressionFormat: "GZIP" }),
    ]);
    const [firstLines, secondLines] = [accessLogLines(3, 600), accessLogLines(4, 600)];
    await Promise.all([
      putAll(client, first, firstLines, 100),
      putAll(client, second, secondLines, 90),
    ]);
    const firstObjects = await drained(client, delivered, first);
    const secondObjects = await drained(client, delivered, second);
    expect(compareLines(firstLines, linesOf(firstObjects))).toEqual(EXACTLY_ONCE);
    expect(compareLines(secondLines, linesOf(secondObjects))).toEqual(EXACTLY_ONCE);
  });
});

describe("an object is written", () => {
  it("at the interval, from a buffer that is not full", async () => {
    const client = clientOf(stack);
    const delivered = bucketOf(stack);
    const name = await createStream(stack, client, { BufferingHints: SOON });
    await put(client, name, "alone\n");
    const objects = await eventually("the line is delivered", async () => {
      const found = await delivered.objects(`${name}/`);
      return found.length > 0 ? found : undefined;
    });
    expect(linesOf(objects)).toEqual(["alone\n"]);
  });

  it("when the buffer is full, long before the interval", async () => {
    const client = clientOf(stack);
    const delivered = bucketOf(stack);
    const name = await createStream(stack, client, {
      BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 900 },
    });
    const lines = accessLogLines(5, 8000);
    const bytes = lines.reduce((sum, line) => sum + line.length, 0);
    expect(bytes).toBeGreaterThan(1.2 * MIB);
    await putAll(client, name, lines);
    const [object] = await eventually("the full buffer is delivered", async () => {
      const found = await delivered.objects(`${name}/`);
      return found.length > 0 ? found : undefined;
    });
    // Filled to the size and no more than one call beyond it.
    expect(object?.body.length).toBeGreaterThanOrEqual(MIB);
    expect(lines.join("").startsWith(object?.body.toString() ?? "nothing")).toBe(true);
  });

  it("at once when the interval is zero", async () => {
    const client = clientOf(stack);
    const delivered = bucketOf(stack);
    const name = await createStream(stack, client, {
      BufferingHints: { SizeInMBs: 128, IntervalInSeconds: 0 },
    });
    const lines = accessLogLines(6, 20);
    for (const line of lines) await put(client, name, line);
    const objects = await drained(client, delivered, name);
    expect(compareLines(lines, linesOf(objects))).toEqual(EXACTLY_ONCE);
  });
});

describe("deleting a stream", () => {
  it("discards what it has not delivered, and its name can be used again", async () => {
    const client = clientOf(stack);
    const delivered = bucketOf(stack);
    const name = await createStream(stack, client, { BufferingHints: NEVER });
    await putAll(client, name, accessLogLines(7, 100));
    await client.send(new DeleteDeliveryStreamCommand({ DeliveryStreamName: name }));
    await createStream(stack, client, {}, name);
    const lines = accessLogLines(8, 100);
    await putAll(client, name, lines, 10);
    const objects = await drained(client, delivered, name);
    expect(compareLines(lines, linesOf(objects))).toEqual(EXACTLY_ONCE);
  });
});
