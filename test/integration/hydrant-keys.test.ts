/** `hydrant keys` as it is called in a terminal, on the running stack, which it finds by itself. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { KinesisClient, ListStreamsCommand } from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { afterAll, expect, inject, it } from "vitest";

const LAUNCHER = fileURLToPath(new URL("../../bin/hydrant.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "hydrant-keys-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Key {
  readonly Name: string;
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly Status: string;
  readonly CreateDate: string;
  readonly ExpirationDate?: string;
  readonly LastUsedDate?: string;
  readonly Policy: object;
}

async function keys(...args: readonly string[]): Promise<string> {
  const env = { ...process.env, HYDRANT_DATA_DIR: inject("stackDataDir") };
  const { stdout } = await promisify(execFile)(process.execPath, [LAUNCHER, "keys", ...args], {
    env,
  });
  return stdout;
}

const made = async (...args: readonly string[]) =>
  JSON.parse(await keys(...args, "--output", "json")) as Key;

const clientOf = ({ AccessKeyId, SecretAccessKey }: Key) =>
  new KinesisClient({
    endpoint: inject("apiEndpoint"),
    region: "us-east-1",
    requestHandler: new NodeHttpHandler(),
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey },
  });

function policyFile(document: object): string {
  const file = join(folder, "policy.json");
  writeFileSync(file, JSON.stringify(document));
  return file;
}

const READ_LISTS = {
  Statement: [{ Effect: "Allow", Action: ["kinesis:List*"], Resource: ["*"] }],
};

it("changes a key over to another, and shows which one is in use", async () => {
  const name = `rotated-${Date.now()}`;
  const first = await made("create", "--name", name, "--policy", policyFile(READ_LISTS));
  expect(first).toMatchObject({ Name: name, Status: "Active", Policy: READ_LISTS });
  const second = await made("rotate", "--id", first.AccessKeyId);
  expect(second).toMatchObject({ Name: name, Policy: READ_LISTS });
  await expect(keys("rotate", "--id", first.AccessKeyId)).rejects.toMatchObject({
    code: 1,
    stderr: `${name} has two access keys already; remove one of them first\n`,
  });

  await clientOf(second).send(new ListStreamsCommand({}));
  const listed = (JSON.parse(await keys("list", "--output=json")) as readonly Key[]).filter(
    ({ Name }) => Name === name,
  );
  expect(listed.map(({ AccessKeyId, LastUsedDate }) => [AccessKeyId, LastUsedDate])).toEqual([
    [first.AccessKeyId, undefined],
    [second.AccessKeyId, expect.stringMatching(/^20\d\d-/)],
  ]);
  expect(await keys("list")).not.toContain(first.SecretAccessKey);

  await keys("disable", "--id", first.AccessKeyId);
  await expect(clientOf(first).send(new ListStreamsCommand({}))).rejects.toMatchObject({
    name: "UnrecognizedClientException",
  });
  expect(await keys("remove", "--id", first.AccessKeyId)).toBe(
    `access key ${first.AccessKeyId} removed\n`,
  );
  await made("rotate", "--id", second.AccessKeyId);
});

it("makes keys that expire, and their successors last as long", async () => {
  const name = `passing-${Date.now()}`;
  const lifetimeOf = ({ CreateDate, ExpirationDate = "" }: Key) =>
    Date.parse(ExpirationDate) - Date.parse(CreateDate);
  const first = await made("create", "--name", name, "--allow-everything", "--expires", "90d");
  const second = await made("rotate", "--id", first.AccessKeyId);
  for (const key of [first, second]) {
    expect(key.Status).toBe("Active");
    expect(Math.round(lifetimeOf(key) / 1000)).toBe(90 * 86_400);
  }
  await clientOf(second).send(new ListStreamsCommand({}));
});

it.each([
  [
    ["create", "--allow-everything", "--expires", "2020-01-01"],
    "--expires must be a while such as",
  ],
  [
    ["create", "--allow-everything", "--kms-key", "alias/a", "--table-encryption"],
    "say what encrypts the secret: either --kms-key KEY or --table-encryption\n",
  ],
  [["create"], "say what the key may do: either --policy FILE or --allow-everything\n"],
  [["create", "--policy", "/nowhere.json"], "/nowhere.json cannot be read: ENOENT"],
  [["create", "--policy", LAUNCHER], "is no policy: "],
  [["create", "--allow-everything", "--name", "a b"], "--name must be 1 to 64"],
  [["create", "--allow-everything", "--id", "x"], "--id and --secret go together\n"],
  [["list", "--name", "x"], "--name does not go with keys list; --help lists the options\n"],
  [["list", "--output", "xml"], "--output must be text or json, got xml\n"],
  [["remove"], "--id is missing\n"],
  [["remove", "--id", "nobody"], "there is no access key nobody\n"],
  [["rotate", "--id", "nobody"], "there is no access key nobody\n"],
  [["make"], "usage: hydrant keys create"],
])("says in one sentence what is wrong with keys %s", async (args, sentence) => {
  await expect(keys(...args)).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining(sentence),
  });
});

it("lists the key that every local stack has", async () => {
  expect(await keys("list")).toMatch(/^ {2}test +test +Active .* everything$/m);
});
