/** Nested JSON into Parquet by a table of the functions file, read back row for row; what is broken stands apart. */
import { readFile } from "../../helpers/parquet-file.ts";
import { expect, inject, it } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { seededRandom } from "../../helpers/seeded-random.ts";
import { bucketOf, clientOf, createStream, putAll, ROLE_ARN } from "./streams.ts";

const stack = {
  apiEndpoint: inject("apiEndpoint"),
  s3Endpoint: inject("s3Endpoint"),
  deliveryBucket: inject("deliveryBucket"),
};

const COUNT = 200;
const isBroken = (n: number) => n % 100 === 41;
const AT_MS = Date.parse("2026-11-23T10:11:12Z");

/** An event as the table has it, the JSON of which holds more than that, and what of it a file should hold. */
function event(n: number, dice: () => number) {
  const tags = Array.from({ length: Math.floor(dice() * 4) }, (_, i) => `tag ${i} é ${n}`);
  const label = Math.round(dice() * 1e6) / 64;
  const json = {
    ID: n,
    at: new Date(AT_MS + n).toISOString(),
    actor: { login: `user-${n % 7}`, id: n * 2 ** 40, avatar: { url: "https://x" } },
    payload: n % 10 === 0 ? null : { size: n % 128, tags, labels: { label, [`l${n}`]: n } },
    ignored: [{ deep: [[n]] }],
  };
  const row = {
    id: BigInt(n),
    at: BigInt(AT_MS + n) * 1000n,
    actor: { login: `user-${n % 7}`, id: BigInt(n) * 2n ** 40n },
    payload: n % 10 === 0 ? null : { size: n % 128, tags, labels: { label, [`l${n}`]: n } },
  };
  return { text: JSON.stringify(json), row };
}

it("delivers the rows of what fits its table, in order, and the bytes of what does not", async () => {
  const client = clientOf(stack);
  const delivered = bucketOf(stack);
  const random = seededRandom(41);
  const dice = () => random.bytes(1)[0]! / 256;
  const events = Array.from({ length: COUNT }, (_, n) => event(n, dice));
  const texts = events.map(({ text }, n) =>
    isBroken(n) ? text.replace('"tags":', '"tags"') : text,
  );
  const name = await createStream(stack, client, {
    BufferingHints: { SizeInMBs: 64, IntervalInSeconds: 1 },
    DataFormatConversionConfiguration: {
      InputFormatConfiguration: { Deserializer: { OpenXJsonSerDe: {} } },
      OutputFormatConfiguration: { Serializer: { ParquetSerDe: { Compression: "GZIP" } } },
      SchemaConfiguration: { RoleARN: ROLE_ARN, DatabaseName: "analytics", TableName: "events" },
    },
  });
  await putAll(client, name, texts, 90);

  const objects = await eventually("everything stands", async () => {
    const found = await delivered.objects(`${name}/`);
    const rows: unknown[] = [];
    const failed: { rawData: string; lastErrorCode: string; dataCatalogTable: object }[] = [];
    for (const { key, body, contentType } of found) {
      expect(contentType).toBe("application/octet-stream");
      if (key.endsWith(".parquet")) rows.push(...(await readFile(body)));
      else {
        expect(key).toContain("/format-conversion-failed/");
        for (const line of body.toString().trimEnd().split("\n")) failed.push(JSON.parse(line));
      }
    }
    return rows.length + failed.length >= COUNT ? { rows, failed } : undefined;
  });

  expect(objects.rows).toEqual(events.filter((_, n) => !isBroken(n)).map(({ row }) => row));
  expect(objects.failed.map(({ rawData }) => Buffer.from(rawData, "base64").toString())).toEqual(
    texts.filter((_, n) => isBroken(n)),
  );
  for (const { lastErrorCode, dataCatalogTable } of objects.failed) {
    expect(lastErrorCode).toBe("DataFormatConversion.ParseError");
    expect(dataCatalogTable).toEqual({
      catalogId: "000000000000",
      databaseName: "analytics",
      tableName: "events",
      region: "us-east-1",
      versionId: "LATEST",
      roleArn: ROLE_ARN,
    });
  }
});
