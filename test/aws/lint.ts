/** The rendered templates before CloudFormation's own rules, by cfn-lint: every error and every warning counts. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pythonWith } from "../clients/python.ts";
import { root } from "./deployment.ts";
import { checkRegistry } from "./registry.ts";

/** Deployments that differ in their resources, by the framework's options. */
const DEPLOYMENTS: Readonly<Record<string, readonly string[]>> = {
  "as it comes": [],
  "in another region, regional, buffered, with an api that is kept free": [
    "--region=eu-central-1",
    "--stage=prod",
    "--param=endpointType=REGIONAL",
    "--param=responses=BUFFERED",
    "--param=apiReservedConcurrency=100",
    "--param=redrivenObjects=move",
    "--param=bucketNames=regional",
    "--param=dataOnRemoval=delete",
  ],
};

/**
 * W1020: a `Fn::Sub` without variables; they are in the text of the parameter, if somebody gives one that has any.
 * W3005: the framework names a function's role once more, as something that the function depends on.
 */
const IGNORED = ["W1020", "W3005"];

export function lint(): void {
  const tools = pythonWith("cfn-lint", ["cfn-lint==1.58.0"]);
  checkRegistry(tools);
  for (const [name, options] of Object.entries(DEPLOYMENTS)) {
    const folder = mkdtempSync(join(tmpdir(), "hydrant-lint-"));
    try {
      const pack = [join(root, "offline", "package.mjs"), "--package", folder, ...options];
      execFileSync(process.execPath, pack, { stdio: "pipe" });
      const template = join(folder, "cloudformation-template-update-stack.json");
      const region = options.find((option) => option.startsWith("--region="))?.slice(9);
      const args = ["--regions", region ?? "us-east-1", "--ignore-checks", ...IGNORED];
      const { status } = spawnSync(join(tools, "cfn-lint"), [...args, "--", template], {
        stdio: "inherit",
      });
      if (status !== 0) throw new Error(`cfn-lint, ${name}: ended with ${status}`);
      console.log(`cfn-lint, ${name}: nothing to say`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
