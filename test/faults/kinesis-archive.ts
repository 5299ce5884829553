/** A delivery stream that reads the data stream of a fault run: its objects have to hold the log, record by record. */
import { CreateDeliveryStreamCommand, FirehoseClient } from "@aws-sdk/client-firehose";
import { type Delivered, linesOf, openDelivered } from "../helpers/delivered.ts";
import { eventually } from "../helpers/eventually.ts";
import { readName } from "./kinesis-producer.ts";

const NAME = "archive";
const ROLE_ARN = "arn:aws:iam::000000000000:role/hydrant";
/** A worker that died leaves its lease, and then the sweep has its minute. */
const CATCH_UP_MS = 180_000;

export async function createArchive(
  endpoint: string,
  bucket: string,
  streamName: string,
): Promise<void> {
  const client = new FirehoseClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  await client.send(
    new CreateDeliveryStreamCommand({
      DeliveryStreamName: NAME,
      DeliveryStreamType: "KinesisStreamAsSource",
      KinesisStreamSourceConfiguration: {
        KinesisStreamARN: `arn:aws:kinesis:us-east-1:000000000000:stream/${streamName}`,
        RoleARN: ROLE_ARN,
      },
      ExtendedS3DestinationConfiguration: {
        RoleARN: ROLE_ARN,
        BucketARN: `arn:aws:s3:::${bucket}`,
        Prefix: `${NAME}/`,
        BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 1 },
        ProcessingConfiguration: {
          Enabled: true,
          Processors: [
            {
              Type: "AppendDelimiterToRecord",
              Parameters: [{ ParameterName: "Delimiter", ParameterValue: String.raw`\n` }],
            },
          ],
        },
      },
    }),
  );
  client.destroy();
}

/** What is wrong with the objects, once they hold as many records as the log or the time for that is over. */
export async function checkArchive(
  s3Endpoint: string,
  bucket: string,
  logged: readonly string[],
): Promise<readonly string[]> {
  const delivered = openDelivered(s3Endpoint, bucket);
  const hasAll = async () =>
    (await objectsOf(delivered)).flat().length >= logged.length || undefined;
  // What is missing then is named below.
  await eventually("the archive holds the log", hasAll, CATCH_UP_MS).catch(() => {});
  const objects = await objectsOf(delivered);
  delivered.close();
  return [...compared(logged, objects.flat()), ...objects.flatMap(disorder)];
}

/** The names of the records in each object. */
async function objectsOf(delivered: Delivered): Promise<readonly (readonly string[])[]> {
  const objects = await delivered.objects(`${NAME}/`);
  return objects.map((object) => linesOf([object]).map((line) => line.slice(0, line.indexOf(" "))));
}

function compared(logged: readonly string[], archived: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const name of logged) counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const name of archived) counts.set(name, (counts.get(name) ?? 0) - 1);
  return [...counts]
    .filter(([, count]) => count !== 0)
    .map(([name, count]) => `the archive: ${name} ${count > 0 ? "is missing" : "is there twice"}`);
}

/** A key's records stand in an object in their order. */
function disorder(names: readonly string[]): readonly string[] {
  const last = new Map<string, number>();
  return names.flatMap((name) => {
    const { key, number } = readName(name);
    const before = last.get(key) ?? -1;
    last.set(key, number);
    return number < before ? [`the archive: ${name} stands behind number ${before}`] : [];
  });
}
