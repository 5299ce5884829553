/** What a bridge measures: its own counts, and those of its puts, which are measured as producers' are. */
import { METRIC_SAMPLES_MAX_COUNT } from "../limits.ts";
import { BRIDGE_METRICS as namespace, type Measured, type MetricSet } from "../metrics.ts";
import type { Carried } from "./carry.ts";

const BRIDGE = {
  namespace,
  dimensions: ["BridgeName"],
  units: { RecordsStored: "Count", RecordsLeft: "Count", RecordsKeptAside: "Count" },
} as const satisfies MetricSet;

export function bridgeMetrics(bridge: string, carried: Carried): Measured {
  const { storedCount, keptCount, left } = carried;
  return {
    set: BRIDGE,
    dimensions: { BridgeName: bridge },
    values: {
      RecordsStored: storedCount,
      RecordsLeft: left.length,
      RecordsKeptAside: keptCount,
    },
  };
}

/** Of an invocation's puts, which may be hundreds, as few as hold all of their samples. */
export function gathered(measures: readonly Measured[]): readonly Measured[] {
  const groups = new Map<string, Measured[]>();
  const numbers = new Map<MetricSet, number>();
  for (const measured of measures) {
    const { set, dimensions } = measured;
    if (!numbers.has(set)) numbers.set(set, numbers.size);
    const key = JSON.stringify([numbers.get(set), dimensions]);
    const group = groups.get(key);
    if (group) group.push(measured);
    else groups.set(key, [measured]);
  }
  return [...groups.values()].flatMap(inLists);
}

function inLists(group: readonly Measured[]): readonly Measured[] {
  const lists: Measured[] = [];
  let open: Record<string, number[]> | undefined;
  for (const { set, dimensions, values } of group) {
    const samples = Object.entries(values).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, typeof value === "number" ? [value] : value] as const],
    );
    const fits = samples.every(
      ([name, more]) => (open?.[name]?.length ?? 0) + more.length <= METRIC_SAMPLES_MAX_COUNT,
    );
    if (open === undefined || !fits) {
      open = {};
      lists.push({ set, dimensions, values: open });
    }
    for (const [name, more] of samples) (open[name] ??= []).push(...more);
  }
  return lists;
}
