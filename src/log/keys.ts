/**
 * The port of keys that are kept elsewhere, by KMS or in a file: it makes data keys under them, and opens those again. A
 * data key goes with the name of the stream it was made for; under another name it is not opened.
 */

/** Thirty-two bytes in clear, which are never stored, and the same as only the key's keeper can open them. */
export interface DataKey {
  readonly clear: Uint8Array;
  readonly wrapped: Uint8Array;
}

/** In KMS's words. https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html#API_GenerateDataKey_Errors */
export type KeyRefusalReason =
  | "AccessDeniedException"
  | "DisabledException"
  | "InvalidKeyUsageException"
  | "KMSInvalidStateException"
  | "NotFoundException"
  | "OptInRequired";

export interface KeyRefusal {
  readonly kind: "refused";
  readonly reason: KeyRefusalReason;
  /** What its keeper said. */
  readonly detail: string;
}

export type KeyAnswer<Key> =
  | { readonly kind: "key"; readonly key: Key }
  /** The key cannot be used, as things are. */
  | KeyRefusal
  /** Its keeper is asked too often. */
  | { readonly kind: "busy" };

/** Whoever does not answer is thrown. */
export interface KeyService {
  /**
   * @param stream `firehose/access-logs/5c1f09ab27de4410`
   * @param keyArn absent: the key that the deployment itself has for that
   */
  newDataKey(stream: string, keyArn: string | undefined): Promise<KeyAnswer<DataKey>>;
  unwrap(stream: string, wrapped: Uint8Array): Promise<KeyAnswer<Uint8Array>>;
}
