/** `hydrant keys`: the access keys that producers and readers sign with. */
import type { AccessKeyBook, NewAccessKey } from "../../../src/auth/store.ts";
import { systemClock } from "../../../src/clock.ts";
import { parse } from "../options.ts";
import { explain, openBook } from "./book.ts";
import { newKey, readExpiry, readPolicy } from "./make.ts";
import { printKeys, toDocument } from "./print.ts";
import { readRate } from "./rate.ts";

export const KEYS_USAGE = `usage: hydrant keys create  (--policy FILE | --allow-everything) [--name NAME] [--rate CALLS] [--bytes BYTES] [--id ID --secret SECRET]
       hydrant keys list
       hydrant keys rotate  --id ID   a second key with the name and the rights of this one, for as long as this one was to last
       hydrant keys disable --id ID   refused from now on, within ten seconds
       hydrant keys enable  --id ID
       hydrant keys remove  --id ID

  --name NAME          whose it is, such as fluent-bit; a name has two keys at most; the key's own id unless given
  --policy FILE        what it may do: a policy as for IAM, with Effect, Action and Resource
  --allow-everything   no bounds
  --rate CALLS         how many calls it may send in a second, whatever serves them; no bound unless given
  --bytes BYTES        how much, such as 2MiB
  --expires WHEN       from when on it is refused: 90d, 12h, or a time such as 2027-03-01T00:00:00Z; never unless given
  --if-missing         with create and --id: a key that stands already is left as it is
  --output text|json   text unless given
  --stage STAGE        the keys of a deployed stack, by your AWS credentials and region; else of the one that runs here
  --kms-key KEY        with create and rotate: encrypts the secret, and is the deployment's parameter keysKey;
                       alias/hydrant-STAGE-keys unless given
  --table-encryption   with create and rotate: the secret has the table's own encryption and no other

  To change a key: rotate it, give its user the new one, wait until list shows no use of the old, disable it, remove it.`;

const OPTIONS = {
  name: { type: "string" },
  policy: { type: "string" },
  "allow-everything": { type: "boolean" },
  rate: { type: "string" },
  bytes: { type: "string" },
  "if-missing": { type: "boolean" },
  id: { type: "string" },
  secret: { type: "string" },
  expires: { type: "string" },
  "kms-key": { type: "string" },
  "table-encryption": { type: "boolean" },
  output: { type: "string" },
  stage: { type: "string" },
  help: { type: "boolean" },
} as const;

interface Given {
  readonly name?: string;
  readonly policy?: string;
  readonly "allow-everything"?: boolean;
  readonly rate?: string;
  readonly bytes?: string;
  readonly "if-missing"?: boolean;
  readonly id?: string;
  readonly secret?: string;
  readonly expires?: string;
  readonly "kms-key"?: string;
  readonly "table-encryption"?: boolean;
  readonly output?: string;
  readonly stage?: string;
  readonly help?: boolean;
}

type Command = (book: AccessKeyBook, given: Given) => Promise<string>;

interface Row {
  readonly takes: readonly (keyof Given)[];
  readonly run: Command;
}

/** What goes with every command that makes a key. */
const STORED = ["expires", "kms-key", "table-encryption"] as const;

const COMMANDS: ReadonlyMap<string, Row> = new Map<string, Row>([
  [
    "create",
    {
      takes: [
        ...(["name", "policy", "allow-everything", "if-missing", "id", "secret"] as const),
        ...(["rate", "bytes"] as const),
        ...STORED,
      ],
      run: create,
    },
  ],
  ["list", { takes: [], run: list }],
  ["rotate", { takes: ["id", ...STORED], run: rotate }],
  ["disable", { takes: ["id"], run: (book, given) => setDisabled(book, given, true) }],
  ["enable", { takes: ["id"], run: (book, given) => setDisabled(book, given, false) }],
  ["remove", { takes: ["id"], run: remove }],
]);

/** As IAM has it for names of users: https://docs.aws.amazon.com/IAM/latest/APIReference/API_User.html */
const NAME = /^[\w+=,.@-]{1,64}$/;
/** What a request's `Authorization` may name. */
const ID = /^[A-Za-z0-9_-]{1,128}$/;

export async function runKeys([command = "", ...args]: readonly string[]): Promise<void> {
  const row = COMMANDS.get(command);
  if (command === "--help") return console.log(KEYS_USAGE);
  if (row === undefined) throw new Error(KEYS_USAGE);
  const given = parse({ args: [...args], options: OPTIONS }) as Given;
  if (given.help) return console.log(KEYS_USAGE);
  for (const name of Object.keys(given) as (keyof Given)[]) {
    if (row.takes.includes(name) || name === "output" || name === "stage") continue;
    throw new Error(`--${name} does not go with keys ${command}; --help lists the options`);
  }
  if (given.output !== undefined && given.output !== "json" && given.output !== "text") {
    throw new Error(`--output must be text or json, got ${given.output}`);
  }
  if (given["kms-key"] !== undefined && given["table-encryption"]) {
    throw new Error("say what encrypts the secret: either --kms-key KEY or --table-encryption");
  }
  const opened = openBook(
    {
      stage: given.stage,
      kmsKey: given["kms-key"],
      isTableEncryptionEnough: given["table-encryption"],
    },
    process.env,
  );
  const told = await opened
    .then((book) => row.run(book, given))
    .catch((error: unknown) => {
      throw explain(error);
    });
  console.log(told);
}

async function create(book: AccessKeyBook, given: Given): Promise<string> {
  const { id, secret, name, policy } = given;
  if ((policy === undefined) === (given["allow-everything"] === undefined)) {
    throw new Error("say what the key may do: either --policy FILE or --allow-everything");
  }
  if ((id === undefined) !== (secret === undefined)) {
    throw new Error("--id and --secret go together");
  }
  if (given["if-missing"] && id === undefined) throw new Error("--if-missing needs --id");
  if (id !== undefined && !ID.test(id)) {
    throw new Error("--id must be 1 to 128 letters, digits, hyphens and underscores");
  }
  if (name !== undefined && !NAME.test(name)) {
    throw new Error("--name must be 1 to 64 letters, digits and characters of +=,.@_-");
  }
  const key = newKey({
    id,
    secret,
    name,
    policy: policy === undefined ? policy : readPolicy(policy),
    rate: readRate(given),
    expiresAtMs: expiryOf(given),
  });
  return store(book, key, given);
}

async function rotate(book: AccessKeyBook, given: Given): Promise<string> {
  const id = idOf(given);
  const old = await book.get(id);
  if (old === undefined) throw missing(id);
  const { name = id, policy, rate, createdAtMs, expiresAtMs } = old.accessKey;
  const asLong = expiresAtMs && systemClock.now() + (expiresAtMs - createdAtMs);
  return store(book, newKey({ name, policy, rate, expiresAtMs: expiryOf(given) ?? asLong }), given);
}

function expiryOf({ expires }: Given): number | undefined {
  return expires === undefined ? undefined : readExpiry(expires, systemClock.now());
}

async function store(book: AccessKeyBook, key: NewAccessKey, given: Given): Promise<string> {
  const { id, name = id, secret } = key;
  switch (await book.create(key)) {
    case "name has two":
      throw new Error(`${name} has two access keys already; remove one of them first`);
    case "exists":
      if (given["if-missing"]) return `access key ${id} stands already`;
      throw new Error(`access key ${id} exists already`);
    case "created":
  }
  // The only time that the secret is shown; what the caller chose is not repeated.
  if (given.output === "json") return JSON.stringify(toDocument(key, systemClock.now()), null, 2);
  return given.secret === undefined
    ? `access key ${id}\nsecret     ${secret}`
    : `access key ${id} created`;
}

async function list(book: AccessKeyBook, { output }: Given): Promise<string> {
  const keys = await book.list();
  const nowMs = systemClock.now();
  if (output !== "json") return printKeys(keys, nowMs);
  return JSON.stringify(
    keys.map((key) => toDocument(key, nowMs)),
    null,
    2,
  );
}

async function setDisabled(
  book: AccessKeyBook,
  given: Given,
  isDisabled: boolean,
): Promise<string> {
  const id = idOf(given);
  if (!(await book.setDisabled(id, isDisabled))) throw missing(id);
  return done(given, id, isDisabled ? "disabled" : "enabled");
}

async function remove(book: AccessKeyBook, given: Given): Promise<string> {
  const id = idOf(given);
  if (!(await book.remove(id))) throw missing(id);
  return done(given, id, "removed");
}

function idOf({ id }: Given): string {
  if (id === undefined) throw new Error("--id is missing");
  return id;
}

function missing(id: string): Error {
  return new Error(`there is no access key ${id}`);
}

function done({ output }: Given, id: string, what: string): string {
  return output === "json" ? JSON.stringify({ AccessKeyId: id }) : `access key ${id} ${what}`;
}
