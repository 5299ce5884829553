/**
 * `node test/faults/kinesis-throttle.ts`: one shard is offered twice what it takes, for twenty seconds, and must take
 * what it is due. With `--on-demand` the same goes to the keys of one shard of an on-demand stream, until twenty
 * seconds have passed without a refusal: its shards must have become enough by then. Prints what was taken and
 * refused, in all and second by second.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { CreateStreamCommand, type KinesisClient, type Shard } from "@aws-sdk/client-kinesis";
import { answerHelp } from "../../bin/help.ts";
import { SHARD_WRITE_MAX_COUNT_PER_SECOND } from "../../src/limits.ts";
import { startStack } from "../helpers/stack-process.ts";
import { kinesisClient } from "./kinesis-client.ts";
import { shardsOf, untilActive } from "./kinesis-resharding.ts";
import { CALLS_PER_SECOND, RECORDS_PER_CALL, sum, throttleLoad } from "./throttle-load.ts";

const DURATION_MS = 20_000;
const TOLERANCE = 0.05;
/** Of an on-demand stream, which splits what is a minute old. */
const GROWTH_MAX_MS = 240_000;
const QUIET_MS = 20_000;

interface Outcome {
  readonly isGood: boolean;
  readonly figures: object;
}

/** A shard takes its limit of what it is offered, within a twentieth. */
async function throttleProvisioned(client: KinesisClient): Promise<Outcome> {
  const StreamName = "throttle";
  await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
  await untilActive(client, StreamName);
  const load = throttleLoad(client, StreamName);
  await load.warmUp(CALLS_PER_SECOND);
  const startedAt = performance.now();
  await load.offer(() => performance.now() - startedAt < DURATION_MS);
  const seconds = (performance.now() - startedAt) / 1000;
  const tallies = [...load.bySecond].toSorted(([a], [b]) => a - b).map(([, tally]) => tally);
  const { accepted, throttled } = sum(tallies);
  const rate = accepted / seconds;
  return {
    isGood: Math.abs(rate / SHARD_WRITE_MAX_COUNT_PER_SECOND - 1) <= TOLERANCE,
    figures: {
      seconds: Math.round(seconds * 100) / 100,
      offeredPerSecond: Math.round((accepted + throttled) / seconds),
      acceptedPerSecond: Math.round(rate),
      failedCalls: load.failedCalls(),
      mostInOneSecond: Math.max(...tallies.map((tally) => tally.accepted)),
      bySecond: tallies.map((tally) => tally.accepted),
    },
  };
}

/** A shard of an on-demand stream begins throttled, and ends as so many that nothing is refused. */
async function throttleOnDemand(client: KinesisClient): Promise<Outcome> {
  const StreamName = "throttle-on-demand";
  const StreamModeDetails = { StreamMode: "ON_DEMAND" } as const;
  await client.send(new CreateStreamCommand({ StreamName, StreamModeDetails }));
  await untilActive(client, StreamName);
  const [first] = await shardsOf(client, StreamName);
  const step = (boundsOf(first).end + 1n) / BigInt(RECORDS_PER_CALL);
  const load = throttleLoad(client, StreamName, (record) => String(BigInt(record) * step));
  await load.warmUp(CALLS_PER_SECOND);

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
  const isEnough = shards * SHARD_WRITE_MAX_COUNT_PER_SECOND >= CALLS_PER_SECOND * RECORDS_PER_CALL;
  return {
    isGood: wasThrottled && isEnough && isQuiet() && load.failedCalls() === 0,
    figures: {
      seconds: seconds.length,
      ...total,
      failedCalls: load.failedCalls(),
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
node test/faults/kinesis-throttle.ts [--on-demand]

Offers a shard of a stack of its own twice what it may take, and counts what it took second by second.

  --on-demand   to a shard of an on-demand stream, until its splits take all (up to four minutes)
  --help        this text`);
const { values } = parseArgs({ options: { "on-demand": { type: "boolean" } } });
const stack = await startStack();
const client = kinesisClient(stack.apiEndpoint, 1);
let isGood = false;
try {
  const outcome = await (values["on-demand"] ? throttleOnDemand : throttleProvisioned)(client);
  isGood = outcome.isGood;
  process.stdout.write(`${JSON.stringify(outcome.figures)}\n${isGood ? "GOOD" : "BAD"}\n`);
} finally {
  client.destroy();
  await stack.stop();
}
process.exit(isGood ? 0 : 1);
