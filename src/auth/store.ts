/** The port of access keys: Hydrant's own, since AWS's cannot be verified by a third party. */
import type { Policy } from "./policy.ts";
import type { KeyRate } from "./rates.ts";

/** What is known of a key, but for what signs. */
export interface AccessKey {
  readonly id: string;
  /** Whose it is: a producer, a team. Its own id where nobody said. */
  readonly name?: string;
  /** Of the AWS identity that it was given to; absent: it is nobody's but its own. */
  readonly arn?: string;
  /** Then it is refused like one that does not exist. */
  readonly isDisabled?: true;
  /** From then on it is refused as expired; absent: it never is. */
  readonly expiresAtMs?: number;
  /** Absent: everything is allowed. */
  readonly policy?: Policy;
  /** What it may send in a second; absent: as much as there is room for. */
  readonly rate?: KeyRate;
  /** Whose rate that is, with whom it shares it; absent: its own. */
  readonly rateAccount?: string;
  readonly createdAtMs: number;
}

export interface NewAccessKey extends AccessKey {
  readonly secret: string;
}

export interface ListedAccessKey extends AccessKey {
  /** An hour old at most while the key is in use; absent while it never was. */
  readonly lastUsedAtMs?: number;
}

/** A key as a store answers it: nothing in it is a secret, so that it may be remembered. */
export interface StoredKey {
  readonly accessKey: AccessKey;
  /** Differs where the secret does: a key that was removed may be made anew under the same id. */
  readonly secretVersion: string;
  /** Asks the store once more. The answer is for deriving a signing key and is not kept; `undefined`: the key is gone. */
  openSecret(): Promise<string | undefined>;
}

export interface AccessKeyStore {
  get(accessKeyId: string): Promise<StoredKey | undefined>;
}

/** What the api function writes of keys. */
export interface AccessKeyUses {
  /**
   * Never moves the time back, and leaves one that is not as old as that.
   * @param unlessSinceMs a use since then needs no other note
   * @returns the last use as it stands now
   */
  noteUse(accessKeyId: string, atMs: number, unlessSinceMs: number): Promise<number>;
}

/** What the operator does with keys. */
export interface AccessKeyBook extends AccessKeyStore {
  /** A name has two keys at most, so that it can change over from one to the other. */
  create(accessKey: NewAccessKey): Promise<"created" | "exists" | "name has two">;
  /** All keys in the order of their names. */
  list(): Promise<readonly ListedAccessKey[]>;
  /** False when there is no such key. */
  setDisabled(accessKeyId: string, isDisabled: boolean): Promise<boolean>;
  /** False when there is no such key. */
  remove(accessKeyId: string): Promise<boolean>;
}
