/**
 * `npm run package`: the CloudFormation template, made without an AWS account, and with `--package FOLDER` the functions'
 * zips as well. Packaging only reads files, so whatever credentials the shell holds are put aside; nothing can be
 * deployed by accident.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmdirSync, rmSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const HELP = `npm run -s package -- [options] > template.json

  Prints the CloudFormation template of what would be deployed, and keeps nothing.

  --package FOLDER   keeps the template and the functions' zips there, and prints where
  --stage NAME, --region NAME, --param="NAME=VALUE" and the framework's other options are passed on
  --help             this text
`;

const serviceDir = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const extra = process.argv.slice(2);
if (extra.includes("--help") || extra.includes("-h")) {
  process.stdout.write(HELP);
  process.exit(0);
}
const chosen = extra.indexOf("--package");
const isKept = chosen !== -1;
const packageDir = isKept
  ? resolve(extra[chosen + 1] ?? ".")
  : mkdtempSync(join(tmpdir(), "hydrant-package-"));
if (isKept) extra.splice(chosen, 2);

const env = { ...process.env, AWS_ACCESS_KEY_ID: "unused", AWS_SECRET_ACCESS_KEY: "unused" };
for (const name of ["AWS_PROFILE", "AWS_SESSION_TOKEN"]) delete env[name];

const template = join(packageDir, "cloudformation-template-update-stack.json");
try {
  const { status } = spawnSync(
    process.execPath,
    [require.resolve("serverless/bin/serverless.js"), "package", "--package", packageDir, ...extra],
    // What the framework tells of its steps is no part of the template.
    { cwd: serviceDir, env, stdio: ["inherit", process.stderr, "inherit"] },
  );
  if (status !== 0) process.exitCode = status ?? 1;
  else if (isKept) console.log(`Template: ${template}`);
  else
    process.stdout.write(
      `${JSON.stringify(JSON.parse(readFileSync(template, "utf8")), null, 2)}\n`,
    );
} finally {
  if (!isKept) rmSync(packageDir, { recursive: true, force: true });
  removeIfEmpty(join(serviceDir, ".esbuild-package"));
  removeIfEmpty(join(serviceDir, ".serverless"));
}

/** The bundler empties the folder that it works in, and leaves it there. */
function removeIfEmpty(folder) {
  if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
}
