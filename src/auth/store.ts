/** The port of access keys: Hydrant's own, since AWS's cannot be verified by a third party. */
import type { Policy } from "./policy.ts";
import type { KeyRate } from "./rates.ts";

export interface AccessKey {
  readonly id: string;
  readonly secret: string;
  /** Whose it is: a producer, a team. Its own id where nobody said. */
  readonly name?: string;
  /** Then it is refused like one that does not exist. */
  readonly isDisabled?: true;
  /** Absent: everything is allowed. */
  readonly policy?: Policy;
  /** What it may send in a second; absent: as much as there is room for. */
  readonly rate?: KeyRate;
  readonly createdAtMs: number;
  /** Some minutes old at most while the key is in use; absent while it never was. */
  readonly lastUsedAtMs?: number;
}

export interface AccessKeyStore {
  get(accessKeyId: string): Promise<AccessKey | undefined>;
}

/** What the api function writes of keys. */
export interface AccessKeyUses {
  /** Never moves the time back, nor makes a key that is gone. */
  noteUse(accessKeyId: string, atMs: number): Promise<void>;
}

/** What the operator does with keys. */
export interface AccessKeyBook extends AccessKeyStore {
  /** A name has two keys at most, so that it can change over from one to the other. */
  create(accessKey: AccessKey): Promise<"created" | "exists" | "name has two">;
  /** All keys in the order of their names, without their secrets. */
  list(): Promise<readonly Omit<AccessKey, "secret">[]>;
  /** False when there is no such key. */
  setDisabled(accessKeyId: string, isDisabled: boolean): Promise<boolean>;
  /** False when there is no such key. */
  remove(accessKeyId: string): Promise<boolean>;
}
