/** `hydrant replay` as it is called in a terminal, against the running stack. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, inject, test } from "vitest";
import { bucketOf, clientOf, createStream, drained, NEVER, put } from "./streams.ts";

const stack = {
  apiEndpoint: inject("apiEndpoint"),
  s3Endpoint: inject("s3Endpoint"),
  deliveryBucket: inject("deliveryBucket"),
};
const LAUNCHER = fileURLToPath(new URL("../../../bin/hydrant.mjs", import.meta.url));
const command = (...args: readonly string[]) => [
  LAUNCHER,
  ...args,
  "--endpoint-url",
  stack.apiEndpoint,
];

async function hydrant(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, command(...args));
  return stdout;
}

test("shows a replay until it is over, and lists it", async () => {
  const client = clientOf(stack);
  const delivered = bucketOf(stack);
  const name = await createStream(stack, client);
  await put(client, name, "once ");
  await drained(client, delivered, name);
  const shown = await hydrant("replay", name, "--prefix", `again/${name}/`, "--from=1h");
  expect(shown).toMatch(/^replay [0-9a-f-]{36}\n[^]*COMPLETED 100% {2}2 records, \d objects in /);
  const [object] = await delivered.objects(`again/${name}/`);
  expect(object?.body.toString()).toMatch(/^once /);
  const [, id = ""] = /^replay (\S+)/.exec(shown) ?? [];
  expect(await hydrant("replays", name)).toMatch(new RegExp(`${id} +COMPLETED +100%`));
});

test("leaves it running at Ctrl-C and says how to stop it, which is done once", async () => {
  const client = clientOf(stack);
  const name = await createStream(stack, client, {
    BucketARN: "arn:aws:s3:::nobody-made-this-one",
    BufferingHints: NEVER,
  });
  await put(client, name, "kept");
  const child = spawn(process.execPath, command("replay", name), { stdio: "pipe" });
  let told = "";
  const running = new Promise<void>((resolve) => {
    child.stdout.on("data", (text: Buffer) => {
      told += text.toString();
      if (told.includes("RUNNING 0%")) resolve();
    });
  });
  await running;
  child.kill("SIGINT");
  await once(child, "exit");
  const [, id = ""] = /^replay (\S+)/.exec(told) ?? [];
  expect(told).toContain(`It goes on. \`hydrant replays ${name} --watch\` shows it`);
  expect(await hydrant("replays", name)).toMatch(new RegExp(`${id} +RUNNING +0%`));
  expect(await hydrant("replays", name, "--stop", id)).toMatch(/^STOPPED 0%/);
  const detached = await hydrant("replay", name, "--detach", "--no-processing");
  expect(detached).toMatch(/^replay \S+\nIt goes on/);
  await expect(hydrant("replay", name, "--from=yesterday")).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining("--from must be a time such as") as string,
  });
});
