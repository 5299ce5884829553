/**
 * The keys that streams are encrypted with: those of a file where the configuration names one, else KMS's. Most streams are
 * not encrypted, so that KMS's client is loaded by the first that is.
 */
import type { KMSClientConfig } from "@aws-sdk/client-kms";
import type { KeyService } from "../../log/keys.ts";
import type { Random } from "../../random.ts";
import { fileKeys } from "./file-keys.ts";

export interface StreamKeyConfig {
  /** Absent: KMS has the keys. */
  readonly streamKeyFile?: string;
  /** What AWS_OWNED_CMK stands for: a key's id, ARN or alias. */
  readonly ownStreamKey: string;
}

export function streamKeys(
  { streamKeyFile, ownStreamKey }: StreamKeyConfig,
  client: KMSClientConfig,
  random: Random,
): KeyService {
  if (streamKeyFile !== undefined) return fileKeys(streamKeyFile, random);
  let loaded: Promise<KeyService> | undefined;
  const keys = () =>
    (loaded ??= import("./keys.ts").then(({ kmsKeys }) => kmsKeys(client, ownStreamKey)));
  return {
    newDataKey: async (stream, keyArn) => (await keys()).newDataKey(stream, keyArn),
    unwrap: async (stream, wrapped) => (await keys()).unwrap(stream, wrapped),
  };
}
