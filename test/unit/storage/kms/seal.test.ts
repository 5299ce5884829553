/** What is asked of KMS for a secret that it seals. */
import { DecryptCommand, EncryptCommand, KMSClient } from "@aws-sdk/client-kms";
import { mockClient } from "aws-sdk-client-mock";
import { afterEach, expect, test } from "vitest";
import { kmsSeal } from "../../../../src/storage/kms/seal.ts";

const kms = mockClient(KMSClient);
afterEach(() => kms.reset());

const KEY = "alias/hydrant-prod-keys";
const EncryptionContext = { "hydrant:secret": "access-key#HYD" };

test("a secret is encrypted for its place alone, by the key that was named", async () => {
  kms.on(EncryptCommand).resolves({ CiphertextBlob: Buffer.from("sealed") });
  const seal = kmsSeal({ region: "us-east-1" }, KEY);
  const sealed = await seal.close("access-key#HYD", Buffer.from("s"));
  expect(Buffer.from(sealed).toString()).toBe("sealed");
  const [sent] = kms.commandCalls(EncryptCommand);
  expect(sent?.args[0].input).toEqual({
    KeyId: KEY,
    Plaintext: Buffer.from("s"),
    EncryptionContext,
  });
});

test("it is opened for that place, by the key that it names itself", async () => {
  kms.on(DecryptCommand).resolves({ Plaintext: Buffer.from("s") });
  const seal = kmsSeal({ region: "us-east-1" });
  expect(await seal.open("access-key#HYD", Buffer.from("sealed"))).toEqual(Buffer.from("s"));
  const [sent] = kms.commandCalls(DecryptCommand);
  expect(sent?.args[0].input).toEqual({
    CiphertextBlob: Buffer.from("sealed"),
    EncryptionContext,
  });
});

test("without a key nothing is sealed", async () => {
  const seal = kmsSeal({ region: "us-east-1" });
  await expect(seal.close("access-key#HYD", Buffer.from("s"))).rejects.toThrow("no key of KMS");
});
