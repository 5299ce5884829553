/** Who calls, as policies and refusals name them. */
import type { AccessKey } from "./store.ts";

export interface Principal {
  /** `arn:aws:iam::000000000000:user/fluent-bit`, `arn:aws:sts::000000000000:assumed-role/writer/i-0123456789` */
  readonly arn: string;
  /** As aws:PrincipalArn has it: of a session, the role's. */
  readonly identityArn: string;
  /** Absent of sessions. */
  readonly userName?: string;
  /** Twelve digits. */
  readonly accountId: string;
}

/** A session goes by its role's; a key by the name that it has, or by its id. */
export function principalOf({ name, id, arn }: AccessKey, accountId: string): Principal {
  return principalOfArn(arn ?? `arn:aws:iam::${accountId}:user/${name ?? id}`);
}

/** Whoever acts for the account without a key: what stacks declare. */
export function accountRoot(accountId: string): Principal {
  return principalOfArn(`arn:aws:iam::${accountId}:root`);
}

const USER = /^arn:[\w-]+:iam::(\d{12}):user\/(?:.*\/)?([^/]+)$/;
const SESSION = /^arn:([\w-]+):sts::(\d{12}):assumed-role\/([^/]+)\//;

/** Of what STS calls a caller. */
export function principalOfArn(arn: string): Principal {
  const [, partition, account = "", role] = SESSION.exec(arn) ?? [];
  if (role !== undefined) {
    const identityArn = `arn:${partition}:iam::${account}:role/${role}`;
    return { arn, identityArn, accountId: account };
  }
  const [, accountId = arn.split(":")[4] ?? "", userName] = USER.exec(arn) ?? [];
  return { arn, identityArn: arn, accountId, ...(userName !== undefined && { userName }) };
}
