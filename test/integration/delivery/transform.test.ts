/** Records on their way through a function: changed, dropped, failed, and kept as they came. */
import { expect, inject, it } from "vitest";
import { accessLogLines } from "../../helpers/access-log.ts";
import {
  compareLines,
  type Delivered,
  type DeliveredObject,
  EXACTLY_ONCE,
  linesOf,
} from "../../helpers/delivered.ts";
import { eventually } from "../../helpers/eventually.ts";
import {
  bucketArn,
  bucketOf,
  clientOf,
  createStream,
  drained,
  putAll,
  putBatch,
  ROLE_ARN,
  SOON,
  transformBy,
} from "./streams.ts";

const stack = {
  apiEndpoint: inject("apiEndpoint"),
  s3Endpoint: inject("s3Endpoint"),
  deliveryBucket: inject("deliveryBucket"),
};

interface FailedLine {
  readonly rawData: string;
  readonly errorCode: string;
  readonly attemptsMade: number;
  readonly arrivalTimestamp: number;
  readonly attemptEndingTimestamp: number;
  readonly lambdaARN: string;
}

function failedLines(objects: readonly DeliveredObject[]): readonly FailedLine[] {
  return linesOf(objects).map((line) => JSON.parse(line) as FailedLine);
}

/** Waits until `count` records stand under the stream's error prefix. */
function failures(delivered: Delivered, prefix: string, count: number) {
  return eventually(`${count} failed records are kept`, async () => {
    const lines = failedLines(await delivered.objects(`${prefix}processing-failed/`));
    return lines.length >= count ? lines : undefined;
  });
}

const raw = ({ rawData }: FailedLine) => Buffer.from(rawData, "base64");
const isDropped = (_: unknown, n: number) => n % 5 === 0;
const isFailed = (_: unknown, n: number) => n % 5 !== 0 && n % 7 === 0;

it("delivers what the function changed, keeps what it failed, and drops the rest; the backup has it all", async () => {
  const client = clientOf(stack);
  const delivered = bucketOf(stack);
  const name = await createStream(stack, client, {
    CompressionFormat: "GZIP",
    ProcessingConfiguration: { Enabled: true, Processors: [transformBy("sort-lines")] },
  });
  const backedUp = await createStream(stack, client, {
    ProcessingConfiguration: { Enabled: true, Processors: [transformBy("sort-lines")] },
    S3BackupMode: "Enabled",
    S3BackupConfiguration: {
      RoleARN: ROLE_ARN,
      BucketARN: bucketArn(stack),
      Prefix: `backup-of-${name}/`,
      BufferingHints: SOON,
      CompressionFormat: "GZIP",
    },
  });
  const lines = accessLogLines(21, 2000);
  await Promise.all([putAll(client, name, lines), putAll(client, backedUp, lines, 130)]);
  const changed = lines
    .filter((line, n) => !isDropped(line, n) && !isFailed(line, n))
    .map((line) => `seen ${line}`);
  const failed = lines.filter(isFailed);
  for (const stream of [name, backedUp]) {
    const good = (await drained(client, delivered, stream)).filter(
      ({ key }) => !key.includes("processing-failed/"),
    );
    expect(compareLines(changed, linesOf(good))).toEqual(EXACTLY_ONCE);
    const bad = await failures(delivered, `${stream}/`, failed.length);
    expect(
      compareLines(
        failed,
        bad.map((line) => raw(line).toString()),
      ),
    ).toEqual(EXACTLY_ONCE);
  }
  const source = await drained(client, delivered, backedUp, { prefix: `backup-of-${name}/` });
  const untouched = linesOf(source).filter((line) => !line.startsWith("last "));
  expect(compareLines(lines, untouched)).toEqual(EXACTLY_ONCE);
});

it("keeps the bytes of failed records as they came, whatever they are", async () => {
  const client = clientOf(stack);
  const delivered = bucketOf(stack);
  const name = await createStream(stack, client, {
    ProcessingConfiguration: { Enabled: true, Processors: [transformBy("sort-lines", 0)] },
  });
  const startedAtMs = Date.now();
  const every = Buffer.from(Array.from({ length: 256 }, (_, value) => value));
  const broken = Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28, 0x0a, 0xed, 0xa0, 0x80]);
  await putBatch(client, name, [every, broken]);
  const bad = await failures(delivered, `${name}/`, 2);
  expect(bad.map(raw)).toEqual([every, broken]);
  for (const line of bad) {
    expect(line).toMatchObject({
      errorCode: "Lambda.ProcessingFailedStatus",
      attemptsMade: 1,
      lambdaARN: "arn:aws:lambda:us-east-1:000000000000:function:sort-lines",
    });
    expect(line.arrivalTimestamp).toBeGreaterThanOrEqual(startedAtMs);
    expect(line.attemptEndingTimestamp).toBeGreaterThanOrEqual(line.arrivalTimestamp);
  }
});

it.each([
  ["throwing", "Lambda.FunctionError"],
  ["malformed", "Lambda.JsonProcessingException"],
  ["nobody-at-all", "Lambda.ResourceNotFound"],
])("keeps every record of a function that is %s, with the code %s", async (functionName, code) => {
  const client = clientOf(stack);
  const delivered = bucketOf(stack);
  const name = await createStream(stack, client, {
    ProcessingConfiguration: { Enabled: true, Processors: [transformBy(functionName, 0)] },
  });
  const lines = accessLogLines(23, 250);
  await putAll(client, name, lines, 100);
  const bad = await failures(delivered, `${name}/`, lines.length);
  expect(
    compareLines(
      lines,
      bad.map((line) => raw(line).toString()),
    ),
  ).toEqual(EXACTLY_ONCE);
  expect(new Set(bad.map(({ errorCode }) => errorCode))).toEqual(new Set([code]));
  expect(new Set(bad.map(({ attemptsMade }) => attemptsMade))).toEqual(new Set([1]));
});

it.each(["text", "nothing", "object", "rejection", "circle", "exit"])(
  "tries a function again that throws what is no error (%s) as often as it may, and keeps its records",
  async (act) => {
    const client = clientOf(stack);
    const delivered = bucketOf(stack);
    const name = await createStream(stack, client, {
      ProcessingConfiguration: { Enabled: true, Processors: [transformBy("throwing-anything", 2)] },
    });
    await putBatch(client, name, [Buffer.from(act), Buffer.from("another")]);
    const bad = await failures(delivered, `${name}/`, 2);
    expect(bad.map((line) => raw(line).toString())).toEqual([act, "another"]);
    for (const { errorCode, attemptsMade } of bad) {
      expect({ errorCode, attemptsMade }).toEqual({
        errorCode: "Lambda.FunctionError",
        attemptsMade: 3,
      });
    }
  },
);

it("lets no second answer through for what a function has answered once", async () => {
  const client = clientOf(stack);
  const delivered = bucketOf(stack);
  const name = await createStream(stack, client, {
    ProcessingConfiguration: { Enabled: true, Processors: [transformBy("capricious", 50)] },
  });
  const lines = accessLogLines(24, 600);
  await putAll(client, name, lines, 60);
  const objects = await drained(client, delivered, name).then((found) =>
    found.filter(({ key }) => !key.includes("processing-failed/")),
  );
  const marked = linesOf(objects).filter((line) => line.includes("?n="));
  const kept = lines.filter((_, n) => n % 50 !== 0 && n % 31 !== 0);
  const unmarked = marked.map((line) => line.slice("abcdef ".length));
  expect(compareLines(kept, unmarked)).toEqual(EXACTLY_ONCE);
});
