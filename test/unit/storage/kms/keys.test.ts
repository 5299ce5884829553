import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { kmsKeys } from "../../../../src/storage/kms/keys.ts";

const STREAM = "firehose/logs/0123456789abcdef";
const KEY = "arn:aws:kms:us-east-1:000000000000:key/one";
const CONTEXT = { "hydrant:stream": STREAM };
const CLEAR = Buffer.alloc(32, 7);
const WRAPPED = Buffer.from("wrapped by KMS");

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A KMS that answers the same to every call, and writes down what it was asked. */
async function kms(status: number, answer: object) {
  const asked: { readonly target: unknown; readonly input: unknown }[] = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const input: unknown = JSON.parse(Buffer.concat(chunks).toString());
      asked.push({ target: request.headers["x-amz-target"], input });
      response.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => void server!.listen(0, "127.0.0.1", resolve));
  const config = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  };
  return { asked, keys: kmsKeys(config, "alias/hydrant-dev-streams") };
}

const base64 = (bytes: Buffer) => bytes.toString("base64");

test.each([
  [KEY, KEY],
  [undefined, "alias/hydrant-dev-streams"],
])("a data key under %s is asked of KMS's %s, and goes with its stream", async (arn, KeyId) => {
  const { asked, keys } = await kms(200, {
    Plaintext: base64(CLEAR),
    CiphertextBlob: base64(WRAPPED),
    KeyId: KEY,
  });
  const made = await keys.newDataKey(STREAM, arn);
  if (made.kind !== "key") throw new Error(made.kind);
  expect(Buffer.from(made.key.clear)).toEqual(CLEAR);
  expect(Buffer.from(made.key.wrapped)).toEqual(WRAPPED);
  expect(asked).toEqual([
    {
      target: "TrentService.GenerateDataKey",
      input: { KeyId, KeySpec: "AES_256", EncryptionContext: CONTEXT },
    },
  ]);
});

test("a wrapped key is opened for its stream", async () => {
  const { asked, keys } = await kms(200, { Plaintext: base64(CLEAR), KeyId: KEY });
  const opened = await keys.unwrap(STREAM, WRAPPED);
  expect(opened.kind === "key" && Buffer.from(opened.key)).toEqual(CLEAR);
  expect(asked).toEqual([
    {
      target: "TrentService.Decrypt",
      input: { CiphertextBlob: base64(WRAPPED), EncryptionContext: CONTEXT },
    },
  ]);
});

describe("what KMS answers", () => {
  test.each([
    ["AccessDeniedException", "AccessDeniedException"],
    ["DisabledException", "DisabledException"],
    ["InvalidArnException", "NotFoundException"],
    ["InvalidKeyUsageException", "InvalidKeyUsageException"],
    ["KMSInvalidStateException", "KMSInvalidStateException"],
    ["NotFoundException", "NotFoundException"],
    ["OptInRequired", "OptInRequired"],
  ])("%s is a refusal: %s", async (type, reason) => {
    const { keys } = await kms(400, { __type: type, message: "said KMS" });
    const refused = { kind: "refused", reason, detail: "said KMS" };
    expect(await keys.newDataKey(STREAM, KEY)).toEqual(refused);
    expect(await keys.unwrap(STREAM, WRAPPED)).toEqual(refused);
  });

  test.each(["ThrottlingException", "KeyUnavailableException"])("%s is for now", async (type) => {
    const { keys } = await kms(400, { __type: type, message: "later" });
    expect(await keys.newDataKey(STREAM, KEY)).toEqual({ kind: "busy" });
  });

  test.each(["KMSInternalException", "InvalidCiphertextException"])(
    "%s is thrown",
    async (type) => {
      const { keys } = await kms(400, { __type: type, message: "no" });
      await expect(keys.unwrap(STREAM, WRAPPED)).rejects.toMatchObject({ name: type });
    },
  );
});
