/** What one shard is asked for. */
import { DEAD_WORKER_SECONDS } from "./lanes-scenarios.ts";
import type { Demand, Scenario } from "./scenario.ts";
import { loadShard, type ShardFigures, type ShardLoad } from "./shard-load.ts";

const ONE_SHARD = {
  recordsPerCall: 1,
  recordBytes: 1000,
  processCount: 100,
  readerCount: 2,
  pollerCount: 5,
  restSeconds: 300,
};
/** The interval of a consumer is none; what is left is the wait for a hole, twice. */
const LAG_MAX_MS = 4000;

type ShardDemand = Demand<ShardFigures>;

const NO_ERRORS: ShardDemand = {
  what: "no error but AWS's throttle",
  holds: ({ errors }) => Object.keys(errors).length === 0,
};
const NO_HOLES: ShardDemand = { what: "no hole", holds: ({ holeCount }) => holeCount === 0 };
const ALL_READ: ShardDemand = {
  what: "each reader has each record once",
  holds: ({ handledCount, polledCount, pollerCount, storedCount }) =>
    handledCount === ONE_SHARD.readerCount * storedCount &&
    polledCount === pollerCount * storedCount,
};
/** Whoever takes over from a worker that died feeds again what nobody noted. */
const ALL_READ_AGAIN: ShardDemand = {
  what: "each consumer has each record",
  holds: ({ handledCount, storedCount }) => handledCount >= ONE_SHARD.readerCount * storedCount,
};

function lagsAtMost(maxMs: number): ShardDemand {
  return {
    what: `consumers at most ${maxMs / 1000} s behind`,
    holds: ({ worstLagMs }) => worstLagMs <= maxMs,
  };
}

const NO_LAG = lagsAtMost(LAG_MAX_MS);

/** @param phase the last one: all of them */
function takes(least: number, phase = -1): ShardDemand {
  return {
    what: `at least ${least} taken a second${phase === 0 ? " of what is too much" : ""}`,
    holds: ({ phases }) => phases.at(phase)!.acceptedPerSecond >= least,
  };
}

function catchesUp(within: number): ShardDemand {
  return {
    what: `nothing lags ${within} s after the last call`,
    holds: ({ caughtUpMs = Infinity }) => caughtUpMs <= 1000 * within,
  };
}

export function shardScenario(
  load: Partial<ShardLoad> & Pick<ShardLoad, "phases">,
  told: Pick<Scenario, "offered" | "before">,
  demands: readonly ShardDemand[],
): Scenario<ShardFigures> {
  return {
    ...told,
    demands: [
      ...demands,
      load.events?.some(({ event }) => event === "workers die") ? ALL_READ_AGAIN : ALL_READ,
      NO_ERRORS,
    ],
    run: () => loadShard({ ...ONE_SHARD, ...load }),
    now: describe,
  };
}

/** How long the walk would take through a day of 1,000 blocks a second. */
function dayHours(raise: ShardFigures["raise"]): number {
  if (raise?.walkedMs === undefined) return Infinity;
  const blocksPerMs = raise.blockCount / raise.walkedMs;
  return 86_400_000 / blocksPerMs / 3_600_000;
}

const each = (count: number, perCount: number) => (count / perCount).toFixed(2);

function describe(figures: ShardFigures): string {
  const { phases, callMs, retryMs, worstLagMs, worstBehindMs, caughtUpMs, capacity } = figures;
  const taken = phases.map(
    ({ acceptedPerSecond, offeredPerSecond }) => `${acceptedPerSecond} of ${offeredPerSecond}`,
  );
  const { writeUnits, readUnits } = capacity;
  return [
    `${taken.join(", then ")} taken a second`,
    `a call ${Math.round(callMs.median)} ms, ${Math.round(callMs.worst)} at worst`,
    ...(retryMs.worst > 0
      ? [`a retry ${Math.round(retryMs.median)} ms, ${Math.round(retryMs.worst)} at worst`]
      : []),
    `${figures.holeCount} holes`,
    `consumers ${(worstLagMs / 1000).toFixed(1)} s behind at worst, pollers ${(worstBehindMs / 1000).toFixed(1)}`,
    caughtUpMs === undefined ? "still behind in the end" : `at rest after ${caughtUpMs / 1000} s`,
    ...(figures.raise
      ? [
          `${figures.raise.lostCount} of ${figures.raise.blockCount.toLocaleString("en")} blocks lost, a day's 86,400,000 gone through in ${dayHours(figures.raise).toFixed(1)} h`,
        ]
      : []),
    `${each(writeUnits, figures.storedCount)} write and ${each(readUnits, figures.storedCount)} read units a record, readers included`,
  ].join("; ");
}

export const SHARD_SCENARIOS = {
  "rated-shard": shardScenario(
    { phases: [{ seconds: 600, rate: 1000 }] },
    {
      offered:
        "one shard, 1,000 single puts of 1 KB a second from 100 processes for 10 minutes; two consumers, five pollers",
      before: "about 500 taken a second; 3 to 4 s a refused call, answered as InternalFailure",
    },
    [takes(950), NO_HOLES, NO_LAG],
  ),
  "overloaded-shard": shardScenario(
    {
      phases: [
        { seconds: 60, rate: 3000 },
        { seconds: 60, rate: 950 },
      ],
    },
    {
      offered: "the same, 3,000 a second for a minute, then 950 for a minute",
      before: "2 s of overload made 1,902 s of lag, holes being waited for one by one",
    },
    [takes(950, 0), takes(945), NO_LAG, catchesUp(60)],
  ),
  "shard-amid-trouble": shardScenario(
    {
      phases: [{ seconds: 120, rate: 1000 }],
      events: [
        { atSecond: 20, event: "deploy" },
        { atSecond: 40, event: "workers die" },
      ],
      hasNewTables: true,
    },
    {
      offered:
        "the same for two minutes on new tables; a deploy after 20 s, all workers die after 40 s",
      before: "a message of a worker that died showed again after 930 s",
    },
    [takes(950), lagsAtMost(LAG_MAX_MS + 1000 * DEAD_WORKER_SECONDS), catchesUp(60)],
  ),
  "raised-retention": shardScenario(
    {
      phases: [{ seconds: 120, rate: 1000 }],
      pollerCount: 0,
      hasNewTables: true,
      raise: { backlogBlockCount: 20_000, atSecond: 10 },
    },
    {
      offered:
        "the same for two minutes, on new tables and without pollers; behind a day's blocks, of which 20,000 stand for all, the retention is raised from one day to two",
      before:
        "oldest first, 400 blocks a second: at 0.9 of that rate 1,999 of 2,000 blocks were lost",
    },
    [
      takes(950),
      NO_LAG,
      { what: "no block lost", holds: ({ raise }) => raise?.lostCount === 0 },
      {
        what: "a day at that rate gone through in less than the slack of 36 h",
        holds: ({ raise }) => dayHours(raise) < 36,
      },
    ],
  ),
  "batched-calls": shardScenario(
    { phases: [{ seconds: 60, rate: 30 }], recordsPerCall: 100 },
    {
      offered: "the same, 30 calls of 100 records a second, three times what the shard takes",
      before: "111 calls of 8 KB a second",
    },
    [takes(950), NO_LAG],
  ),
  "retried-calls": shardScenario(
    { phases: [{ seconds: 60, rate: 700 }], retryShare: 0.3 },
    {
      offered:
        "the same, 700 calls a second, of which 15 in 100 repeat a call and 15 only say that they do",
      before:
        "a call that said so read up to 20,000 blocks: 40,186 read units, 5 s, and slowed all others",
    },
    [
      takes(700),
      {
        what: "the others as fast as without retries",
        holds: ({ callMs }) => callMs.median < 20,
      },
      {
        what: "a retry at most twice as long as another call",
        holds: ({ callMs, retryMs }) => retryMs.median <= 2 * callMs.median,
      },
    ],
  ),
} as const satisfies Readonly<Record<string, Scenario<ShardFigures>>>;
