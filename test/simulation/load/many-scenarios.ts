/** Many of a kind, and what one of them costs then: the same as it costs alone, or less, for what is shared. */
import { dollarsOf } from "./dollars.ts";
import { type FleetFigures, type FleetLoad, loadFleet } from "./fleet-load.ts";
import { DEAD_WORKER_SECONDS } from "./lanes-scenarios.ts";
import type { Demand, Scenario } from "./scenario.ts";
import { loadReshards, type ReshardsFigures, type ReshardsLoad } from "./reshards-load.ts";
import { loadShard, type ShardFigures } from "./shard-load.ts";
import type { TimedEvent } from "./stage.ts";

/** What one costs beside so many. */
interface Cost {
  readonly count: number;
  readonly dollarsPerMillion: number;
}

const TOLERANCE = 1.1;

function costsAlike(what: string): Demand<readonly Cost[]> {
  return {
    what: `${what} costs at most a tenth more than with one`,
    holds: ([one, ...more]) =>
      more.every(
        ({ dollarsPerMillion }) => dollarsPerMillion <= TOLERANCE * one!.dollarsPerMillion,
      ),
  };
}

function list(costs: readonly Cost[]): string {
  const each = costs.map(
    ({ count, dollarsPerMillion }) =>
      `${count.toLocaleString("en")}: $${dollarsPerMillion.toFixed(2)}`,
  );
  return each.join(", ");
}

const sumOf = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** A fleet is given its time at each of its sizes. */
export interface FleetSizes extends Omit<FleetLoad, "streamCount"> {
  readonly counts: readonly number[];
}

type FleetRun = FleetFigures & Cost;

export function fleetScenario({ counts, ...load }: FleetSizes): Scenario<readonly FleetRun[]> {
  const withinMs = 1000 * (load.bufferIntervalSeconds + 60);
  return {
    offered: `${counts.at(-1)!.toLocaleString("en")} delivery streams, a record of 1 KB a second each, buffers of ${load.bufferIntervalSeconds} s, for ${load.seconds} s; then nothing for an hour`,
    before: "not measured; the sweep looked at every stream that stood, each minute",
    demands: [
      costsAlike("a record"),
      {
        what: "everything delivered once, within the interval and 60 s",
        holds: (all) =>
          all.every(
            ({ recordCount, deliveredCount, worstLagMs }) =>
              deliveredCount === recordCount && worstLagMs <= withinMs,
          ),
      },
      {
        what: "no error and nothing refused",
        holds: (all) =>
          all.every(({ errors, throttledCount }) => throttledCount + sumOf(errors) === 0),
      },
      {
        what: "no unit spent in the hour without a record",
        holds: (all) => all.every(({ idleUnits }) => idleUnits === 0),
      },
    ],
    async run() {
      const all: FleetRun[] = [];
      for (const streamCount of counts) {
        all.push({ count: streamCount, ...(await loadFleet({ streamCount, ...load })) });
      }
      return all;
    },
    now(all) {
      const most = all.at(-1)!;
      const doorbells = (most.invocations["doorbell"] ?? 0) / most.recordCount;
      return [
        `a million records by the number of streams: ${list(all)}`,
        `with the most of them ${most.writeUnitsPerRecord.toFixed(2)} write and ${most.readUnitsPerRecord.toFixed(2)} read units, ${doorbells.toFixed(3)} doorbells a record`,
        `delivered ${(most.worstLagMs / 1000).toFixed(0)} s after its arrival at worst`,
        `${Math.max(...all.map(({ idleUnits }) => idleUnits))} units in the idle hour`,
      ].join("; ");
    },
  };
}

/** What goes wrong amid many. */
export interface Trouble {
  readonly count: number;
  readonly seconds: number;
  readonly events: readonly TimedEvent[];
}

const NEW_TABLES = "on new tables, which take 4,000 writes a second each";

function tellEvents(events: readonly TimedEvent[]): string {
  const of = (kind: TimedEvent["event"]) =>
    events.flatMap(({ event, atSecond }) => (event === kind ? atSecond : [])).join(", ");
  return `a deploy after ${of("deploy")} s, all workers die after ${of("workers die")} s`;
}

export function fleetTroubleScenario({ count, seconds, events }: Trouble): Scenario<FleetFigures> {
  const bufferIntervalSeconds = 20;
  const within = bufferIntervalSeconds + 60 + DEAD_WORKER_SECONDS;
  return {
    offered: `${count.toLocaleString("en")} delivery streams, a record of 1 KB a second each, for ${seconds} s, ${NEW_TABLES}; ${tellEvents(events)}`,
    before: "a message of a worker that died showed again after 930 s",
    demands: [
      {
        what: `everything taken is delivered once, within ${within} s`,
        holds: ({ recordCount, deliveredCount, worstLagMs }) =>
          deliveredCount === recordCount && worstLagMs <= 1000 * within,
      },
      {
        what: "99 of 100 taken, no error but AWS's throttle",
        holds: ({ recordCount, throttledCount, errors }) =>
          sumOf(errors) === 0 && throttledCount * 100 <= recordCount + throttledCount,
      },
    ],
    run: () =>
      loadFleet({ streamCount: count, seconds, bufferIntervalSeconds, events, hasNewTables: true }),
    now: ({ recordCount, throttledCount, worstLagMs, idleUnits, writeUnitsPerRecord }) =>
      [
        `${recordCount.toLocaleString("en")} records taken and delivered, ${throttledCount.toLocaleString("en")} refused`,
        `delivered ${(worstLagMs / 1000).toFixed(0)} s after its arrival at worst`,
        `${writeUnitsPerRecord.toFixed(2)} write units a record`,
        // A message shows again after a quarter of an hour whose worker died before it could say that it lives.
        `${idleUnits} units in the idle hour`,
      ].join("; "),
  };
}

export function crowdTroubleScenario({ count, seconds, events }: Trouble): Scenario<ShardFigures> {
  const within = CROWD_LAG_MAX_MS / 1000 + DEAD_WORKER_SECONDS;
  return {
    offered: `${count.toLocaleString("en")} consumers of one shard at ${RECORDS_PER_SECOND} records a second, for ${seconds} s, ${NEW_TABLES}; ${tellEvents(events)}`,
    before: "a message of a worker that died showed again after 930 s",
    demands: [
      {
        what: "each consumer has each record",
        holds: ({ handledCount, storedCount }) => handledCount >= count * storedCount,
      },
      {
        what: `at most ${within} s behind, and at rest as soon`,
        holds: ({ worstLagMs, caughtUpMs = Infinity }) =>
          Math.max(worstLagMs, caughtUpMs) <= 1000 * within,
      },
      { what: "no error but AWS's throttle", holds: ({ errors }) => sumOf(errors) === 0 },
    ],
    run: () =>
      loadShard({
        ...CROWD,
        phases: [{ seconds, rate: RECORDS_PER_SECOND }],
        readerCount: count,
        events,
        hasNewTables: true,
      }),
    now: ({ worstLagMs, caughtUpMs = NaN, handledCount, storedCount, capacity }) =>
      [
        `behind at worst ${(worstLagMs / 1000).toFixed(1)} s, at rest after ${(caughtUpMs / 1000).toFixed(0)} s`,
        `${(handledCount - count * storedCount).toLocaleString("en")} of ${(count * storedCount).toLocaleString("en")} given again`,
        `${capacity.throttledWrites.toLocaleString("en")} writes and ${capacity.throttledReads.toLocaleString("en")} reads refused by the tables`,
      ].join("; "),
  };
}

interface CrowdRun extends Cost {
  readonly figures: ShardFigures;
}

export interface CrowdSizes {
  readonly counts: readonly number[];
  readonly seconds: number;
}

const RECORDS_PER_SECOND = 10;
const CROWD = {
  recordsPerCall: 1,
  recordBytes: 1000,
  processCount: 1,
  pollerCount: 0,
  restSeconds: 300,
};
/** The interval of a consumer is none; what is left is the wait for a hole, twice. */
const CROWD_LAG_MAX_MS = 4000;

export function crowdScenario({ counts, seconds }: CrowdSizes): Scenario<readonly CrowdRun[]> {
  return {
    offered: `${counts.at(-1)!.toLocaleString("en")} consumers of one shard at ${RECORDS_PER_SECOND} records a second, for ${seconds} s`,
    before:
      "the readers of a shard were rung one after the other: 10 s a ring; then, all under one partition key, 29.6 s behind",
    demands: [
      costsAlike("a record and consumer"),
      {
        what: "each consumer has each record once",
        holds: (all) =>
          all.every(
            ({ count, figures: { handledCount, storedCount } }) =>
              handledCount === count * storedCount,
          ),
      },
      {
        what: `at most ${CROWD_LAG_MAX_MS / 1000} s behind, and at rest as soon`,
        holds: (all) =>
          all.every(
            ({ figures: { worstLagMs, caughtUpMs = Infinity } }) =>
              Math.max(worstLagMs, caughtUpMs) <= CROWD_LAG_MAX_MS,
          ),
      },
      {
        what: "no error",
        holds: (all) => all.every(({ figures }) => sumOf(figures.errors) === 0),
      },
    ],
    async run() {
      const all: CrowdRun[] = [];
      for (const count of counts) {
        const figures = await loadShard({
          ...CROWD,
          phases: [{ seconds, rate: RECORDS_PER_SECOND }],
          readerCount: count,
        });
        const { capacity, invocations, storedCount } = figures;
        const dollars = dollarsOf({ capacity, invocations, callCount: storedCount });
        all.push({ count, dollarsPerMillion: (dollars / storedCount / count) * 1e6, figures });
      }
      return all;
    },
    now(all) {
      const lags = all.map(
        ({ count, figures }) =>
          `${count.toLocaleString("en")}: ${(figures.worstLagMs / 1000).toFixed(1)} s`,
      );
      const { count, figures } = all.at(-1)!;
      const pairs = count * figures.storedCount;
      const { writeUnits, readUnits } = figures.capacity;
      return [
        `a million records and consumers by the number of consumers: ${list(all)}`,
        `behind at worst ${lags.join(", ")}`,
        `with the most of them ${(writeUnits / pairs).toFixed(2)} write and ${(readUnits / pairs).toFixed(2)} read units for each`,
      ].join("; ");
    },
  };
}

export interface ReshardSizes {
  readonly loads: readonly ReshardsLoad[];
}

/** From then on shards go as others come: a day's retention, an hour, and the day that is under way. */
const STEADY_FROM_DAY = 2;

/** What is spent on a shard that comes, on the last day. */
function unitsPerShard(
  { days, shardCount, reshardCount }: ReshardsFigures,
  kind: "writeUnits" | "readUnits",
): number {
  const shardsADay = (0.75 * shardCount * reshardCount) / days.length;
  return days.at(-1)![kind] / shardsADay;
}

export function reshardScenario({ loads }: ReshardSizes): Scenario<readonly ReshardsFigures[]> {
  const told = loads.map(
    ({ shardCount, days }) =>
      `${shardCount.toLocaleString("en")} shards for ${days.toLocaleString("en")} days`,
  );
  return {
    offered: `a stream whose shards are all halved or doubled ten times a day, 20 records an hour and one consumer: ${told.join(", ")}`,
    before:
      "closed shards, counters and ended readers stayed: 45,100 shard items after a month, read at every look at the stream; then, with the square of the shards, 133,537 read units a day with 100",
    demands: [
      {
        what: "the last day as cheap as the third, and no more shards kept",
        holds: (all) =>
          all.every(({ days }) => {
            const [then, last] = [days[STEADY_FROM_DAY]!, days.at(-1)!];
            return (
              last.writeUnits <= TOLERANCE * then.writeUnits &&
              last.readUnits <= TOLERANCE * then.readUnits &&
              last.shardItemCount <= TOLERANCE * then.shardItemCount
            );
          }),
      },
      {
        what: "a shard that comes costs at most a tenth more units than in the smallest",
        holds: ([one, ...more]) =>
          (["writeUnits", "readUnits"] as const).every((kind) =>
            more.every(
              (other) => unitsPerShard(other, kind) <= TOLERANCE * unitsPerShard(one!, kind),
            ),
          ),
      },
      {
        what: "each record handled once, no reshard refused, no error",
        holds: (all) =>
          all.every(
            ({ putCount, handledCount, refusedCount, errors }) =>
              handledCount === putCount && refusedCount + sumOf(errors) === 0,
          ),
      },
    ],
    async run() {
      const all: ReshardsFigures[] = [];
      for (const load of loads) all.push(await loadReshards(load));
      return all;
    },
    now: (all) =>
      all
        .map(({ shardCount, reshardCount, openedShardCount, days }) => {
          const [then, last] = [days[STEADY_FROM_DAY]!, days.at(-1)!];
          const of = (count: number) => count.toLocaleString("en");
          return `${of(shardCount)} shards: after ${reshardCount} reshards and ${of(openedShardCount)} shards ${of(last.shardItemCount)} are kept, ${of(then.shardItemCount)} on the third day; a day took ${of(last.writeUnits)} write and ${of(last.readUnits)} read units, ${of(then.writeUnits)} and ${of(then.readUnits)} on the third`;
        })
        .join("; "),
  };
}

/** Workers are at it for moments, deliveries when buffers are due; one or another death meets them. */
function trouble(deathsAtSeconds: readonly number[]): readonly TimedEvent[] {
  const deaths = deathsAtSeconds.map((atSecond) => ({ atSecond, event: "workers die" as const }));
  return [{ atSecond: 20, event: "deploy" }, ...deaths];
}

export const MANY_SCENARIOS = {
  "many-streams": fleetScenario({
    counts: [1, 100, 1000, 10_000],
    seconds: 60,
    bufferIntervalSeconds: 20,
  }),
  "many-consumers": crowdScenario({ counts: [1, 10, 100, 1000], seconds: 60 }),
  "streams-amid-trouble": fleetTroubleScenario({
    count: 1000,
    seconds: 60,
    events: trouble([20.2, 20.5, 20.8]),
  }),
  "consumers-amid-trouble": crowdTroubleScenario({
    count: 1000,
    seconds: 60,
    events: trouble([30, 30.3, 30.55, 30.8]),
  }),
  "many-reshards": reshardScenario({
    loads: [
      { shardCount: 10, days: 30 },
      { shardCount: 100, days: 8 },
      { shardCount: 1000, days: 10 },
    ],
  }),
} as const satisfies Readonly<Record<string, Scenario>>;
