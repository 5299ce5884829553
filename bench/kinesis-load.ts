/** A process that puts into a data stream, then reads it back, as fast as it is answered. Prints what it got done as JSON. */
import {
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordsCommand,
} from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { accessLogs } from "./access-logs.ts";

export interface KinesisLoad {
  readonly endpoint: string;
  readonly streamName: string;
  readonly clientCount: number;
  readonly recordBytes: number;
  readonly recordsPerCall: number;
  readonly durationMs: number;
}

export interface KinesisDone {
  readonly putCount: number;
  readonly refusedCount: number;
  readonly failedCalls: number;
  readonly putSeconds: number;
  readonly readCount: number;
  readonly readSeconds: number;
}

async function bear(load: KinesisLoad): Promise<KinesisDone> {
  const client = new KinesisClient({
    endpoint: load.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler(),
  });
  const done = { putCount: 0, refusedCount: 0, failedCalls: 0, readCount: 0 };
  const StreamName = load.streamName;

  async function produce(seed: number): Promise<void> {
    const logs = accessLogs({
      count: load.recordsPerCall * 4,
      recordBytes: load.recordBytes,
      seed,
    });
    for (let call = 0; performance.now() - putFrom < load.durationMs; call++) {
      const from = (call % 4) * load.recordsPerCall;
      const Records = logs.slice(from, from + load.recordsPerCall).map((Data, i) => ({
        Data,
        PartitionKey: `${seed}-${call}-${i}`,
      }));
      try {
        const command = new PutRecordsCommand({ StreamName, Records });
        const refused = (await client.send(command)).FailedRecordCount ?? 0;
        done.refusedCount += refused;
        done.putCount += Records.length - refused;
      } catch {
        done.failedCalls += 1;
      }
    }
  }

  async function consume(ShardId: string): Promise<void> {
    const start = { StreamName, ShardId, ShardIteratorType: "TRIM_HORIZON" } as const;
    let { ShardIterator } = await client.send(new GetShardIteratorCommand(start));
    while (ShardIterator !== undefined) {
      const page: GetRecordsCommandOutput = await client.send(
        new GetRecordsCommand({ ShardIterator }),
      );
      const count = page.Records?.length ?? 0;
      done.readCount += count;
      if (count === 0) return;
      ShardIterator = page.NextShardIterator;
    }
  }

  const putFrom = performance.now();
  await Promise.all(Array.from({ length: load.clientCount }, (_, i) => produce(i + 1)));
  const readFrom = performance.now();
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName }));
  await Promise.all(Shards.map(({ ShardId }) => consume(ShardId!)));
  const over = performance.now();
  client.destroy();
  const putSeconds = (readFrom - putFrom) / 1000;
  return { ...done, putSeconds, readSeconds: (over - readFrom) / 1000 };
}

console.log(JSON.stringify(await bear(JSON.parse(process.argv[2]!) as KinesisLoad)));
