/** The alarms and the dashboard of a deployment that is watched, as far as the emulator takes them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root, STACK } from "./deployment.ts";
import { type Emulator, REGION } from "./emulator.ts";

/** Alarms of metric math, which the emulator does not know. */
const WITHOUT = /-unattended$/;

export function checkWatched({ call }: Emulator): void {
  const declared = readFileSync(join(root, "resources", "alarms.yml"), "utf8");
  const expected = [...declared.matchAll(/AlarmName: hydrant-\$\{sls:stage\}-([\w-]+)/g)]
    .map(([, name]) => `${STACK}-${name}`)
    .filter((name) => !WITHOUT.test(name));
  const alarms = call("cloudwatch", "describe_alarms").MetricAlarms as readonly {
    readonly AlarmName: string;
    readonly AlarmActions: readonly string[];
  }[];
  const names = alarms.map(({ AlarmName }) => AlarmName);
  const missing = expected.filter((name) => !names.includes(name));
  if (missing.length > 0) throw new Error(`there are no alarms ${missing.join(", ")}`);
  const silent = alarms.filter(({ AlarmActions }) => AlarmActions.length !== 1);
  if (silent.length > 0) throw new Error(`${silent.length} alarms tell nobody`);
  const DashboardName = `${STACK}-${REGION}`;
  const { DashboardBody } = call("cloudwatch", "get_dashboard", { DashboardName });
  const { widgets } = JSON.parse(DashboardBody) as { readonly widgets: readonly object[] };
  if (String(DashboardBody).includes("${")) throw new Error("the dashboard has an open variable");
  console.log(`${names.length} alarms, and a dashboard of ${widgets.length} widgets`);
}
