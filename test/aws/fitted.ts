/** A packaged deployment without what the emulator does not know: alarms of metric math, and budgets. All else stays. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface Template {
  readonly Resources: Record<
    string,
    { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }
  >;
}

/** What the framework deploys a package by. */
const STATE = "serverless-state.json";

/** @returns the names of what was left out */
export function fitPackage(folder: string): readonly string[] {
  const file = join(folder, STATE);
  const state = JSON.parse(readFileSync(file, "utf8")) as {
    service: { provider: { compiledCloudFormationTemplate: Template } };
  };
  const template = state.service.provider.compiledCloudFormationTemplate;
  const left = Object.entries(template.Resources).flatMap(([id, { Type, Properties }]) =>
    Type === "AWS::Budgets::Budget" ||
    (Type === "AWS::CloudWatch::Alarm" && Properties?.["Metrics"])
      ? [id]
      : [],
  );
  for (const id of left) delete template.Resources[id];
  for (const { Type, Properties } of Object.values(template.Resources)) {
    if (Type === "AWS::CloudWatch::Dashboard") hideAlarms(Properties!, left);
  }
  writeFileSync(file, JSON.stringify(state));
  return left;
}

/** Of the dashboard's first widget, which names all alarms. */
function hideAlarms(properties: Readonly<Record<string, unknown>>, ids: readonly string[]): void {
  const body = properties["DashboardBody"] as { "Fn::Sub": string };
  const dashboard = JSON.parse(body["Fn::Sub"]) as {
    widgets: [{ properties: { alarms: string[] } }];
  };
  const [status] = dashboard.widgets;
  const hidden = ids.map((id) => `\${${id}.Arn}`);
  status.properties.alarms = status.properties.alarms.filter((arn) => !hidden.includes(arn));
  body["Fn::Sub"] = JSON.stringify(dashboard);
}
