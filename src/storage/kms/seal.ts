/**
 * Seals single secrets with a key of KMS. The place that one is kept at is its encryption context: KMS opens it for no
 * other, its records of use show it, and the rights to the key can ask for it. The client is loaded by the first use.
 * https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
 */
import type { KMSClientConfig } from "@aws-sdk/client-kms";
import type { Seal } from "../seal.ts";

const CONTEXT_KEY = "hydrant:secret";

/** @param keyId an id, ARN or alias; what is sealed names its key itself, so that opening needs none */
export function kmsSeal(config: KMSClientConfig, keyId?: string): Seal {
  let loaded: ReturnType<typeof load> | undefined;
  const kms = () => (loaded ??= load(config));
  const contextOf = (place: string) => ({ [CONTEXT_KEY]: place });
  return {
    async close(place, clear) {
      if (keyId === undefined) throw new Error("no key of KMS was named to seal secrets with");
      const { client, EncryptCommand } = await kms();
      const { CiphertextBlob: sealed } = await client.send(
        new EncryptCommand({
          KeyId: keyId,
          Plaintext: clear,
          EncryptionContext: contextOf(place),
        }),
      );
      if (!sealed) throw new Error("KMS answered without what it sealed");
      return sealed;
    },
    async open(place, sealed) {
      const { client, DecryptCommand } = await kms();
      const { Plaintext: clear } = await client.send(
        new DecryptCommand({ CiphertextBlob: sealed, EncryptionContext: contextOf(place) }),
      );
      if (!clear) throw new Error("KMS answered without what it opened");
      return clear;
    },
  };
}

async function load(config: KMSClientConfig) {
  const { DecryptCommand, EncryptCommand, KMSClient } = await import("@aws-sdk/client-kms");
  return { client: new KMSClient(config), DecryptCommand, EncryptCommand };
}
