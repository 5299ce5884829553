/**
 * Data keys of KMS. The name of the stream is their encryption context: KMS opens none under another, its records of use
 * show it, and a key's policy can ask for it. What KMS says of a key is an outcome; that it does not answer is thrown.
 * https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
 */
import {
  DecryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
  type KMSClientConfig,
} from "@aws-sdk/client-kms";
import type { KeyAnswer, KeyRefusalReason, KeyService } from "../../log/keys.ts";

const CONTEXT_KEY = "hydrant:stream";

/** https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html */
const REASONS: Readonly<Record<string, KeyRefusalReason>> = {
  AccessDeniedException: "AccessDeniedException",
  DisabledException: "DisabledException",
  InvalidKeyUsageException: "InvalidKeyUsageException",
  // Of another region, or not the name of a key at all.
  InvalidArnException: "NotFoundException",
  KMSInvalidStateException: "KMSInvalidStateException",
  NotFoundException: "NotFoundException",
  OptInRequired: "OptInRequired",
};

const BUSY = new Set(["LimitExceededException", "ThrottlingException", "KeyUnavailableException"]);

/** @param ownKey the deployment's: a key's id, ARN or alias */
export function kmsKeys(config: KMSClientConfig, ownKey: string): KeyService {
  const client = new KMSClient(config);
  const contextOf = (stream: string) => ({ [CONTEXT_KEY]: stream });
  return {
    newDataKey: (stream, keyArn) =>
      answered(async () => {
        const { Plaintext: clear, CiphertextBlob: wrapped } = await client.send(
          new GenerateDataKeyCommand({
            KeyId: keyArn ?? ownKey,
            KeySpec: "AES_256",
            EncryptionContext: contextOf(stream),
          }),
        );
        if (!clear || !wrapped) throw new Error("KMS answered without a data key");
        return { clear, wrapped };
      }),
    unwrap: (stream, wrapped) =>
      answered(async () => {
        const { Plaintext: clear } = await client.send(
          new DecryptCommand({ CiphertextBlob: wrapped, EncryptionContext: contextOf(stream) }),
        );
        if (!clear) throw new Error("KMS answered without a data key");
        return clear;
      }),
  };
}

async function answered<Key>(ask: () => Promise<Key>): Promise<KeyAnswer<Key>> {
  try {
    return { kind: "key", key: await ask() };
  } catch (error) {
    const { name, message } = error as Error;
    const reason = REASONS[name];
    if (reason !== undefined) return { kind: "refused", reason, detail: message };
    if (BUSY.has(name)) return { kind: "busy" };
    throw error;
  }
}
