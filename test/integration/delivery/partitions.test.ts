/** Nested JSON events, partitioned by two jq keys into Parquet and read back row for row; what jq cannot key stands apart. */
import { expect, inject, it } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { readFile } from "../../helpers/parquet-file.ts";
import { seededRandom } from "../../helpers/seeded-random.ts";
import { bucketOf, clientOf, createStream, putAll, ROLE_ARN, transformBy } from "./streams.ts";

const stack = {
  apiEndpoint: inject("apiEndpoint"),
  s3Endpoint: inject("s3Endpoint"),
  deliveryBucket: inject("deliveryBucket"),
};

const ERRORS = "errors/!{firehose:error-output-type}/";
const SOON = { SizeInMBs: 1, IntervalInSeconds: 1 };
const COUNT = 1000;
const AT_MS = Date.parse("2026-11-23T22:30:00Z");

const query = (MetadataExtractionQuery: string) => ({
  Type: "MetadataExtraction" as const,
  Parameters: [
    { ParameterName: "JsonParsingEngine" as const, ParameterValue: "JQ-1.6" },
    {
      ParameterName: "MetadataExtractionQuery" as const,
      ParameterValue: MetadataExtractionQuery,
    },
  ],
});

const KINDS = ["push", "fork", "watch", "issue"];

/** As public archives of events have them: what happened, who did it, and a payload of its own kind. */
function event(n: number, dice: () => number) {
  const kind = KINDS[Math.floor(dice() * dice() * KINDS.length)]!;
  const size = Math.floor(dice() * 100);
  const tags = Array.from({ length: Math.floor(dice() * 4) }, (_, i) => `tag ${i} é ${n}`);
  const atMs = AT_MS + n * 10_000;
  const at = new Date(atMs).toISOString();
  const actor = { login: `user-${n % 7}`, id: n * 2 ** 40 };
  const json = {
    id: n,
    at,
    actor: { ...actor, avatar: { url: "https://x" } },
    payload: { kind, size, tags, labels: { [`l${n}`]: n }, ignored: [[n]] },
  };
  const row = {
    id: BigInt(n),
    at: BigInt(atMs) * 1000n,
    actor: { login: actor.login, id: BigInt(actor.id) },
    payload: { size, tags, labels: { [`l${n}`]: n } },
  };
  return { text: JSON.stringify(json), row, folder: `kind=${kind}/hour=${at.slice(11, 13)}` };
}

type Failed = Readonly<Record<string, unknown>>;

it("delivers the rows of each partition, and beside them 1 % that is broken", async () => {
  const client = clientOf(stack);
  const delivered = bucketOf(stack);
  const random = seededRandom(29);
  const dice = () => random.bytes(1)[0]! / 256;
  const events = Array.from({ length: COUNT }, (_, n) => event(n, dice));
  const isBroken = (n: number) => n % 100 === 57;
  const texts = events.map(({ text }, n) => (isBroken(n) ? text.replace('"payload":', "") : text));
  const prefix = "kind=!{partitionKeyFromQuery:kind}/hour=!{partitionKeyFromQuery:hour}/";
  const name = `partitioned-${Math.floor(1e9 * dice())}-${process.pid}`;
  await createStream(
    stack,
    client,
    {
      Prefix: `${name}/${prefix}`,
      ErrorOutputPrefix: `${name}/${ERRORS}`,
      BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 2 },
      DynamicPartitioningConfiguration: { Enabled: true },
      ProcessingConfiguration: {
        Enabled: true,
        Processors: [
          query(
            '{kind: .payload.kind, hour: .at | sub("\\\\..*"; "Z") | fromdate | strftime("%H")}',
          ),
        ],
      },
      DataFormatConversionConfiguration: {
        InputFormatConfiguration: { Deserializer: { OpenXJsonSerDe: {} } },
        OutputFormatConfiguration: { Serializer: { ParquetSerDe: {} } },
        SchemaConfiguration: { RoleARN: ROLE_ARN, DatabaseName: "analytics", TableName: "events" },
      },
    },
    name,
  );
  await putAll(client, name, texts, 90);

  const found = await eventually("everything stands", async () => {
    const rows = new Map<string, unknown[]>();
    const failed: Failed[] = [];
    let count = 0;
    for (const { key, body } of await delivered.objects(`${name}/`)) {
      const [, ...path] = key.split("/");
      const folder = path.slice(0, -1).join("/");
      const read = key.endsWith(".parquet")
        ? await readFile(body)
        : body
            .toString()
            .trimEnd()
            .split("\n")
            .map((line) => JSON.parse(line) as Failed);
      count += read.length;
      if (!key.endsWith(".parquet")) {
        expect(folder).toBe("errors/metadata-extraction-failed");
        failed.push(...(read as Failed[]));
      } else rows.set(folder, [...(rows.get(folder) ?? []), ...read]);
    }
    return count >= COUNT ? { rows, failed } : undefined;
  });

  const expected = new Map<string, unknown[]>();
  for (const [n, { row, folder }] of events.entries()) {
    if (!isBroken(n)) expected.set(folder, [...(expected.get(folder) ?? []), row]);
  }
  expect(expected.size).toBeGreaterThan(8);
  expect([...found.rows.keys()].toSorted()).toEqual([...expected.keys()].toSorted());
  for (const [folder, rows] of expected) {
    const byId = (a: unknown, b: unknown) =>
      Number((a as { id: bigint }).id - (b as { id: bigint }).id);
    expect(found.rows.get(folder)?.toSorted(byId)).toEqual(rows);
  }
  expect(
    found.failed.map(({ rawData }) => Buffer.from(String(rawData), "base64").toString()),
  ).toEqual(texts.filter((_, n) => isBroken(n)));
  for (const failed of found.failed) {
    expect(Object.keys(failed)).toEqual([
      "rawData",
      "errorCode",
      "errorMessage",
      "attemptsMade",
      "arrivalTimestamp",
      "attemptEndingTimestamp",
    ]);
    expect(failed["errorCode"]).toBe("DynamicPartitioning.MetadataExtractionFailed");
  }
});

it("fails what loops or eats memory alone, and goes on with the others", async () => {
  const client = clientOf(stack);
  const delivered = bucketOf(stack);
  const name = `hostile-${process.pid}-${Date.now()}`;
  await createStream(
    stack,
    client,
    {
      Prefix: `${name}/!{partitionKeyFromQuery:k}/`,
      ErrorOutputPrefix: `${name}/${ERRORS}`,
      BufferingHints: SOON,
      DynamicPartitioningConfiguration: { Enabled: true },
      ProcessingConfiguration: {
        Enabled: true,
        Processors: [
          query(
            '{k: (if .loop then last(repeat(1)) elif .eat then reduce range(40) as $i ("eats"; . + .) | length else .k end)}',
          ),
        ],
      },
    },
    name,
  );
  const good = Array.from({ length: 50 }, (_, n) => JSON.stringify({ k: "good", n }));
  const bad = ['{"loop":true}', '{"eat":true}'];
  await putAll(client, name, [...good.slice(0, 20), ...bad, ...good.slice(20)], 90);
  const texts = await eventually("all stand", async () => {
    const objects = await delivered.objects(`${name}/`);
    const of = (folder: string) =>
      objects
        .filter(({ key }) => key.startsWith(`${name}/${folder}/`))
        .map(({ body }) => body.toString())
        .join("");
    const failed = of("errors/metadata-extraction-failed").trimEnd();
    return of("good").length === good.join("").length && failed.split("\n").length === bad.length
      ? { good: of("good"), failed }
      : undefined;
  });
  expect(texts.good).toBe(good.join(""));
  const messages = texts.failed
    .split("\n")
    .map((line) => (JSON.parse(line) as { errorMessage: string }).errorMessage);
  expect(messages).toEqual([
    "JQ Subprocess failed due to: it took too long and was stopped",
    "JQ Subprocess failed due to: it needs more than 256 MiB of memory",
  ]);
});

it("takes keys of a function and of a query, and compresses each object", async () => {
  const client = clientOf(stack);
  const delivered = bucketOf(stack);
  const name = `both-${process.pid}-${Date.now()}`;
  await createStream(
    stack,
    client,
    {
      Prefix: `${name}/!{partitionKeyFromQuery:k}/!{partitionKeyFromLambda:length}/`,
      ErrorOutputPrefix: `${name}/${ERRORS}`,
      BufferingHints: SOON,
      CompressionFormat: "GZIP",
      DynamicPartitioningConfiguration: { Enabled: true },
      ProcessingConfiguration: {
        Enabled: true,
        Processors: [transformBy("partition-keys"), query("{k: .k}")],
      },
      S3BackupMode: "Enabled",
      S3BackupConfiguration: {
        RoleARN: ROLE_ARN,
        BucketARN: `arn:aws:s3:::${stack.deliveryBucket}`,
        Prefix: `backup-${name}/`,
        BufferingHints: SOON,
      },
    },
    name,
  );
  await putAll(client, name, ['{"k":"a"}', '{"k":"bc"}', '{"k":"a","n":1}'], 90);
  const found = await eventually("all stand", async () => {
    const objects = await delivered.objects(`${name}/`);
    const backup = await delivered.objects(`backup-${name}/`);
    return objects.length === 3 && backup.length > 0 ? { objects, backup } : undefined;
  });
  expect(
    found.objects.map(({ key, body, contentEncoding }) => [
      key.split("/").slice(1, -1).join("/"),
      body.toString(),
      contentEncoding,
    ]),
  ).toEqual(
    expect.arrayContaining([
      ["a/9", '{"k":"a"}', "gzip"],
      ["a/15", '{"k":"a","n":1}', "gzip"],
      ["bc/10", '{"k":"bc"}', "gzip"],
    ]),
  );
  expect(found.backup.map(({ body }) => body.toString()).join("")).toBe(
    '{"k":"a"}{"k":"bc"}{"k":"a","n":1}',
  );
});
