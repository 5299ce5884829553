/** What test/helpers/deployer-rights.ts says that CloudFormation calls, against its registry's schemas, which cfn-lint brings. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { BY_TYPE } from "../helpers/deployer-rights.ts";

const PRINT = `
import glob, json, os, sys, cfnlint
folder = os.path.join(os.path.dirname(cfnlint.__file__), "data", "schemas", "resources")
found = {}
for file in glob.glob(os.path.join(folder, "*.json")):
    schema = json.load(open(file))
    if schema.get("typeName") in sys.argv[1:]:
        handlers = schema.get("handlers", {})
        found[schema["typeName"]] = sorted({p for h in ("create", "update", "delete") for p in handlers.get(h, {}).get("permissions", [])})
print(json.dumps(found))
`;

/** @param tools where cfn-lint is installed */
export function checkRegistry(tools: string): void {
  const args = ["-c", PRINT, ...Object.keys(BY_TYPE)];
  const printed = execFileSync(join(tools, "python3"), args, { encoding: "utf8" });
  const registry = JSON.parse(printed) as Readonly<Record<string, readonly string[]>>;
  const missing = Object.entries(BY_TYPE).flatMap(([type, { actions, notNeeded }]) => {
    const known = registry[type];
    if (known === undefined) return [`${type}: the registry does not know it`];
    return known
      .filter((action) => !actions.includes(action) && notNeeded?.test(action) !== true)
      .map((action) => `${type}: ${action}`);
  });
  if (missing.length > 0) {
    throw new Error(`CloudFormation calls what deployer-rights.ts lacks:\n${missing.join("\n")}`);
  }
  console.log(`the registry's permissions of ${Object.keys(BY_TYPE).length} types are known`);
}
