/**
 * `npm start`: checks the Node that runs it, turns options into the variables of `settings.ts`, and starts the
 * framework in this same process. Plain JavaScript that old versions of Node can read, for they must be told.
 */
import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const HELP = `Starts Hydrant on this machine.

  npm start -- [options]

  --memory            keep nothing: data lives as long as the process
  --reset             remove the data of earlier runs first
  --functions FILE    run your own functions too; FILE is YAML:
                        my-transform:
                          handler: transform.handler    # transform.js, .mjs or .ts beside FILE
                          timeout: 60                   # and memorySize, environment, reservedConcurrency
                      and is named arn:aws:lambda:us-east-1:000000000000:function:my-transform;
                      its "resources" may declare streams and mappings, as serverless.yml does;
                      its "tables" are what record format conversion finds in Glue: {analytics.events: {id: bigint}}
  --tls               serve the API by TLS too, with a certificate that is made and kept in <data>/tls
  --capacity aws      the limits of DynamoDB, so that a throttle can be felt: for each partition key 1,000 write and
                      3,000 read units a second, for each table what a new one has on demand (off: none)
  --verbose           write what Hydrant logs to the terminal, not to <data>/logs/stack.log
  --help              this text

  HYDRANT_PORT (4566), HYDRANT_S3_PORT (4572), HYDRANT_DYNAMODB_PORT (4569, or a free one),
  HYDRANT_SQS_PORT (4576, or a free one), HYDRANT_LAMBDA_PORT (4574, or a free one),
  HYDRANT_DATA_DIR (.hydrant), HYDRANT_FUNCTIONS,
  HYDRANT_ACCOUNT_ID (000000000000),
  HYDRANT_HOST (127.0.0.1; an address of this machine, or 0.0.0.0 for all, to be reached by others),
  HYDRANT_HOST_PORTS (api,s3; also sqs, dynamodb), HYDRANT_TLS_NAMES (further names in the certificate),
  HYDRANT_DESTINATION_BUCKETS and others (what streams may name: docs/operating.md),
  AWS_ENDPOINT_URL_DYNAMODB (a DynamoDB with streams in place of the embedded one)
`;

const PARENT_POLL_MS = 250;

const serviceDir = dirname(dirname(fileURLToPath(import.meta.url)));

function quit(code, message) {
  (code === 0 ? console.log : console.error)(message);
  process.exit(code);
}

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  quit(
    1,
    `Hydrant needs Node 22.15 or later to run here; this is ${process.version}. "npm start" on 64-bit Linux brings its own.`,
  );
}

const args = process.argv.slice(2);
for (let index = 0; index < args.length; index++) {
  const option = args[index];
  if (option === "--help" || option === "-h") quit(0, HELP);
  else if (option === "--memory") process.env.HYDRANT_MEMORY = "1";
  else if (option === "--verbose") process.env.HYDRANT_VERBOSE = "1";
  else if (option === "--tls") process.env.HYDRANT_TLS = "1";
  else if (option === "--reset") process.env.HYDRANT_RESET = "1";
  else if (option === "--functions") {
    index += 1;
    if (args[index] === undefined) quit(1, "--functions needs a file");
    process.env.HYDRANT_FUNCTIONS = resolve(args[index]);
  } else if (option === "--capacity") {
    index += 1;
    if (args[index] === undefined) quit(1, "--capacity needs off or aws");
    process.env.HYDRANT_CAPACITY = args[index];
  } else quit(1, `Unknown option ${option}\n\n${HELP}`);
}

endWithNpm();
if (!process.features.typescript) {
  runWith("--experimental-strip-types");
} else {
  await run();
}

/** npm passes signals on, but may itself be killed without notice; whoever starts the entry without it goes when asked. */
function endWithNpm() {
  if (process.env.npm_lifecycle_event !== "start") return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, PARENT_POLL_MS);
  timer.unref();
}

/** Node 22 before 22.18 reads TypeScript only when asked to. */
function runWith(flag) {
  const child = spawn(process.execPath, [flag, "--no-warnings", ...process.argv.slice(1)], {
    stdio: "inherit",
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => child.kill(signal));
  child.on("exit", (code) => process.exit(code ?? 1));
}

async function run() {
  if (process.env.HYDRANT_RESET && !process.env.HYDRANT_MEMORY) await reset();
  process.chdir(serviceDir);
  process.env.SLS_LOG_LEVEL ??= process.env.HYDRANT_VERBOSE ? "notice" : "error";
  // Nobody reads metrics out of a laptop's log.
  process.env.HYDRANT_METRICS ||= "off";
  process.env.HYDRANT_LAUNCH_MS = String(Math.round(process.uptime() * 1000));
  // Packaging by serverless 4 and by its free fork differs in where the program is, not in what it takes.
  const require = createRequire(import.meta.url);
  const manifest = require.resolve("serverless/package.json");
  const { bin } = JSON.parse(readFileSync(manifest, "utf8"));
  const program = join(dirname(manifest), typeof bin === "string" ? bin : bin.serverless);
  // Whatever region the shell names: no part of a stack on this machine lies elsewhere.
  process.argv = [process.execPath, program, "offline", "start", "--region", "us-east-1"];
  await import(pathToFileURL(program).href);
}

/** Under the lock: the data of a stack that is running is not ours to remove. */
async function reset() {
  const { acquireLock } = await import("./lock.ts");
  const dataDir = resolve(serviceDir, process.env.HYDRANT_DATA_DIR || ".hydrant");
  try {
    const lock = acquireLock(dataDir);
    rmSync(dataDir, { recursive: true, force: true });
    lock.release();
  } catch (error) {
    quit(1, `Hydrant could not start: ${error.message}`);
  }
}
