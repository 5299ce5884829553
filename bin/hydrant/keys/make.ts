/** New keys: their ids and secrets, and what they may do. */
import { readFileSync } from "node:fs";
import type { Policy } from "../../../src/auth/policy.ts";
import { parsePolicy } from "../../../src/auth/policy-document.ts";
import type { KeyRate } from "../../../src/auth/rates.ts";
import type { AccessKey } from "../../../src/auth/store.ts";
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
}): AccessKey {
  const { name, policy, rate } = facts;
  const id = facts.id ?? `${ID_PREFIX}${randomText(ID_RANDOM_LENGTH).toUpperCase()}`;
  return {
    id,
    secret: facts.secret ?? randomText(SECRET_LENGTH),
    ...(name !== undefined && { name }),
    ...(policy && { policy }),
    ...(rate && { rate }),
    createdAtMs: systemClock.now(),
  };
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
