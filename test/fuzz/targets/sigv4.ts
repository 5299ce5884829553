/**
 * Requests that were signed well and then changed, one to three changes each, before the verifier. Every change is one
 * after which the request is not what was signed, so none may get in; those that were left as they were must.
 */
import { canonicalRequest, sha256Hex } from "../../../src/auth/canonical-request.ts";
import {
  ALGORITHM,
  basicFormat,
  deriveSigningKey,
  scopeText,
  signatureOf,
} from "../../../src/auth/signature.ts";
import { createVerifier, type SignedRequest } from "../../../src/auth/sigv4.ts";
import { memoryAccessKeys } from "../../../src/storage/memory/access-keys.ts";
import type { Chance } from "../chance.ts";
import { fuzzTarget, hold } from "../target.ts";

const CHANGES_AT_ONCE_MAX = 3;
/** How many are left as they were. */
const UNCHANGED = 0.02;

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

const TIMESTAMP = basicFormat(SIGNED_AT_MS);
const scopeOf = (service: string) => ({
  scopeDate: TIMESTAMP.slice(0, 8),
  region: REGION,
  service,
});
/** Deriving one takes longer than all the rest of a request. */
const SIGNING_KEYS = new Map(
  SERVICES.map((service) => [service, deriveSigningKey(KEYS[0].secret, scopeOf(service))]),
);

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
  method: [(_, { pick }) => ({ method: pick(["GET", "PUT", "DELETE", "post", "POSTS", ""]) })],
  path: [
    ({ path }, chance) => ({
      path: `${path}${path.endsWith("/") ? "" : "/"}${letters(chance, 1, 8)}`,
    }),
    ({ path }, chance) => ({ path: `/${letters(chance, 1, 8)}${path}` }),
  ],
  query: [
    ({ query }, chance) => ({ query: [...query, [letters(chance, 1, 4), letters(chance, 0, 4)]] }),
    ({ query }, chance) => ({ query: [[letters(chance, 1, 4), ""], ...query] }),
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
    (sent, chance) => withSigned(sent, chance, (values) => [...values, letters(chance, 1, 5)]),
    (sent, chance) =>
      withSigned(sent, chance, ([value = ""]) => [`${value}${letters(chance, 1, 3)}`]),
    (sent, chance) => withSigned(sent, chance, ([value = ""]) => [value.slice(0, -1)]),
    (sent, chance) => withSigned(sent, chance, ([value = ""]) => [flipped(value, chance)]),
    // In another case, which every value here has.
    (sent, chance) => withSigned(sent, chance, ([value = ""]) => [swapCase(value)]),
  ],
  added: [
    ({ headers }, chance) => ({
      headers: with_(headers, "x-amz-security-token", [letters(chance, 1, 40)]),
    }),
    ({ headers }, chance) => ({
      headers: with_(headers, "x-amz-content-sha256", [letters(chance, 0, 64)]),
    }),
    ({ headers }) => ({
      headers: with_(headers, "x-amz-content-sha256", [sha256Hex("another body")]),
    }),
    ({ headers }) => ({ headers: with_(headers, "x-amz-content-sha256", ["UNSIGNED-PAYLOAD"]) }),
  ],
  algorithm: [
    (_, { pick }) => ({
      algorithm: pick(["AWS4-HMAC-SHA1", "AWS4-ECDSA-P256-SHA256", "aws4-hmac-sha256", "AWS4", ""]),
    }),
  ],
  credential: [
    ({ credential: [, ...rest] }, { pick }) => ({
      credential: [
        pick(["HYDOTHER", "HYDDISABLED", "HYDEXPIRED", "HYDNOBODY", "hydknown"]),
        ...rest,
      ],
    }),
    ({ credential: [id, , ...rest] }, { pick }) => ({
      credential: [id!, pick(["20261129", "20261201", "20260000", "2026113", ""]), ...rest],
    }),
    ({ credential: [id, day, , ...rest] }, { pick }) => ({
      credential: [id!, day!, pick(["us-east-1", "EU-WEST-1", "eu-west-1a", ""]), ...rest],
    }),
    ({ credential: [id, day, region], called }, { pick }) => ({
      credential: [
        id!,
        day!,
        region!,
        pick([...SERVICES.filter((service) => service !== called), "s3", ""]),
        "aws4_request",
      ],
    }),
    ({ credential }, { pick }) => ({
      credential: [...credential.slice(0, 4), pick(["aws4", "AWS4_REQUEST", ""])],
    }),
    ({ credential }, chance) => ({ credential: [...credential, letters(chance, 1, 5)] }),
    ({ credential }, { below }) => ({ credential: credential.toSpliced(below(5), 1) }),
  ],
  signedHeaders: [
    ({ signedHeaders: names }, { below }) => ({
      signedHeaders: names.toSpliced(below(names.length), 1),
    }),
    ({ signedHeaders: names }, { pick }) => ({ signedHeaders: [...names, pick(names)] }),
    ({ signedHeaders: names }, { pick }) => ({
      signedHeaders: [...names, pick(["via", "x-added", "content-length", "authorization"])],
    }),
    ({ signedHeaders: names }) => ({ signedHeaders: names.toReversed() }),
    ({ signedHeaders: names }) => ({ signedHeaders: names.map((name) => name.toUpperCase()) }),
    () => ({ signedHeaders: [] }),
  ],
  signature: [
    ({ signature }, chance) => ({ signature: flipped(signature, chance) }),
    ({ signature }, { below }) => ({ signature: signature.slice(0, below(64)) }),
    ({ signature }, chance) => ({ signature: `${signature}${letters(chance, 1, 4)}` }),
    ({ signature }) => ({ signature: signature.toUpperCase() }),
    (_, { bytes }) => ({ signature: Buffer.from(bytes(32)).toString("hex") }),
  ],
  time: [
    ({ atMs }, { below }) => ({ atMs: atMs + SKEW_MS + 1000 + below(1e9) }),
    ({ atMs }, { below }) => ({ atMs: atMs - SKEW_MS - 1000 - below(1e9) }),
  ],
  called: [
    ({ called }, { pick }) => ({ called: pick(SERVICES.filter((service) => service !== called)) }),
  ],
};

interface Input {
  readonly sent: Sent;
  /** What is not as it was signed. */
  readonly changed: readonly string[];
}

export const signedRequests = () => {
  let nowMs = SIGNED_AT_MS;
  const verifier = createVerifier({
    keys: memoryAccessKeys(...KEYS),
    region: REGION,
    clock: { now: () => nowMs, sleep: () => Promise.resolve() },
  });
  return fuzzTarget<Input>({
    draw(chance) {
      const original = signedWell(chance);
      if (chance.may(UNCHANGED)) return { sent: original, changed: [] };
      const changed = some(chance, Object.keys(CHANGES), 1 + chance.below(CHANGES_AT_ONCE_MAX));
      const sent = changed.reduce<Sent>(
        (request, part) => ({ ...request, ...chance.pick(CHANGES[part]!)(request, chance) }),
        original,
      );
      return { sent, changed };
    },
    async check({ sent, changed }) {
      nowMs = sent.atMs;
      const isLetIn = await verifier.verify(toRequest(sent), sent.called).then(
        () => true,
        () => false,
      );
      hold(isLetIn === (changed.length === 0), `let in, with another ${changed.join(", ")}`);
      return isLetIn ? "taken" : "refused";
    },
  });
};

function signedWell(chance: Chance): Sent {
  const called = chance.pick(SERVICES);
  const [key] = KEYS;
  const scope = scopeOf(called);
  const method = "POST";
  const path = chance.pick(["/", "/dev", "/dev/", "/a%20b/c"]);
  const query = chance.pick([[], [["a", "1"]], [["b", letters(chance, 1, 5)]]] as const);
  const body = Buffer.from(`{"Name":"${letters(chance, 1, 60)}"}`);
  const headers = new Map<string, readonly string[]>([
    ["host", ["Api.example"]],
    ["x-amz-date", [TIMESTAMP]],
    ["x-amz-target", [`Service_20261130.${letters(chance, 3, 12)}x`]],
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
  const signature = signatureOf(SIGNING_KEYS.get(called)!, scope, TIMESTAMP, canonical);
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

function with_(headers: Sent["headers"], name: string, values: readonly string[]): Sent["headers"] {
  const changed = new Map(headers);
  if (values.length === 0) changed.delete(name);
  else changed.set(name, values);
  return changed;
}

/** The value of one of the headers that must be signed, and that the verifier reads as it is. */
function withSigned(
  { headers }: Sent,
  { pick }: Chance,
  change: (values: readonly string[]) => readonly string[],
): Partial<Sent> {
  const name = pick(["host", "x-amz-date", "x-amz-target"]);
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

/** So many of them, each once, in any order. */
function some<Item>(chance: Chance, items: readonly Item[], count: number): readonly Item[] {
  const left = [...items];
  return Array.from({ length: count }, () => left.splice(chance.below(left.length), 1)[0]!);
}

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** Letters and digits. */
function letters(chance: Chance, min: number, max: number): string {
  const length = min + chance.below(max - min + 1);
  return Array.from({ length }, () => LETTERS[chance.below(LETTERS.length)]).join("");
}
