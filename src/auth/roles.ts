/**
 * The AWS identities that a deployment lets in, by the ARN of their role, and what each may do. Roles are named without
 * their paths, for the sessions of a role do not show its path; its name is one of its kind in its account.
 */
import { type Clock, isFresh } from "../clock.ts";
import { ACCESS_KEY_CACHE_MAX_AGE_MS } from "../limits.ts";
import type { Policy } from "./policy.ts";
import { matchesWildcard } from "../wildcard.ts";

export interface ListedRole {
  /** `arn:aws:iam::123456789012:role/producer-*`; see `ROLE_PATTERN`. */
  readonly pattern: string;
  /** Absent: everything is allowed. */
  readonly policy?: Policy;
  readonly createdAtMs: number;
}

export interface RoleStore {
  list(): Promise<readonly ListedRole[]>;
  /** What sessions are issued with; `undefined` as long as no role was ever listed. */
  sessionKey(): Promise<Uint8Array | undefined>;
}

/** What the operator does with the list. */
export interface RoleBook extends RoleStore {
  /** Replaces what stands for the same pattern. */
  put(role: ListedRole): Promise<void>;
  /** False when there is no such pattern. */
  remove(pattern: string): Promise<boolean>;
}

/** Wildcards in the role's name only: an account is named, never guessed. */
export const ROLE_PATTERN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@*?-]{1,64}$/;

const ASSUMED_ROLE =
  /^arn:(aws[a-z-]*):sts::(\d{12}):assumed-role\/([\w+=,.@-]{1,64})\/[\w+=,.@-]{2,64}$/;

/** `arn:aws:sts::1…2:assumed-role/producer/i-0abc` → `arn:aws:iam::1…2:role/producer`; `undefined` for any other identity. */
export function roleOf(sessionArn: string): string | undefined {
  const [, partition, account, name] = ASSUMED_ROLE.exec(sessionArn) ?? [];
  return name === undefined ? undefined : `arn:${partition}:iam::${account}:role/${name}`;
}

/** Of several patterns that fit, the one without wildcards, else the longest. */
export function findRole(roles: readonly ListedRole[], roleArn: string): ListedRole | undefined {
  const fitting = roles.filter(({ pattern }) => matchesWildcard(pattern, roleArn));
  const [first] = fitting.toSorted((a, b) => rank(b, roleArn) - rank(a, roleArn));
  return first;
}

function rank({ pattern }: ListedRole, roleArn: string): number {
  return pattern === roleArn ? Infinity : pattern.length;
}

/** Remembers the list as access keys are remembered, and the session key for good: it never changes. */
export function cachedRoles(store: RoleStore, clock: Pick<Clock, "now">): RoleStore {
  let listed: { readonly roles: Promise<readonly ListedRole[]>; readonly atMs: number } | undefined;
  let sessionKey: Promise<Uint8Array | undefined> | undefined;
  return {
    list() {
      const nowMs = clock.now();
      if (listed && isFresh(listed.atMs, nowMs, ACCESS_KEY_CACHE_MAX_AGE_MS)) return listed.roles;
      const roles = store.list();
      const asked = { roles, atMs: nowMs };
      listed = asked;
      roles.catch(() => {
        if (listed === asked) listed = undefined;
      });
      return roles;
    },
    async sessionKey() {
      const asked = (sessionKey ??= store.sessionKey());
      const forget = () => (sessionKey = undefined);
      const found = await asked.catch((error: unknown) => {
        forget();
        throw error;
      });
      if (found === undefined) forget();
      return found;
    },
  };
}
