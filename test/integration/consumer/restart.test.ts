/** Consumers through a power cut, and records that grew old: on a stack of the tests' own, where waiting is long. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  CreateStreamCommand,
  KinesisClient,
  MergeShardsCommand,
  SplitShardCommand,
} from "@aws-sdk/client-kinesis";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import {
  arnOf,
  newStream,
  shardsOf,
  uniqueName,
  untilActive,
} from "../../conformance/kinesis/client.ts";
import { eventually } from "../../helpers/eventually.ts";
import { newFailureQueue } from "../../helpers/failure-queue.ts";
import { patientRetries } from "../../helpers/patient-retries.ts";
import { type StackProcess, startStack } from "../../helpers/stack-process.ts";
import { keyedProducer, untilAllHandled } from "./keyed-producer.ts";
import { feed, type Put, put, telling, untilHandled } from "./mappings.ts";

/** Whoever takes over from a process that died waits for its lease to end, which takes up to half a minute. */
const TAKE_OVER_TIMEOUT_MS = 120_000;
const RECORD_AGE_SECONDS = 60;

const scratch = mkdtempSync(join(tmpdir(), "hydrant-restart-"));
const functionsFile = fileURLToPath(
  new URL("../../fixtures/functions/functions.yml", import.meta.url),
);
/** Its records grow old while the other test runs. */
const AGED = uniqueName("aged");
let stack: StackProcess;
let aged: readonly Put[];
let agedAtMs: number;

function clientOf({ apiEndpoint }: StackProcess): KinesisClient {
  return new KinesisClient({
    endpoint: apiEndpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    retryStrategy: patientRetries(400),
  });
}

beforeAll(async () => {
  stack = await startStack({ dataDir: join(scratch, "stack"), functionsFile });
  const client = clientOf(stack);
  await client.send(new CreateStreamCommand({ StreamName: AGED, ShardCount: 1 }));
  await untilActive(client, AGED);
  aged = await put(client, AGED, [telling(1), telling(2)]);
  agedAtMs = Date.now();
  client.destroy();
});
afterAll(async () => {
  await stack.stop();
  rmSync(scratch, { recursive: true, force: true });
});

it(
  "feeds every key in order through reshards although everything is killed amid its function",
  { timeout: TAKE_OVER_TIMEOUT_MS },
  async () => {
    const client = clientOf(stack);
    onTestFinished(() => client.destroy());
    const StreamName = await newStream(client);
    const members = { BatchSize: 200, ParallelizationFactor: 2 };
    const { journal } = await feed(StreamName, members, stack.apiEndpoint);
    const keys = Array.from({ length: 10 }, (_, i) => `key-${i}`);
    const producer = keyedProducer(client, StreamName, keys, () => ({ takesMs: 100 }));
    const over = new AbortController();
    const untilUnderWayIn = (shardCount: number) =>
      eventually(
        `the function is given records of shard ${shardCount}`,
        () => {
          const invocations = journal.invocations();
          const ids = invocations.flatMap(({ event }) => event.Records.map(shardIdOf));
          const isUnderWay = invocations.at(-1)?.outcome === undefined;
          return Promise.resolve((new Set(ids).size >= shardCount && isUnderWay) || undefined);
        },
        TAKE_OVER_TIMEOUT_MS,
      );
    const openShards = async () =>
      (await shardsOf(client, StreamName)).flatMap(({ ShardId, SequenceNumberRange }) =>
        SequenceNumberRange?.EndingSequenceNumber === undefined ? [ShardId!] : [],
      );
    const reshardAndKill = async () => {
      await untilUnderWayIn(1);
      const split = { StreamName, ShardToSplit: (await openShards())[0] };
      const NewStartingHashKey = String(2n ** 127n);
      await client.send(new SplitShardCommand({ ...split, NewStartingHashKey }));
      await untilUnderWayIn(2);
      await stack.kill9();
      stack = await startStack({ dataDir: stack.dataDir, ports: stack.ports, functionsFile });
      await untilActive(client, StreamName);
      const [ShardToMerge, AdjacentShardToMerge] = await openShards();
      const pair = { ShardToMerge, AdjacentShardToMerge };
      await client.send(new MergeShardsCommand({ StreamName, ...pair }));
      await untilUnderWayIn(4);
    };
    await Promise.all([
      producer.produceUntil(over.signal),
      reshardAndKill().finally(() => over.abort()),
    ]);
    const { problems, handled } = await untilAllHandled(journal, producer);
    expect({ problems, handled }).toEqual({ problems: [], handled: producer.numbers });
  },
);

const shardIdOf = ({ eventID }: { readonly eventID: string }) => eventID.split(":")[0];

it(
  "gives up records older than MaximumRecordAgeInSeconds without giving them to the function",
  { timeout: TAKE_OVER_TIMEOUT_MS },
  async () => {
    const client = clientOf(stack);
    onTestFinished(() => client.destroy());
    await eventually(
      "the records are old",
      () => Promise.resolve(Date.now() > agedAtMs + RECORD_AGE_SECONDS * 1000 || undefined),
      TAKE_OVER_TIMEOUT_MS,
    );
    await put(client, AGED, [telling(3)]);
    const queue = await newFailureQueue(stack.sqsEndpoint);
    const { mapping, journal } = await feed(
      AGED,
      {
        MaximumRecordAgeInSeconds: RECORD_AGE_SECONDS,
        DestinationConfig: { OnFailure: { Destination: queue.arn } },
      },
      stack.apiEndpoint,
    );
    const invocations = await untilHandled(journal, telling(3));
    expect(invocations.map(({ texts }) => texts)).toEqual([[telling(3)]]);
    expect(await queue.next()).toEqual({
      requestContext: {
        requestId: expect.any(String) as string,
        functionArn: mapping.FunctionArn,
        condition: "RecordAgeExceeded",
        approximateInvokeCount: 1,
      },
      version: "1.0",
      timestamp: expect.any(String) as string,
      KinesisBatchInfo: {
        shardId: "shardId-000000000000",
        startSequenceNumber: aged[0]!.SequenceNumber,
        endSequenceNumber: aged[1]!.SequenceNumber,
        approximateArrivalOfFirstRecord: expect.any(String) as string,
        approximateArrivalOfLastRecord: expect.any(String) as string,
        batchSize: 2,
        streamArn: arnOf(AGED),
      },
    });
  },
);
