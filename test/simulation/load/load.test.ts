/** The load scenarios in short: some seconds of each, by the same code and with the same demands. */
import { expect, test } from "vitest";
import { LARGE_CALLS, lanesScenario } from "./lanes-scenarios.ts";
import {
  crowdScenario,
  crowdTroubleScenario,
  fleetScenario,
  fleetTroubleScenario,
  reshardScenario,
} from "./many-scenarios.ts";
import { runScenario, type Scenario } from "./scenario.ts";
import { SHARD_SCENARIOS, shardScenario } from "./shard-scenarios.ts";

const TOLD = { offered: "", before: "" };

async function failures(scenario: Scenario): Promise<readonly string[]> {
  const { failed } = await runScenario("short", scenario);
  return failed;
}

const rated = SHARD_SCENARIOS["rated-shard"];
const retried = SHARD_SCENARIOS["retried-calls"];

test("a shard takes a thousand single puts of 1 KB a second, leaves no hole, and its readers keep up", async () => {
  const short = shardScenario({ phases: [{ seconds: 3, rate: 1000 }] }, TOLD, rated.demands);
  expect(await failures(short)).toEqual([]);
});

test("a shard that is asked for three times its rate gives its rate, and recovers at once", async () => {
  const phases = [
    { seconds: 3, rate: 3000 },
    { seconds: 3, rate: 950 },
  ];
  const { demands } = SHARD_SCENARIOS["overloaded-shard"];
  expect(await failures(shardScenario({ phases }, TOLD, demands))).toEqual([]);
});

test("calls that repeat others, or say so, slow nobody down", async () => {
  const load = { phases: [{ seconds: 3, rate: 700 }], retryShare: 0.3 };
  expect(await failures(shardScenario(load, TOLD, retried.demands))).toEqual([]);
});

test("many delivery streams, and many consumers, cost what one does for each", async () => {
  const fleet = fleetScenario({ counts: [1, 40], seconds: 25, bufferIntervalSeconds: 10 });
  expect(await failures(fleet)).toEqual([]);
  expect(await failures(crowdScenario({ counts: [1, 40], seconds: 10 }))).toEqual([]);
});

test("a deploy and the death of all workers amid many are made up for within a minute", async () => {
  const events = [
    { atSecond: 2, event: "deploy" as const },
    // Workers are at it for some tens of milliseconds four times a second; one moment or another meets them.
    ...[3, 3.3, 3.55, 3.8].map((atSecond) => ({ atSecond, event: "workers die" as const })),
  ];
  expect(await failures(crowdTroubleScenario({ count: 40, seconds: 6, events }))).toEqual([]);
  const later = events.map(({ atSecond, event }) => ({ atSecond: atSecond + 17.2, event }));
  const fleet = fleetTroubleScenario({ count: 20, seconds: 25, events: later });
  expect(await failures(fleet)).toEqual([]);
});

test("a retention that is raised beside a load loses nothing", async () => {
  const load = {
    phases: [{ seconds: 3, rate: 1000 }],
    pollerCount: 0,
    hasNewTables: true,
    raise: { backlogBlockCount: 1000, atSecond: 1 },
    restSeconds: 70,
  };
  const { demands } = SHARD_SCENARIOS["raised-retention"];
  expect(await failures(shardScenario(load, TOLD, demands))).toEqual([]);
});

test("a deploy and the death of all workers cost a minute at most", async () => {
  const load = {
    phases: [{ seconds: 6, rate: 500 }],
    events: [
      { atSecond: 2, event: "deploy" as const },
      { atSecond: 3, event: "workers die" as const },
    ],
  };
  const { demands } = SHARD_SCENARIOS["shard-amid-trouble"];
  expect(await failures(shardScenario(load, TOLD, demands.slice(1)))).toEqual([]);
});

test("reshards leave nothing behind that is paid for", async () => {
  const loads = [
    { shardCount: 2, days: 4 },
    { shardCount: 8, days: 4 },
  ];
  expect(await failures(reshardScenario({ loads }))).toEqual([]);
});

test("lanes come with their load, deliver it in time, and go again", async () => {
  const load = {
    phases: [{ seconds: 12, fromRate: 0, toRate: 40, ...LARGE_CALLS }],
    bufferIntervalSeconds: 5,
  };
  const scenario = lanesScenario(load, TOLD);
  const severalLanes = {
    what: "several lanes",
    holds: ({ mostLanes }: { readonly mostLanes: number }) => mostLanes > 1,
  };
  const demands = [...scenario.demands, severalLanes];
  expect(await failures({ ...scenario, demands })).toEqual([]);
});
