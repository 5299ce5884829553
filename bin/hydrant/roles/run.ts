/** `hydrant roles`: the AWS roles that are given keys of an hour, and what each may do. */
import type { ListedRole, RoleBook } from "../../../src/auth/roles.ts";
import { ROLE_PATTERN } from "../../../src/auth/roles.ts";
import { replaced, rotated } from "../../../src/auth/sessions.ts";
import { systemClock } from "../../../src/clock.ts";
import { SESSION_KEY_BYTES } from "../../../src/limits.ts";
import { systemRandom } from "../../../src/random.ts";
import { explain, openRoles } from "../keys/book.ts";
import { readPolicy } from "../keys/make.ts";
import { policyOf, rights, toRateLimit } from "../keys/print.ts";
import { printRate, readRate } from "../keys/rate.ts";
import { parse } from "../options.ts";
import { table } from "../table.ts";

export const ROLES_USAGE = `usage: hydrant roles put    --role ARN (--policy FILE | --allow-everything) [--rate CALLS] [--bytes BYTES]
       hydrant roles list
       hydrant roles remove --role ARN   its keys are refused from now on, within ten seconds
       hydrant roles rotate              what keys are issued with is another one from now on; those that were given
                                         stay good until their hour is over, so there is at most one rotation in that time
       hydrant roles rotate --at-once    and all keys that were given end within ten seconds

  --role ARN           arn:aws:iam::123456789012:role/NAME, without the role's path; * and ? in the name
                       of several that fit, the one without them holds, else the longest
  --policy FILE        what the role may do: a policy as for IAM, with Effect, Action and Resource
  --allow-everything   no bounds
  --rate CALLS         so many calls a second, of all that have the role together; as many as there is room for unless given
  --bytes BYTES        so much of requests' bodies in a second, such as 2MiB; likewise
  --output text|json   text unless given
  --stage STAGE        of a deployed stack, by your AWS credentials and region; else of the one that runs here
  --kms-key KEY        with put: as with keys create, for what the roles' keys are issued with
  --table-encryption   likewise`;

const OPTIONS = {
  role: { type: "string" },
  policy: { type: "string" },
  "allow-everything": { type: "boolean" },
  rate: { type: "string" },
  bytes: { type: "string" },
  "at-once": { type: "boolean" },
  "kms-key": { type: "string" },
  "table-encryption": { type: "boolean" },
  output: { type: "string" },
  stage: { type: "string" },
  help: { type: "boolean" },
} as const;

interface Given {
  readonly role?: string;
  readonly policy?: string;
  readonly "allow-everything"?: boolean;
  readonly rate?: string;
  readonly bytes?: string;
  readonly "at-once"?: boolean;
  readonly "kms-key"?: string;
  readonly "table-encryption"?: boolean;
  readonly output?: string;
  readonly stage?: string;
  readonly help?: boolean;
}

const COMMANDS: ReadonlyMap<string, (book: RoleBook, given: Given) => Promise<string>> = new Map([
  ["put", put],
  ["list", list],
  ["remove", remove],
  ["rotate", rotate],
]);

export async function runRoles([command = "", ...args]: readonly string[]): Promise<void> {
  const run = COMMANDS.get(command);
  if (command === "--help") return console.log(ROLES_USAGE);
  if (run === undefined) throw new Error(ROLES_USAGE);
  const given = parse({ args: [...args], options: OPTIONS }) as Given;
  if (given.help) return console.log(ROLES_USAGE);
  const opened = openRoles(
    {
      stage: given.stage,
      kmsKey: given["kms-key"],
      isTableEncryptionEnough: given["table-encryption"],
    },
    process.env,
  );
  const told = await opened
    .then((book) => run(book, given))
    .catch((error: unknown) => {
      throw explain(error);
    });
  console.log(told);
}

async function put(book: RoleBook, given: Given): Promise<string> {
  const pattern = patternOf(given);
  if ((given.policy === undefined) === (given["allow-everything"] === undefined)) {
    throw new Error("say what the role may do: either --policy FILE or --allow-everything");
  }
  const policy = given.policy === undefined ? undefined : readPolicy(given.policy);
  const rate = readRate(given);
  const role = {
    pattern,
    createdAtMs: systemClock.now(),
    ...(policy && { policy }),
    ...(rate && { rate }),
  };
  await book.put(role);
  return given.output === "json" ? JSON.stringify(toDocument(role)) : `${pattern} is let in`;
}

async function list(book: RoleBook, { output }: Given): Promise<string> {
  const roles = await book.list();
  if (output === "json") return JSON.stringify(roles.map(toDocument), null, 2);
  if (roles.length === 0) return "no AWS roles are let in";
  const rows = roles.map(({ pattern, policy, rate }) => [pattern, rights(policy), printRate(rate)]);
  return table([["role", "may", "together"], ...rows]).join("\n");
}

async function remove(book: RoleBook, given: Given): Promise<string> {
  const pattern = patternOf(given);
  if (!(await book.remove(pattern))) throw new Error(`${pattern} was not listed`);
  return given.output === "json" ? JSON.stringify({ Role: pattern }) : `${pattern} removed`;
}

async function rotate(book: RoleBook, given: Given): Promise<string> {
  const isAtOnce = given["at-once"] === true;
  const next = systemRandom.bytes(SESSION_KEY_BYTES);
  const nowMs = systemClock.now();
  if ((await book.sessionKeys()) === undefined) throw new Error("no AWS roles were ever let in");
  const isRotated = await book.rotateSessionKey((standing) =>
    isAtOnce ? replaced(next, nowMs) : rotated(standing, next, nowMs),
  );
  if (!isRotated) {
    throw new Error(
      "keys that were given before the last rotation may be in use still: try again an hour after it, or end them all with --at-once",
    );
  }
  if (given.output === "json") return JSON.stringify({ AtOnce: isAtOnce });
  return isAtOnce
    ? "rotated; all keys that were given end now"
    : "rotated; keys that were given stay good until their hour is over";
}

function patternOf({ role }: Given): string {
  if (role === undefined) throw new Error("--role is missing");
  if (ROLE_PATTERN.test(role)) return role;
  throw new Error(
    `--role must be an ARN such as arn:aws:iam::123456789012:role/producer-*, without the role's path, got ${role}`,
  );
}

function toDocument({ pattern, policy, rate, createdAtMs }: ListedRole): object {
  return {
    Role: pattern,
    CreateDate: new Date(createdAtMs).toISOString(),
    Policy: policyOf(policy),
    ...(rate && { RateLimit: toRateLimit(rate) }),
  };
}
