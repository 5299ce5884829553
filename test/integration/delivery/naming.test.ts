/** Where objects are put and what they are called. */
import { expect, inject, it } from "vitest";
import { accessLogLines } from "../../helpers/access-log.ts";
import { bucketOf, clientOf, createStream, drained, putAll, transformBy } from "./streams.ts";
import { eventually } from "../../helpers/eventually.ts";
import { randomUUID } from "node:crypto";

const stack = {
  apiEndpoint: inject("apiEndpoint"),
  s3Endpoint: inject("s3Endpoint"),
  deliveryBucket: inject("deliveryBucket"),
};

/** `2026/11/23/02` on the clocks of Tokyo. */
function tokyoHour(atMs: number): string {
  const NINE_HOURS_MS = 9 * 3_600_000;
  return new Date(atMs + NINE_HOURS_MS).toISOString().slice(0, 13).replaceAll(/[-T]/g, "/");
}

it("names uncompressed objects by prefix, zone and extension, and ends each record with the delimiter", async () => {
  const client = clientOf(stack);
  const delivered = bucketOf(stack);
  const name = `naming-${randomUUID()}`;
  const startedAtMs = Date.now();
  await createStream(
    stack,
    client,
    {
      Prefix: `${name}/hour=!{timestamp:yyyy/MM/dd/HH}/`,
      ErrorOutputPrefix: `${name}/errors/`,
      CompressionFormat: "UNCOMPRESSED",
      FileExtension: ".log",
      CustomTimeZone: "Asia/Tokyo",
      ProcessingConfiguration: {
        Enabled: true,
        Processors: [
          {
            Type: "AppendDelimiterToRecord",
            Parameters: [{ ParameterName: "Delimiter", ParameterValue: "\\n" }],
          },
        ],
      },
    },
    name,
  );
  const records = accessLogLines(11, 300).map((line) => line.trimEnd());
  await putAll(client, name, records, 70);
  const objects = await drained(client, delivered, name);
  const hours = [tokyoHour(startedAtMs), tokyoHour(Date.now())];
  for (const { key, contentType, contentEncoding } of objects) {
    const [, hour, day] =
      new RegExp(
        `^${name}/hour=(\\d{4}/\\d\\d/\\d\\d/\\d\\d)/${name}-1-(\\d{4}(?:-\\d\\d){3})-.*\\.log$`,
      ).exec(key) ?? [];
    expect(hours).toContain(hour);
    expect(day).toBe(hour?.replaceAll("/", "-"));
    expect({ contentType, contentEncoding }).toEqual({
      contentType: "application/octet-stream",
      contentEncoding: undefined,
    });
  }
  const text = objects.map(({ body }) => body.toString()).join("");
  // The last line brought a newline of its own, so the delimiter after it stands alone.
  const lines = text.split("\n").filter((line) => line !== "");
  expect(lines.toSorted()).toEqual(records.toSorted());
  expect(text.split("\n")).toHaveLength(records.length + 2);
});

it("puts failed records under the error prefix with the kind of error in it", async () => {
  const client = clientOf(stack);
  const delivered = bucketOf(stack);
  const name = `naming-${randomUUID()}`;
  await createStream(
    stack,
    client,
    {
      Prefix: `${name}/good/!{timestamp:yyyy}/`,
      ErrorOutputPrefix: `${name}/bad/!{firehose:error-output-type}/!{timestamp:yyyy}/`,
      CompressionFormat: "GZIP",
      ProcessingConfiguration: { Enabled: true, Processors: [transformBy("throwing")] },
    },
    name,
  );
  await putAll(client, name, ["one", "two"]);
  const [object] = await eventually("the failed records are kept", async () => {
    const found = await delivered.objects(`${name}/bad/`);
    return found.length > 0 ? found : undefined;
  });
  expect(object?.key).toMatch(
    new RegExp(`^${name}/bad/processing-failed/\\d{4}/${name}-1-[-0-9]+-[-0-9a-f]+\\.gz$`),
  );
  expect(await delivered.keys(`${name}/good/`)).toEqual([]);
});
