/** The port of access keys: Hydrant's own, since AWS's cannot be verified by a third party. */
import type { Policy } from "./policy.ts";

export interface AccessKey {
  readonly id: string;
  readonly secret: string;
  /** Absent: everything is allowed. */
  readonly policy?: Policy;
  readonly createdAtMs: number;
}

export interface AccessKeyStore {
  get(accessKeyId: string): Promise<AccessKey | undefined>;
}
