/**
 * The AWS identities that a deployment lets in, by the ARN of their role, and what each may do. Roles are named without
 * their paths, for the sessions of a role do not show its path; its name is one of its kind in its account.
 */
import { type Clock, isFresh } from "../clock.ts";
import { ACCESS_KEY_CACHE_MAX_AGE_MS } from "../limits.ts";
import type { Policy } from "./policy.ts";
import type { KeyRate } from "./rates.ts";
import type { SessionKeys } from "./sessions.ts";
import { matchesWildcard } from "../wildcard.ts";

export interface ListedRole {
  /** `arn:aws:iam::123456789012:role/producer-*`; see `ROLE_PATTERN`. */
  readonly pattern: string;
  /** Absent: everything is allowed. */
  readonly policy?: Policy;
  /** What all of its sessions together may send in a second; absent: as much as there is room for. */
  readonly rate?: KeyRate;
  readonly createdAtMs: number;
}

export interface RoleStore {
  list(): Promise<readonly ListedRole[]>;
  /** What sessions are issued with; `undefined` as long as no role was ever listed. */
  sessionKeys(): Promise<SessionKeys | undefined>;
}

/** What the operator does with the list. */
export interface RoleBook extends RoleStore {
  /** Replaces what stands for the same pattern. */
  put(role: ListedRole): Promise<void>;
  /** False when there is no such pattern. */
  remove(pattern: string): Promise<boolean>;
  /**
   * Another key takes the place of the one that sessions are issued with. It reads what stands and replaces that alone.
   *
   * @param next of what stands; `undefined`: nothing is changed
   * @returns whether it was changed
   */
  rotateSessionKey(next: (standing: SessionKeys) => SessionKeys | undefined): Promise<boolean>;
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

/** Remembers the list, and what sessions are issued with, as access keys are remembered. */
export function cachedRoles(store: RoleStore, clock: Pick<Clock, "now">): RoleStore {
  return {
    list: remembered(() => store.list(), clock),
    // As long as no role was listed there is nothing to remember.
    sessionKeys: remembered(
      () => store.sessionKeys(),
      clock,
      (keys) => keys !== undefined,
    ),
  };
}

/** For some seconds; a failure for none. */
function remembered<Answer>(
  ask: () => Promise<Answer>,
  clock: Pick<Clock, "now">,
  isKept: (answer: Answer) => boolean = () => true,
): () => Promise<Answer> {
  let last: { readonly answer: Promise<Answer>; readonly atMs: number } | undefined;
  return () => {
    const nowMs = clock.now();
    if (last && isFresh(last.atMs, nowMs, ACCESS_KEY_CACHE_MAX_AGE_MS)) return last.answer;
    const asked = { answer: ask(), atMs: nowMs };
    last = asked;
    const forget = () => {
      if (last === asked) last = undefined;
    };
    asked.answer.then((answer) => (isKept(answer) ? undefined : forget()), forget);
    return asked.answer;
  };
}
