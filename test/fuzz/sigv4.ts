/**
 * Requests that were signed well and then changed, one to three changes each, before the verifier. Every change is one
 * after which the request is not what was signed, so none may get in; that the unchanged one does is seen each time.
 * Chance is the caller's: the same one makes the same requests.
 */
import { canonicalRequest, sha256Hex } from "../../src/auth/canonical-request.ts";
import {
  ALGORITHM,
  basicFormat,
  deriveSigningKey,
  scopeText,
  signatureOf,
} from "../../src/auth/signature.ts";
import { createVerifier, type SignedRequest } from "../../src/auth/sigv4.ts";
import type { Random } from "../../src/random.ts";
import { memoryAccessKeys } from "../../src/storage/memory/access-keys.ts";

/** How many changed requests come of one that was signed. */
const CHANGES_PER_REQUEST = 50;
const CHANGES_AT_ONCE_MAX = 3;

const REGION = "eu-west-1";
const SERVICES = ["kinesis", "firehose", "hydrant"];
const SIGNED_AT_MS = Date.UTC(2026, 10, 30, 12);
const SKEW_MS = 15 * 60_000;
const KEYS = [
  { id: "HYDKNOWN", secret: "wJalrXUtnFEMI", createdAtMs: 0 },
  { id: "HYDOTHER", secret: "K7MDENGbPxRfi", createdAtMs: 0 },
  { id: "HYDDISABLED", secret: "wJalrXUtnFEMI", createdAtMs: 0, isDisabled: true },
  { id: "HYDEXPIRED", secret: "wJalrXUtnFEMI", createdAtMs: 0, expiresAtMs: SIGNED_AT_MS },
] as const;

/** What is given to the verifier, in the parts that changes are made to. */
interface Sent {
  readonly method: string;
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: Uint8Array;
  readonly algorithm: string;
  /** Key, day, region, service, end. */
  readonly credential: readonly string[];
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly atMs: number;
  /** The service whose operation it calls. */
  readonly called: string;
}

type Change = (sent: Sent, chance: Chance) => Partial<Sent>;

/** By what they change; of one part there is one change at a time, so that none undoes another. */
const CHANGES: Readonly<Record<string, readonly Change[]>> = {
  method: [(_, { one }) => ({ method: one(["GET", "PUT", "DELETE", "post", "POSTS", ""]) })],
  path: [
    ({ path }, { text }) => ({ path: `${path}${path.endsWith("/") ? "" : "/"}${text(1, 8)}` }),
    ({ path }, { text }) => ({ path: `/${text(1, 8)}${path}` }),
  ],
  query: [
    ({ query }, { text }) => ({ query: [...query, [text(1, 4), text(0, 4)]] }),
    ({ query }, { text }) => ({ query: [[text(1, 4), ""], ...query] }),
  ],
  body: [
    ({ body }, { below }) => {
      const changed = Uint8Array.from(body);
      changed[below(body.length)]! ^= 1 << below(8);
      return { body: changed };
    },
    ({ body }, { below }) => ({ body: body.subarray(0, below(body.length)) }),
    ({ body }, { below }) => ({ body: Buffer.concat([body, Uint8Array.of(below(256))]) }),
    ({ body }) => ({ body: Buffer.concat([body, body]) }),
    () => ({ body: new Uint8Array() }),
  ],
  header: [
    (sent, chance) => withSigned(sent, chance, () => []),
    (sent, chance) => withSigned(sent, chance, (values) => [...values, ...values]),
    (sent, chance) => withSigned(sent, chance, (values) => [...values, chance.text(1, 5)]),
    (sent, chance) => withSigned(sent, chance, ([value = ""]) => [`${value}${chance.text(1, 3)}`]),
    (sent, chance) => withSigned(sent, chance, ([value = ""]) => [value.slice(0, -1)]),
    (sent, chance) => withSigned(sent, chance, ([value = ""]) => [flipped(value, chance)]),
    // In another case, which every value here has.
    (sent, chance) => withSigned(sent, chance, ([value = ""]) => [swapCase(value)]),
  ],
  added: [
    ({ headers }, { text }) => ({ headers: with_(headers, "x-amz-security-token", [text(1, 40)]) }),
    ({ headers }, { text }) => ({ headers: with_(headers, "x-amz-content-sha256", [text(0, 64)]) }),
    ({ headers }) => ({
      headers: with_(headers, "x-amz-content-sha256", [sha256Hex("another body")]),
    }),
    ({ headers }) => ({ headers: with_(headers, "x-amz-content-sha256", ["UNSIGNED-PAYLOAD"]) }),
  ],
  algorithm: [
    (_, { one }) => ({
      algorithm: one(["AWS4-HMAC-SHA1", "AWS4-ECDSA-P256-SHA256", "aws4-hmac-sha256", "AWS4", ""]),
    }),
  ],
  credential: [
    ({ credential: [, ...rest] }, { one }) => ({
      credential: [
        one(["HYDOTHER", "HYDDISABLED", "HYDEXPIRED", "HYDNOBODY", "hydknown"]),
        ...rest,
      ],
    }),
    ({ credential: [id, , ...rest] }, { one }) => ({
      credential: [id!, one(["20261129", "20261201", "20260000", "2026113", ""]), ...rest],
    }),
    ({ credential: [id, day, , ...rest] }, { one }) => ({
      credential: [id!, day!, one(["us-east-1", "EU-WEST-1", "eu-west-1a", ""]), ...rest],
    }),
    ({ credential: [id, day, region], called }, { one }) => ({
      credential: [
        id!,
        day!,
        region!,
        one([...SERVICES.filter((service) => service !== called), "s3", ""]),
        "aws4_request",
      ],
    }),
    ({ credential }, { one }) => ({
      credential: [...credential.slice(0, 4), one(["aws4", "AWS4_REQUEST", ""])],
    }),
    ({ credential }, { text }) => ({ credential: [...credential, text(1, 5)] }),
    ({ credential }, { below }) => ({ credential: credential.toSpliced(below(5), 1) }),
  ],
  signedHeaders: [
    ({ signedHeaders: names }, { below }) => ({
      signedHeaders: names.toSpliced(below(names.length), 1),
    }),
    ({ signedHeaders: names }, { one }) => ({ signedHeaders: [...names, one(names)] }),
    ({ signedHeaders: names }, { one }) => ({
      signedHeaders: [...names, one(["via", "x-added", "content-length", "authorization"])],
    }),
    ({ signedHeaders: names }) => ({ signedHeaders: names.toReversed() }),
    ({ signedHeaders: names }) => ({ signedHeaders: names.map((name) => name.toUpperCase()) }),
    () => ({ signedHeaders: [] }),
  ],
  signature: [
    ({ signature }, chance) => ({ signature: flipped(signature, chance) }),
    ({ signature }, { below }) => ({ signature: signature.slice(0, below(64)) }),
    ({ signature }, { text }) => ({ signature: `${signature}${text(1, 4)}` }),
    ({ signature }) => ({ signature: signature.toUpperCase() }),
    (_, { hex }) => ({ signature: hex(64) }),
  ],
  time: [
    ({ atMs }, { below }) => ({ atMs: atMs + SKEW_MS + 1000 + below(1e9) }),
    ({ atMs }, { below }) => ({ atMs: atMs - SKEW_MS - 1000 - below(1e9) }),
  ],
  called: [
    ({ called }, { one }) => ({ called: one(SERVICES.filter((service) => service !== called)) }),
  ],
};

/** @returns how many got in, each of which is printed */
export async function fuzzSigv4(
  random: Random,
  count: number,
  print: (line: string) => void,
): Promise<number> {
  const chance = chanceOf(random);
  let nowMs = SIGNED_AT_MS;
  const verifier = createVerifier({
    keys: memoryAccessKeys(...KEYS),
    region: REGION,
    clock: { now: () => nowMs, sleep: () => Promise.resolve() },
  });
  async function isLetIn(sent: Sent): Promise<boolean> {
    nowMs = sent.atMs;
    return verifier.verify(toRequest(sent), sent.called).then(
      () => true,
      () => false,
    );
  }

  let letIn = 0;
  let original = signedWell(chance);
  for (let done = 0; done < count; done++) {
    if (done % CHANGES_PER_REQUEST === 0) {
      original = signedWell(chance);
      if (!(await isLetIn(original))) throw new Error(`refused as signed: ${describe(original)}`);
    }
    const parts = chance.some(Object.keys(CHANGES), 1 + chance.below(CHANGES_AT_ONCE_MAX));
    const changed = parts.reduce<Sent>(
      (sent, part) => ({ ...sent, ...chance.one(CHANGES[part]!)(sent, chance) }),
      original,
    );
    if (!(await isLetIn(changed))) continue;
    letIn++;
    print(`let in with another ${parts.join(", ")}: ${describe(changed)}`);
  }
  return letIn;
}

function signedWell(chance: Chance): Sent {
  const called = chance.one(SERVICES);
  const [key] = KEYS;
  const timestamp = basicFormat(SIGNED_AT_MS);
  const scope = { scopeDate: timestamp.slice(0, 8), region: REGION, service: called };
  const method = "POST";
  const path = chance.one(["/", "/dev", "/dev/", "/a%20b/c"]);
  const query = chance.one([[], [["a", "1"]], [["b", chance.text(1, 5)]]] as const);
  const body = Buffer.from(`{"Name":"${chance.text(1, 60)}"}`);
  const headers = new Map<string, readonly string[]>([
    ["host", ["Api.example"]],
    ["x-amz-date", [timestamp]],
    ["x-amz-target", [`Service_20261130.${chance.text(3, 12)}x`]],
    ["content-type", ["application/x-amz-json-1.1"]],
    ["via", ["Proxy"]],
  ]);
  const signedHeaders = [
    ...(chance.below(2) === 0 ? ["content-type"] : []),
    "host",
    "x-amz-date",
    "x-amz-target",
  ];
  const canonical = canonicalRequest(
    { method, query, headers, body },
    { path, headerNames: signedHeaders, payloadHash: sha256Hex(body) },
  );
  const signature = signatureOf(deriveSigningKey(key.secret, scope), scope, timestamp, canonical);
  return {
    method,
    path,
    query,
    headers,
    body,
    signedHeaders,
    signature,
    called,
    algorithm: ALGORITHM,
    credential: [key.id, ...scopeText(scope).split("/")],
    atMs: SIGNED_AT_MS,
  };
}

function toRequest(sent: Sent): SignedRequest {
  const { method, path, query, headers, body } = sent;
  const { algorithm, credential, signedHeaders, signature } = sent;
  const authorization = `${algorithm} Credential=${credential.join("/")}, SignedHeaders=${signedHeaders.join(";")}, Signature=${signature}`;
  return {
    method,
    paths: [path],
    query,
    body,
    headers: with_(headers, "authorization", [authorization]),
  };
}

function describe(sent: Sent): string {
  const { body, headers, ...rest } = sent;
  return JSON.stringify({ ...rest, headers: [...headers], body: Buffer.from(body).toString() });
}

function with_(headers: Sent["headers"], name: string, values: readonly string[]): Sent["headers"] {
  const changed = new Map(headers);
  if (values.length === 0) changed.delete(name);
  else changed.set(name, values);
  return changed;
}

/** The value of one of the headers that must be signed, and that the verifier reads as it is. */
function withSigned(
  { headers }: Sent,
  { one }: Chance,
  change: (values: readonly string[]) => readonly string[],
): Partial<Sent> {
  const name = one(["host", "x-amz-date", "x-amz-target"]);
  return { headers: with_(headers, name, change(headers.get(name) ?? [])) };
}

function swapCase(text: string): string {
  const upper = text.toUpperCase();
  return upper === text ? text.toLowerCase() : upper;
}

/** One character changed to another, neither of them white space. */
function flipped(text: string, { below }: Chance): string {
  const at = below(text.length);
  const code = text.charCodeAt(at);
  const other = String.fromCharCode(33 + ((code - 33 + 1 + below(93)) % 94));
  return text.slice(0, at) + other + text.slice(at + 1);
}

interface Chance {
  below(count: number): number;
  one<Item>(items: readonly Item[]): Item;
  /** So many of them, each once, in any order. */
  some<Item>(items: readonly Item[], count: number): readonly Item[];
  /** Letters and digits. */
  text(min: number, max: number): string;
  hex(length: number): string;
}

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

function chanceOf(random: Random): Chance {
  const below = (count: number) => Math.floor(random.fraction() * count);
  const one = <Item>(items: readonly Item[]) => items[below(items.length)]!;
  const textOf = (letters: string, length: number) =>
    Array.from({ length }, () => letters[below(letters.length)]).join("");
  return {
    below,
    one,
    some(items, count) {
      const left = [...items];
      return Array.from({ length: count }, () => left.splice(below(left.length), 1)[0]!);
    },
    text: (min, max) => textOf(LETTERS, min + below(max - min + 1)),
    hex: (length) => textOf("0123456789abcdef", length),
  };
}
