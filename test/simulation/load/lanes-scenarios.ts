/** What a Direct PUT stream is asked for. */
import { type LanesFigures, type LanesLoad, loadLanes } from "./lanes-load.ts";
import type { Demand, Scenario } from "./scenario.ts";

export const DIRECT_PUT = {
  processCount: 100,
  bufferSizeMiB: 5,
  bufferIntervalSeconds: 60,
  restSeconds: 1800,
};
/** A megabyte a call. */
export const LARGE_CALLS = { recordsPerCall: 4, recordBytes: 250_000 };
const SMALL_CALLS = { recordsPerCall: 1, recordBytes: 1000 };
const SLACK_SECONDS = 60;
/** Its message shows again after a minute, and its lease is over by then. */
export const DEAD_WORKER_SECONDS = 60;

type LanesDemand = Demand<LanesFigures>;

const NO_ERRORS: LanesDemand = {
  what: "no error but AWS's throttle",
  holds: ({ errors }) => Object.keys(errors).length === 0,
};
const ALL_DELIVERED: LanesDemand = {
  what: "each record delivered once",
  // All have one size.
  holds: ({ acceptedBytes, objectBytes }) => objectBytes === acceptedBytes,
};
const ONE_LANE: LanesDemand = {
  what: "back to one lane",
  holds: ({ oneLaneAfterMs }) => oneLaneAfterMs !== undefined,
};
/** Of what is offered, however it comes. */
const ALMOST_ALL: LanesDemand = {
  what: "99 of 100 taken",
  holds: ({ phases }) =>
    phases.every(
      ({ offeredRecords, throttledRecords }) => throttledRecords <= offeredRecords / 100,
    ),
};

export function lanesScenario(
  load: Partial<LanesLoad> & Pick<LanesLoad, "phases">,
  told: Pick<Scenario, "offered" | "before">,
  demands: readonly LanesDemand[] = [ALMOST_ALL],
  slackSeconds = SLACK_SECONDS,
): Scenario<LanesFigures> {
  const all = { ...DIRECT_PUT, ...load };
  const withinSeconds = all.bufferIntervalSeconds + slackSeconds;
  const inTime = {
    what: `everything delivered within ${withinSeconds} s`,
    holds: ({ worstLagMs, deliveredAfterMs = Infinity }: LanesFigures) =>
      Math.max(worstLagMs, deliveredAfterMs) <= 1000 * withinSeconds,
  };
  return {
    ...told,
    demands: [...demands, inTime, ALL_DELIVERED, ONE_LANE, NO_ERRORS],
    run: () => loadLanes(all),
    now: describe,
  };
}

function describe(figures: LanesFigures): string {
  const { phases, callMs, worstLagMs, oneLaneAfterMs, capacity, acceptedRecords } = figures;
  const taken = phases.map(
    ({ acceptedPerSecond, acceptedBytesPerSecond, laneCount }) =>
      `${acceptedPerSecond.toLocaleString("en")} records and ${(acceptedBytesPerSecond / 1e6).toFixed(0)} MB a second by ${laneCount} lanes`,
  );
  const throttled = phases.reduce((sum, { throttledRecords }) => sum + throttledRecords, 0);
  const { writeUnits, readUnits, puts, gets } = capacity;
  const of = (count: number) => count.toLocaleString("en");
  return [
    taken.join(", then "),
    `${of(throttled)} records refused`,
    `a call ${Math.round(callMs.median)} ms, ${Math.round(callMs.worst)} at worst`,
    `delivered ${(worstLagMs / 1000).toFixed(0)} s after its arrival at worst, in ${of(figures.objectCount)} objects by ${of(figures.invocations["deliver"] ?? 0)} invocations`,
    oneLaneAfterMs === undefined
      ? "several lanes in the end"
      : `one lane ${Math.round(oneLaneAfterMs / 60_000)} minutes later`,
    `of ${of(acceptedRecords)} records ${of(writeUnits)} write and ${of(readUnits)} read units, ${of(puts)} PUTs and ${of(gets)} GETs`,
  ].join("; ");
}

export const LANES_SCENARIOS = {
  "direct-put": lanesScenario(
    {
      phases: [
        { seconds: 60, fromRate: 0, toRate: 100, ...LARGE_CALLS },
        { seconds: 30, fromRate: 100, toRate: 100, ...LARGE_CALLS },
        { seconds: 30, fromRate: 10_000, toRate: 10_000, ...SMALL_CALLS },
      ],
    },
    {
      offered:
        "Direct PUT, from 0 to 100 MB/s in a minute, GZIP, 5 MiB or 60 s; then 10,000 single puts a second",
      before: "one lane and one reader: 100 MB/s accepted, 17 to 36 MB/s delivered",
    },
  ),
  "lanes-amid-trouble": lanesScenario(
    {
      phases: [
        { seconds: 30, fromRate: 0, toRate: 50, ...LARGE_CALLS },
        { seconds: 60, fromRate: 50, toRate: 50, ...LARGE_CALLS },
      ],
      events: [
        { atSecond: 20, event: "deploy" },
        { atSecond: 50, event: "workers die" },
      ],
    },
    {
      offered:
        "Direct PUT, from 0 to 50 MB/s in 30 s, then a minute; a deploy after 20 s, all workers die after 50 s",
      before: "a message of a worker that died showed again after 930 s",
    },
    [ALMOST_ALL],
    SLACK_SECONDS + DEAD_WORKER_SECONDS,
  ),
  "lanes-on-new-tables": lanesScenario(
    { phases: [{ seconds: 60, fromRate: 3000, toRate: 3000, ...SMALL_CALLS }], hasNewTables: true },
    {
      offered:
        "Direct PUT, 3,000 single puts a second on new tables, which take 4,000 writes a second each",
      before: "a throttled write was tried four times, 3 to 4 s, then answered as InternalFailure",
    },
    [
      {
        // Two writes of the state table are a call's; the others are of those that are refused at the second.
        what: "at least 1,200 taken a second",
        holds: ({ phases }) => phases.every(({ acceptedPerSecond }) => acceptedPerSecond >= 1200),
      },
    ],
  ),
} as const satisfies Readonly<Record<string, Scenario<LanesFigures>>>;
