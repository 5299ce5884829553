/** New keys: their ids and secrets, and what they may do. */
import { readFileSync } from "node:fs";
import type { Policy } from "../../../src/auth/policy.ts";
import { parsePolicy } from "../../../src/auth/policy-document.ts";
import type { KeyRate } from "../../../src/auth/rates.ts";
import type { NewAccessKey } from "../../../src/auth/store.ts";
import { systemClock } from "../../../src/clock.ts";
import { systemRandom } from "../../../src/random.ts";

const ID_PREFIX = "HYD";
const ID_RANDOM_LENGTH = 17;
const SECRET_LENGTH = 40;

export function newKey(facts: {
  readonly id?: string | undefined;
  readonly secret?: string | undefined;
  readonly name?: string | undefined;
  readonly policy?: Policy | undefined;
  readonly rate?: KeyRate | undefined;
  readonly expiresAtMs?: number | undefined;
}): NewAccessKey {
  const { name, policy, rate, expiresAtMs } = facts;
  const id = facts.id ?? `${ID_PREFIX}${randomText(ID_RANDOM_LENGTH).toUpperCase()}`;
  return {
    id,
    secret: facts.secret ?? randomText(SECRET_LENGTH),
    ...(name !== undefined && { name }),
    ...(policy && { policy }),
    ...(rate && { rate }),
    ...(expiresAtMs !== undefined && { expiresAtMs }),
    createdAtMs: systemClock.now(),
  };
}

const EXPIRY_UNITS_MS = { h: 3_600_000, d: 86_400_000 } as const;

/** `90d`, `12h`, or a time that is still to come. */
export function readExpiry(text: string, nowMs: number): number {
  const [, count, unit] = /^([1-9]\d{0,4})([hd])$/.exec(text) ?? [];
  const isSpan = count !== undefined;
  const atMs = isSpan
    ? nowMs + Number(count) * EXPIRY_UNITS_MS[unit as keyof typeof EXPIRY_UNITS_MS]
    : Date.parse(text);
  if (atMs > nowMs) return atMs;
  throw new Error(
    `--expires must be a while such as 90d or 12h, or a time to come such as 2027-03-01T00:00:00Z, got ${text}`,
  );
}

/** Throws one sentence that names the file. */
export function readPolicy(file: string): Policy {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  try {
    return parsePolicy(text);
  } catch (error) {
    throw new Error(`${file} is no policy: ${(error as Error).message}`, { cause: error });
  }
}

/** Letters and digits only, so that nothing has to be quoted in a shell. */
function randomText(length: number): string {
  let text = "";
  while (text.length < length) {
    text += Buffer.from(systemRandom.bytes(length))
      .toString("base64")
      .replaceAll(/[^a-zA-Z0-9]/g, "");
  }
  return text.slice(0, length);
}
