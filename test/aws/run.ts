/**
 * `npm run test:aws`: the deployment, without an account. The template before CloudFormation's rules; then `serverless
 * deploy` into an emulator that runs CloudFormation and Node's functions with IAM enforced, clients, the conformance tests
 * and the load checker through the deployed endpoint, updates, and `serverless remove`. It needs Python 3, and installs the
 * rest into node_modules/.cache.
 */
import { answerHelp } from "../../bin/help.ts";
import { makeSources, SOURCES_LEFT_OUT, tryBridges } from "./bridges.ts";
import { STREAM, tryClients } from "./clients.ts";
import { LEFT_OUT, runConformance, runLoad } from "./conformance.ts";
import { deploy, type Deployment, type Params, serverless } from "./deployment.ts";
import { ACCOUNT_ID, type Emulator, REGION, startEmulator } from "./emulator.ts";
import { lint } from "./lint.ts";
import { suiteParams } from "./params.ts";
import { checkRemoved } from "./removed.ts";
import { update } from "./update.ts";
import { checkWatched } from "./watched.ts";

/** Of what is deployed, in this order. */
const DEPLOYED: Readonly<
  Record<string, (deployment: Deployment, params: Params) => Promise<void> | void>
> = {
  clients: tryClients,
  bridges: tryBridges,
  conformance: runConformance,
  load: runLoad,
  update,
};
const ALL = ["lint", ...Object.keys(DEPLOYED)];

answerHelp(`
npm run test:aws -- [NAME …]

  NAME     one of ${ALL.join(", ")} (all of them); all but lint are
           between a deployment and its removal, and bridges and update come
           after clients
  --help   this text

It needs Python 3, and installs what else it needs.`);

const given = process.argv.slice(2);
const unknown = given.find((name) => !ALL.includes(name));
if (unknown !== undefined) {
  console.error(`there is no ${unknown}; --help lists them`);
  process.exit(1);
}
const names = new Set(given.length === 0 ? ALL : given);
// They look at what those have left.
if (names.has("update") || names.has("bridges")) names.add("clients");

const failed: string[] = [];
async function attempt(name: string, run: () => Promise<void> | void): Promise<void> {
  console.log(`== ${name}`);
  const startedAt = performance.now();
  try {
    await run();
    console.log(`== ${name}: good, ${Math.round((performance.now() - startedAt) / 1000)} s`);
  } catch (error) {
    console.error(error);
    failed.push(name);
  }
}

if (names.has("lint")) await attempt("lint", lint);
const chosen = Object.entries(DEPLOYED).filter(([name]) => names.has(name));
if (chosen.length > 0) {
  const emulator = await startEmulator();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      emulator.stop(true);
      process.exit(1);
    });
  }
  await withDeployment(emulator);
  emulator.stop(failed.length > 0);
  if (failed.length > 0) console.log(`the emulator's log: ${emulator.logFile}`);
  if (names.has("conformance")) tellLeftOut();
}
console.log(failed.length === 0 ? "all of it is good" : `failed: ${failed.join(", ")}`);
process.exit(failed.length === 0 ? 0 : 1);

async function withDeployment(emulator: Emulator): Promise<void> {
  const params = {
    ...suiteParams(REGION, ACCOUNT_ID),
    bridges: makeSources(emulator, STREAM),
    monthlyBudgetDollars: "100",
  };
  let deployment: Deployment | undefined;
  await attempt("deploy", () => {
    deployment = deploy(emulator, params);
    checkWatched(emulator);
  });
  if (deployment === undefined) return;
  const standing = deployment;
  for (const [name, run] of chosen) await attempt(name, () => run(standing, params));
  await attempt("remove", () => {
    serverless(standing, "remove", params);
    checkRemoved(emulator);
  });
}

function tellLeftOut(): void {
  console.log("What the emulator cannot do, and what shows it instead:");
  for (const { pattern, why, shownBy } of LEFT_OUT) {
    console.log(`  "${pattern}": ${why}; ${shownBy}`);
  }
  console.log(
    "  alarms of metric math, and budgets: test/unit/resources; the deployment here is without them",
  );
  console.log(`  bridges of ${SOURCES_LEFT_OUT}: test/unit/bridge`);
  console.log(
    "  rights of what CloudFormation does for the deployer, of whose policy it asks nothing; test/unit/aws/deployer-policy.test.ts",
  );
  console.log(
    "  conditions of policies: it knows neither dynamodb:LeadingKeys nor KMS's keys; test/unit/aws/rights.test.ts",
  );
}
