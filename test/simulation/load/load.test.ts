/** The load scenarios in short: some seconds of each, by the same code and with the same demands. */
import { expect, test } from "vitest";
import { LARGE_CALLS, lanesScenario } from "./lanes-scenarios.ts";
import { crowdScenario, fleetScenario } from "./many-scenarios.ts";
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
  const short = shardScenario({ phases: [{ seconds: 4, rate: 1000 }] }, TOLD, rated.demands);
  expect(await failures(short)).toEqual([]);
});

test("a shard that is asked for three times its rate gives its rate, and recovers at once", async () => {
  const phases = [
    { seconds: 4, rate: 3000 },
    { seconds: 4, rate: 950 },
  ];
  const { demands } = SHARD_SCENARIOS["overloaded-shard"];
  expect(await failures(shardScenario({ phases }, TOLD, demands))).toEqual([]);
});

test("calls that repeat others, or say so, slow nobody down", async () => {
  const load = { phases: [{ seconds: 4, rate: 700 }], retryShare: 0.3 };
  expect(await failures(shardScenario(load, TOLD, retried.demands))).toEqual([]);
});

test("many delivery streams, and many consumers, cost what one does for each", async () => {
  const fleet = fleetScenario({ counts: [1, 40], seconds: 25, bufferIntervalSeconds: 10 });
  expect(await failures(fleet)).toEqual([]);
  expect(await failures(crowdScenario({ counts: [1, 40], seconds: 10 }))).toEqual([]);
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
