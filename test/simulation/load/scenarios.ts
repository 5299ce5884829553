/** Every load scenario by its name: see `npm run sim -- --help`. */
import { MANY_SCENARIOS } from "./many-scenarios.ts";
import { runScenario, type Scenario, TABLE_HEAD } from "./scenario.ts";
import { LANES_SCENARIOS } from "./lanes-scenarios.ts";
import { SHARD_SCENARIOS } from "./shard-scenarios.ts";

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  ...SHARD_SCENARIOS,
  ...LANES_SCENARIOS,
  ...MANY_SCENARIOS,
};

/** One by name, its figures as JSON; or all, as the rows of a table. Answers whether all that must hold held. */
export async function runLoad(name: string, say: (line: string) => void): Promise<boolean> {
  const names = name === "all" ? Object.keys(SCENARIOS) : [name];
  let isHeld = true;
  if (name === "all") say(TABLE_HEAD);
  for (const each of names) {
    const scenario = SCENARIOS[each];
    if (scenario === undefined) {
      throw new Error(`--load takes all or one of ${Object.keys(SCENARIOS).join(", ")}`);
    }
    const { row, figures, failed } = await runScenario(each, scenario);
    say(row);
    if (name !== "all") say(JSON.stringify(figures, null, 2));
    isHeld &&= failed.length === 0;
  }
  return isHeld;
}
