/**
 * `node test/faults/kinesis-throttle.ts`: one shard is offered three times what it takes, by calls of one record and by
 * calls of a hundred, and must take what it is due, refuse the rest in AWS's words and in no others, and let its reader
 * keep up. With `--on-demand` the keys of one shard of an on-demand stream are offered twice what it takes, until
 * twenty seconds have passed without a refusal: its shards must have become enough by then. Prints what was taken and
 * refused, in all and second by second.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  type Shard,
} from "@aws-sdk/client-kinesis";
import { answerHelp } from "../../bin/help.ts";
import { SHARD_WRITE_MAX_COUNT_PER_SECOND } from "../../src/limits.ts";
import { signedCalls } from "../helpers/signed-calls.ts";
import { startStack } from "../helpers/stack-process.ts";
import { kinesisClient } from "./kinesis-client.ts";
import { shardsOf, untilActive } from "./kinesis-resharding.ts";
import { readCapacity } from "./options.ts";
import { sum, throttleLoad } from "./throttle-load.ts";

const CONNECTION_COUNT = 64;
const WARM_UP_CALLS = 20;
const OFFERED_PER_SECOND = 3 * SHARD_WRITE_MAX_COUNT_PER_SECOND;
/** What a shard must take of more than it takes; by single calls, what the stack's own speed allows. */
const TAKEN_PER_SECOND = { least: 950, most: 1020 };
const LAG_MAX_MS = 5000;
const READ_EVERY_MS = 200;
/** Of an on-demand stream, which splits what is a minute old. */
const GROWTH_MAX_MS = 240_000;
const QUIET_MS = 20_000;
const GROWING = { recordsPerSecond: 2 * SHARD_WRITE_MAX_COUNT_PER_SECOND, recordsPerCall: 100 };

interface Outcome {
  readonly isGood: boolean;
  readonly figures: object;
}

async function throttleProvisioned(
  client: KinesisClient,
  recordsPerCall: number,
  durationMs: number,
): Promise<Outcome> {
  const StreamName = `throttle-${recordsPerCall}`;
  await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
  await untilActive(client, StreamName);
  const load = throttleLoad(calls, StreamName, {
    recordsPerSecond: OFFERED_PER_SECOND,
    recordsPerCall,
  });
  await load.warmUp(WARM_UP_CALLS);
  const startedAt = performance.now();
  const goesOn = () => performance.now() - startedAt < durationMs;
  const [worstLagMs] = await Promise.all([follow(client, StreamName, goesOn), load.offer(goesOn)]);
  // Without the wait for the last answers, in which nothing is offered.
  const seconds = durationMs / 1000;
  const tallies = [...load.bySecond].toSorted(([a], [b]) => a - b).map(([, tally]) => tally);
  const { accepted, throttled } = sum(tallies);
  const rate = accepted / seconds;
  const isEnough = recordsPerCall === 1 || rate >= TAKEN_PER_SECOND.least;
  return {
    isGood:
      isEnough &&
      rate <= TAKEN_PER_SECOND.most &&
      load.otherAnswers.size === 0 &&
      worstLagMs <= LAG_MAX_MS,
    figures: {
      recordsPerCall,
      seconds,
      offeredPerSecond: Math.round((accepted + throttled) / seconds),
      acceptedPerSecond: Math.round(rate),
      otherAnswers: Object.fromEntries(load.otherAnswers),
      worstLagMs,
      mostInOneSecond: Math.max(...tallies.map((tally) => tally.accepted)),
      bySecond: tallies.map((tally) => tally.accepted),
    },
  };
}

/** Reads on from now; answers how old a record was at most when it was read. */
async function follow(
  client: KinesisClient,
  StreamName: string,
  goesOn: () => boolean,
): Promise<number> {
  const [shard] = await shardsOf(client, StreamName);
  let { ShardIterator } = await client.send(
    new GetShardIteratorCommand({
      StreamName,
      ShardId: shard?.ShardId,
      ShardIteratorType: "LATEST",
    }),
  );
  let worstMs = 0;
  for (; goesOn(); await sleep(READ_EVERY_MS)) {
    const page = await client.send(new GetRecordsCommand({ ShardIterator }));
    const [oldest] = page.Records ?? [];
    const arrivedAtMs = oldest?.ApproximateArrivalTimestamp?.getTime() ?? Date.now();
    worstMs = Math.max(worstMs, Date.now() - arrivedAtMs, page.MillisBehindLatest ?? 0);
    ShardIterator = page.NextShardIterator;
  }
  return worstMs;
}

/** A shard of an on-demand stream begins throttled, and ends as so many that nothing is refused. */
async function throttleOnDemand(client: KinesisClient): Promise<Outcome> {
  const StreamName = "throttle-on-demand";
  const StreamModeDetails = { StreamMode: "ON_DEMAND" } as const;
  await client.send(new CreateStreamCommand({ StreamName, StreamModeDetails }));
  await untilActive(client, StreamName);
  const [first] = await shardsOf(client, StreamName);
  const step = (boundsOf(first).end + 1n) / BigInt(GROWING.recordsPerCall);
  const load = throttleLoad(calls, StreamName, {
    ...GROWING,
    hashKeyOf: (record) => String(BigInt(record) * step),
  });
  await load.warmUp(WARM_UP_CALLS);

  const startedAt = Date.now();
  const shardCounts = new Map<number, number>();
  const lastRefusedAt = () =>
    Math.max(
      startedAt,
      ...[...load.bySecond].map(([second, { throttled }]) =>
        throttled > 0 ? (second + 1) * 1000 : 0,
      ),
    );
  const isQuiet = () => Date.now() - lastRefusedAt() >= QUIET_MS;
  const goesOn = () => !isQuiet() && Date.now() - startedAt < GROWTH_MAX_MS;
  const countShards = async () => {
    const open = (await shardsOf(client, StreamName)).filter(isOpen);
    const ours = open.filter((shard) => boundsOf(shard).start <= boundsOf(first).end);
    shardCounts.set(Math.floor(Date.now() / 1000), ours.length);
  };
  const watch = async () => {
    for (; goesOn(); await sleep(500)) await countShards();
  };
  await Promise.all([load.offer(goesOn), watch()]);
  await countShards();

  const seconds = [...load.bySecond].toSorted(([a], [b]) => a - b);
  const total = sum(load.bySecond.values());
  const shards = [...shardCounts.values()].at(-1) ?? 0;
  const wasThrottled = seconds.slice(0, 10).every(([, { throttled }]) => throttled > 0);
  const isEnough = shards * SHARD_WRITE_MAX_COUNT_PER_SECOND >= GROWING.recordsPerSecond;
  return {
    isGood: wasThrottled && isEnough && isQuiet() && load.otherAnswers.size === 0,
    figures: {
      seconds: seconds.length,
      ...total,
      otherAnswers: Object.fromEntries(load.otherAnswers),
      shardsOfTheRange: [Math.min(...shardCounts.values()), shards],
      bySecond: seconds.map(([second, { accepted, throttled }]) =>
        [accepted, throttled, shardCounts.get(second) ?? null].join("/"),
      ),
    },
  };
}

function isOpen({ SequenceNumberRange }: Shard): boolean {
  return SequenceNumberRange?.EndingSequenceNumber === undefined;
}

function boundsOf(shard: Shard | undefined): { readonly start: bigint; readonly end: bigint } {
  const { StartingHashKey = "0", EndingHashKey = "0" } = shard?.HashKeyRange ?? {};
  return { start: BigInt(StartingHashKey), end: BigInt(EndingHashKey) };
}

answerHelp(`
node test/faults/kinesis-throttle.ts [--on-demand] [--seconds N] [--capacity aws]

Offers a shard of a stack of its own three times what it may take, by calls of one record and by calls of a hundred, and
counts what it took second by second.

  --on-demand      to a shard of an on-demand stream, twice, until its splits take all (up to four minutes)
  --seconds N      for so long each way (60)
  --capacity aws   with the limits of DynamoDB (off)
  --help           this text`);
const { values } = parseArgs({
  options: {
    "on-demand": { type: "boolean" },
    seconds: { type: "string", default: "60" },
    capacity: { type: "string" },
  },
});
const stack = await startStack({
  environment: { HYDRANT_CAPACITY: readCapacity(values.capacity) },
});
const client = kinesisClient(stack.apiEndpoint, 1);
const calls = signedCalls(stack.apiEndpoint, CONNECTION_COUNT);
let isGood = true;
function tell(outcome: Outcome): void {
  isGood &&= outcome.isGood;
  const verdict = outcome.isGood ? "GOOD" : "BAD";
  process.stdout.write(`${JSON.stringify(outcome.figures)}\n${verdict}\n`);
}
try {
  const durationMs = Number(values.seconds) * 1000;
  if (values["on-demand"]) tell(await throttleOnDemand(client));
  else for (const count of [1, 100]) tell(await throttleProvisioned(client, count, durationMs));
} finally {
  client.destroy();
  calls.close();
  await stack.stop();
}
process.exit(isGood ? 0 : 1);
