/**
 * `npm run package`: the CloudFormation template and the functions' zip, made without an AWS account. Packaging
 * only reads files, so whatever credentials the shell holds are put aside; nothing can be deployed by accident.
 */
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const serviceDir = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const extra = process.argv.slice(2);
const chosen = extra.indexOf("--package");
const packageDir = resolve(
  chosen === -1 ? join(serviceDir, ".package") : (extra[chosen + 1] ?? "."),
);
if (chosen !== -1) extra.splice(chosen, 2);

const env = { ...process.env, AWS_ACCESS_KEY_ID: "unused", AWS_SECRET_ACCESS_KEY: "unused" };
for (const name of ["AWS_PROFILE", "AWS_SESSION_TOKEN"]) delete env[name];

const { status } = spawnSync(
  process.execPath,
  [require.resolve("serverless/bin/serverless.js"), "package", "--package", packageDir, ...extra],
  { cwd: serviceDir, env, stdio: "inherit" },
);
if (status === 0) {
  console.log(`Template: ${join(packageDir, "cloudformation-template-update-stack.json")}`);
}
process.exit(status ?? 1);
