/** A delivery stream that reads the data stream of a fault run: its objects have to hold the log, record by record. */
import {
  CreateDeliveryStreamCommand,
  DeleteDeliveryStreamCommand,
  FirehoseClient,
} from "@aws-sdk/client-firehose";
import { type Delivered, linesOf, openDelivered } from "../helpers/delivered.ts";
import { eventually } from "../helpers/eventually.ts";
import { readName } from "./kinesis-producer.ts";
import type { Subject } from "./kinesis-subject.ts";

/** A worker that died leaves its lease, and then the sweep has its minute. */
const CATCH_UP_MS = 180_000;

export interface Archive {
  readonly name: string;
  create(): Promise<void>;
  /** What is wrong with the objects, once they hold as many records as the log or the time for that is over. */
  check(logged: readonly string[]): Promise<readonly string[]>;
  /** With its objects. */
  remove(): Promise<void>;
}

export function openArchive({ target, endpoint }: Subject, streamName: string): Archive {
  const { region, key: credentials, accountId, s3Endpoint, deliveryBucket } = target;
  const name = `archive-of-${streamName}`;
  const prefix = `${name}/`;
  const RoleARN = `arn:aws:iam::${accountId}:role/hydrant`;
  const open = () => new FirehoseClient({ endpoint, region, credentials });
  return {
    name,
    async create() {
      const client = open();
      await client.send(
        new CreateDeliveryStreamCommand({
          DeliveryStreamName: name,
          DeliveryStreamType: "KinesisStreamAsSource",
          KinesisStreamSourceConfiguration: {
            KinesisStreamARN: `arn:aws:kinesis:${region}:${accountId}:stream/${streamName}`,
            RoleARN,
          },
          ExtendedS3DestinationConfiguration: {
            RoleARN,
            BucketARN: `arn:aws:s3:::${deliveryBucket}`,
            Prefix: prefix,
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
    },
    async check(logged) {
      const delivered = openDelivered(s3Endpoint, deliveryBucket);
      const read = () => objectsOf(delivered, prefix);
      const hasAll = async () => (await read()).flat().length >= logged.length || undefined;
      // What is missing then is named below.
      await eventually("the archive holds the log", hasAll, CATCH_UP_MS).catch(() => {});
      const objects = await read();
      delivered.close();
      return [...compared(logged, objects.flat()), ...objects.flatMap(disorder)];
    },
    async remove() {
      const client = open();
      await client.send(new DeleteDeliveryStreamCommand({ DeliveryStreamName: name }));
      client.destroy();
      const delivered = openDelivered(s3Endpoint, deliveryBucket);
      await delivered.remove(prefix);
      delivered.close();
    },
  };
}

/** The names of the records in each object. */
async function objectsOf(
  delivered: Delivered,
  prefix: string,
): Promise<readonly (readonly string[])[]> {
  const objects = await delivered.objects(prefix);
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
