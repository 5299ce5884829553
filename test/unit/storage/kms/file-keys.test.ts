import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { KeyService } from "../../../../src/log/keys.ts";
import { systemRandom } from "../../../../src/random.ts";
import { fileKeys } from "../../../../src/storage/kms/file-keys.ts";

const directory = mkdtempSync(join(tmpdir(), "hydrant-keys-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const STREAM = "firehose/logs/0123456789abcdef";
const KEY = "arn:aws:kms:us-east-1:000000000000:key/one";
const REFUSALS = join(directory, "kms-keys.json");

function keysOf(name: string): KeyService {
  const file = join(directory, name);
  writeFileSync(file, `${randomBytes(32).toString("base64")}\n`, { flag: "a" });
  return fileKeys(file, systemRandom);
}

async function newKey(keys: KeyService, keyArn: string | undefined) {
  const made = await keys.newDataKey(STREAM, keyArn);
  if (made.kind !== "key") throw new Error(made.kind);
  return made.key;
}

test.each([[KEY], [undefined]])(
  "opens what it wrapped under %s, also after a restart",
  async (arn) => {
    const keys = keysOf("key");
    const { clear, wrapped } = await newKey(keys, arn);
    expect(clear).toHaveLength(32);
    expect(Buffer.from(wrapped).includes(Buffer.from(clear))).toBe(false);
    for (const opener of [keys, fileKeys(join(directory, "key"), systemRandom)]) {
      const opened = await opener.unwrap(STREAM, wrapped);
      expect(opened.kind === "key" && Buffer.from(opened.key).equals(clear)).toBe(true);
    }
  },
);

test("opens nothing for another stream, nor with another file", async () => {
  const keys = keysOf("one");
  const { wrapped } = await newKey(keys, KEY);
  await expect(keys.unwrap("firehose/other/0123456789abcdef", wrapped)).rejects.toThrow(
    /another key/,
  );
  await expect(keysOf("other").unwrap(STREAM, wrapped)).rejects.toThrow(/another key/);
});

test("refuses a key for as long as the file beside it says so, and not the others", async () => {
  const keys = keysOf("third");
  const { wrapped } = await newKey(keys, KEY);
  writeFileSync(REFUSALS, JSON.stringify({ [KEY]: "DisabledException" }));
  const refused = { kind: "refused", reason: "DisabledException" };
  expect(await keys.newDataKey(STREAM, KEY)).toMatchObject(refused);
  expect(await keys.unwrap(STREAM, wrapped)).toMatchObject(refused);
  expect(await keys.newDataKey(STREAM, undefined)).toMatchObject({ kind: "key" });
  writeFileSync(REFUSALS, JSON.stringify({ [KEY]: "asleep" }));
  await expect(keys.newDataKey(STREAM, KEY)).rejects.toThrow(
    /kms-keys\.json: .* must be one of Acc/,
  );
  rmSync(REFUSALS);
  expect(await keys.unwrap(STREAM, wrapped)).toMatchObject({ kind: "key" });
});
