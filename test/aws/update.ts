/**
 * Updates of what is deployed: by parameters, and by other code, from a copy of this checkout that says one sentence
 * differently. What was put before is there after each, and what is put then is delivered.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DescribeStreamSummaryCommand,
  type KinesisClient,
  ResourceNotFoundException,
} from "@aws-sdk/client-kinesis";
import { firehoseClient, kinesisClient, linesIn, putLine, textsIn } from "./clients.ts";
import {
  allowForEmulator,
  type Deployment,
  type Params,
  root,
  serverless,
  STACK,
} from "./deployment.ts";

const CHANGED: Params = { audit: "all", logRetentionDays: "7" };

/** What a deployment is made of. */
const FILES = ["serverless.yml", "package.json", "tsconfig.json"];
const FOLDERS = ["resources", "handlers", "src", "offline", "bin", "examples"];
const COPIED = [...FILES, ...FOLDERS];
const SENTENCE = {
  file: "src/operations/kinesis/refusals.ts",
  old: "not found.",
  new: "is nowhere.",
};

export async function update(deployment: Deployment, params: Params): Promise<void> {
  const { emulator } = deployment;
  const client = kinesisClient(deployment);
  const firehose = firehoseClient(deployment);
  const before = await textsIn(client);
  const check = async (what: string) => {
    const now = await textsIn(client);
    if (now.join("\n") !== before.join("\n")) {
      throw new Error(`${what}: ${before.length} records were there, ${now.length} are`);
    }
    await putLine(firehose, what);
    await linesIn(deployment, (lines) => lines.includes(what));
    console.log(`${what}: its ${now.length} records are there, and what is put is delivered`);
  };

  serverless(deployment, "deploy", { ...params, ...CHANGED });
  allowForEmulator(emulator);
  const { Environment } = emulator.call("lambda", "get_function_configuration", {
    FunctionName: `${STACK}-api`,
  });
  const { HYDRANT_AUDIT } = Environment.Variables as Readonly<Record<string, string>>;
  if (HYDRANT_AUDIT !== CHANGED["audit"]) throw new Error(`the parameter is ${HYDRANT_AUDIT}`);
  await check("updated by parameters");

  const folder = mkdtempSync(join(tmpdir(), "hydrant-update-"));
  try {
    copyWithOtherSentence(folder);
    serverless(deployment, "deploy", { ...params, ...CHANGED }, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  allowForEmulator(emulator);
  const told = await refusalOf(client);
  if (!told.includes(SENTENCE.new)) throw new Error(`the code is the old one: ${told}`);
  await check("updated by other code");
  client.destroy();
  firehose.destroy();
}

function copyWithOtherSentence(folder: string): void {
  for (const name of COPIED) cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const file = join(folder, SENTENCE.file);
  writeFileSync(file, readFileSync(file, "utf8").replace(SENTENCE.old, SENTENCE.new));
}

async function refusalOf(client: KinesisClient): Promise<string> {
  try {
    await client.send(new DescribeStreamSummaryCommand({ StreamName: "nobody-made-it" }));
    return "nothing was refused";
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return error.message;
    throw error;
  }
}
