/**
 * `npm run test:faults:kinesis`: four producers and four consumers over a data stream that is split and merged all
 * the while, on a stack that is killed twice, once in the midst of a reshard. Then everybody has to catch up, and
 * the history is held against the stream read from its beginning, and so is what a delivery stream made of it. With
 * `HYDRANT_ENDPOINT` (docs/against-aws.md) the same without the kills, against what stands there.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateStreamCommand,
  DeleteStreamCommand,
  type KinesisClient,
} from "@aws-sdk/client-kinesis";
import { eventually } from "../helpers/eventually.ts";
import { seededRandom } from "../helpers/seeded-random.ts";
import { readTarget } from "../helpers/target.ts";
import { checkHistory } from "../simulation/checker.ts";
import { openArchive } from "./kinesis-archive.ts";
import { kinesisClient, type Patience } from "./kinesis-client.ts";
import { type Consumer, readShard, startConsumer } from "./kinesis-consumer.ts";
import { createJournal, type Journal, type ReadRecord } from "./kinesis-journal.ts";
import { checkReaders } from "./kinesis-order.ts";
import { produce } from "./kinesis-producer.ts";
import { nextReshard, shardsOf, untilActive } from "./kinesis-resharding.ts";
import { deployed, ownStack } from "./kinesis-subject.ts";
import { type FaultOptions, readOptions } from "./options.ts";

const PATIENCE: readonly Patience[] = [
  1,
  3,
  "sees the end of any fault",
  "sees the end of any fault",
];
const CONSUMER_COUNT = 4;
const RESHARD_COUNT = 10;
/** The reshards during which the stack is killed. */
const KILLS: ReadonlySet<number> = new Set([3, 7]);
const KILL_DELAY_MAX_MS = 60;
const CATCH_UP_MS = 60_000;
const PROBLEMS_SHOWN = 20;

const startedAt = performance.now();
const print = (text: string) => void process.stdout.write(`${text}\n`);
function say(text: string): void {
  print(`[${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s] ${text}`);
}

async function run({ seed, durationMs, keepsData, capacity }: FaultOptions): Promise<boolean> {
  print(`seed ${seed}, ${durationMs / 1000} s`);
  const target = readTarget(process.env);
  const subject =
    target.endpoint === undefined
      ? await ownStack(target, capacity)
      : deployed(target, target.endpoint);
  const { endpoint } = subject;
  const streamName = `faults-${randomUUID()}`;
  const archive = openArchive(subject, streamName);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void subject.end(true).finally(() => process.exit(1)));
  }
  const random = seededRandom(seed);
  const client = kinesisClient(endpoint, "sees the end of any fault");
  const journal = createJournal();
  let isOver = false;
  let isReadingOver = false;
  let isGood = false;
  try {
    await client.send(new CreateStreamCommand({ StreamName: streamName, ShardCount: 2 }));
    await untilActive(client, streamName);
    await archive.create();
    const common = { endpoint, streamName, journal };
    const consumers = Array.from({ length: CONSUMER_COUNT }, (_, i) =>
      startConsumer({
        ...common,
        name: `c${i}`,
        random: seededRandom(seed + 200 + i),
        isOver: () => isReadingOver,
      }),
    );
    const producing = PATIENCE.map((patience, i) =>
      produce({
        ...common,
        name: `p${i}`,
        patience,
        random: seededRandom(seed + 100 + i),
        isOver: () => isOver,
      }),
    );
    for (let turn = 0; turn < RESHARD_COUNT; turn++) {
      await sleep(Math.max(0, ((turn + 0.5) * durationMs) / RESHARD_COUNT - sinceStart()));
      const reshard = await nextReshard(client, streamName, random);
      const isKilled = KILLS.has(turn) && subject.dieAndRise !== undefined;
      if (isKilled) {
        const abandoned = reshard.send().catch(() => {});
        await sleep(random.fraction() * KILL_DELAY_MAX_MS);
        await subject.dieAndRise();
        // Sent again by the SDK: done already, or done now.
        await abandoned;
      } else await reshard.send();
      await untilActive(client, streamName);
      const during = isKilled ? ", the stack killed meanwhile" : "";
      say(`${reshard.description}${during}; ${journal.acknowledged.size} records acknowledged`);
    }
    await sleep(Math.max(0, durationMs - sinceStart()));
    isOver = true;
    const unanswered = (await Promise.all(producing)).reduce((sum, count) => sum + count, 0);
    say("producers have ended; waiting until every consumer has everything");
    const caughtUpMs = await untilCaughtUp(consumers, journal);
    isReadingOver = true;
    await Promise.all(consumers.map(({ done }) => done));
    say("reading everything back");
    const survey = await readAll(client, streamName);
    const logged = [...survey.values()].flat().map(({ name }) => name);
    const archived = await archive.check(logged);
    isGood = report({ journal, consumers, survey, archive: archived, unanswered, caughtUpMs });
  } finally {
    isOver = true;
    isReadingOver = true;
    // A stack of the run's own goes as a whole.
    if (subject.dieAndRise === undefined && isGood && !keepsData) {
      await archive.remove();
      await client.send(new DeleteStreamCommand({ StreamName: streamName }));
    } else if (subject.dieAndRise === undefined) say(`${streamName} and ${archive.name} are kept`);
    client.destroy();
    await subject.end(!isGood || keepsData);
  }
  return isGood;
}

const sinceStart = () => performance.now() - startedAt;

async function untilCaughtUp(consumers: readonly Consumer[], { acknowledged }: Journal) {
  const beganAt = performance.now();
  const hasAll = ({ seen }: Consumer) => [...acknowledged].every((name) => seen.has(name));
  // A consumer that never gets there is the checker's to name.
  await eventually(
    "every consumer has read what was acknowledged",
    () => Promise.resolve(consumers.every(hasAll) || undefined),
    CATCH_UP_MS,
  ).catch(() => say("not all consumers have caught up"));
  return performance.now() - beganAt;
}

async function readAll(
  client: KinesisClient,
  streamName: string,
): Promise<ReadonlyMap<string, readonly ReadRecord[]>> {
  const survey = new Map<string, readonly ReadRecord[]>();
  for (const { ShardId = "" } of await shardsOf(client, streamName)) {
    survey.set(ShardId, await readShard(client, streamName, ShardId));
  }
  return survey;
}

function report(results: {
  readonly journal: Journal;
  readonly consumers: readonly Consumer[];
  readonly survey: ReadonlyMap<string, readonly ReadRecord[]>;
  readonly archive: readonly string[];
  readonly unanswered: number;
  readonly caughtUpMs: number;
}): boolean {
  const { journal, consumers, survey, archive, unanswered, caughtUpMs } = results;
  const logged = [...survey.values()].flat();
  const problems = [
    ...checkHistory(journal.history(survey)).map(
      ({ guarantee, message }) => `${guarantee}: ${message}`,
    ),
    ...checkReaders(journal.pages),
    ...logged
      .filter(({ name }) => journal.refused.has(name))
      .map(({ name }) => `${name} was refused and stands in the log`),
    ...journal.problems,
    ...archive,
  ];
  const figures = {
    acknowledgedRecords: journal.acknowledged.size,
    refusedRecords: journal.refused.size,
    recordsInTheLog: logged.length,
    unansweredCalls: unanswered,
    shards: survey.size,
    recordsReadPerConsumer: consumers.map(({ seen }) => seen.size),
    shardsReadToTheirEndPerConsumer: consumers.map(({ ended }) => ended.length),
    caughtUpAfterSeconds: Math.round(caughtUpMs / 100) / 10,
  };
  print(JSON.stringify(figures, null, 2));
  for (const problem of problems.slice(0, PROBLEMS_SHOWN)) print(`VIOLATION of ${problem}`);
  const isGood = problems.length === 0;
  print(
    isGood ? "GOOD: nothing lost, doubled or out of order" : `BAD: ${problems.length} violations`,
  );
  return isGood;
}

// The seed is printed, so chance here costs no repetition.
const options = readOptions(process.argv.slice(2), 1 + Math.floor(Math.random() * 1e9));
if (options === undefined)
  print("npm run test:faults:kinesis -- [--seconds N] [--seed N] [--capacity aws] [--keep]");
else process.exit((await run(options)) ? 0 : 1);
