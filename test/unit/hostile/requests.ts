/** Requests that mean ill: of everybody without a key, and of a key's holder who may do everything. */
import { signedHeaders } from "../../../bin/hydrant/sign.ts";
import { LAMBDA_PAYLOAD_MAX_BYTES } from "../../../src/limits.ts";
import { SERVICES } from "../../../src/operations/services.ts";
import { printCbor } from "../../../src/wire/cbor-print.ts";
import { CBOR_1_1, JSON_1_1, MEDIA_TYPES } from "../../../src/wire/codec.ts";
import type { HttpRequest } from "../../../src/wire/http.ts";
import { encodeJson } from "../../../src/wire/json.ts";
import { STREAM_ARN } from "../operations/hydrant/harness.ts";
import { NOW_MS, REGION } from "../operations/kinesis/harness.ts";
import { type Body, HOSTILE_BODIES } from "./bodies.ts";
import { atTheBounds, busyTexts, endlessTexts, textPlaces } from "./inputs.ts";

export const KEY = { id: "HYDRANTKEY", secret: "wJalrXUtnFEMI/K7MDENG", createdAtMs: 0 };

export interface HostileCase {
  readonly name: string;
  /** Made one at a time, and let go of: together they are gigabytes. */
  requests(): Iterable<HttpRequest>;
}

const PUT = "Kinesis_20131202.PutRecords";
const ENDPOINT = new URL("http://127.0.0.1:4566/");

function request(headers: Readonly<Record<string, string>>, body: Body): HttpRequest {
  const byteCount = Buffer.byteLength(body);
  // It would be refused for that, and try nothing.
  if (byteCount > LAMBDA_PAYLOAD_MAX_BYTES) throw new Error(`a body of ${byteCount} bytes`);
  return {
    method: "POST",
    paths: ["/"],
    query: [],
    headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value]])),
    body,
  };
}

export function signed(target: string, mediaType: string, body: Body): HttpRequest {
  const service = SERVICES.find(({ targetPrefix }) => target.startsWith(`${targetPrefix}.`))!;
  const connection = {
    endpoint: ENDPOINT,
    region: REGION,
    accessKeyId: KEY.id,
    secretAccessKey: KEY.secret,
  };
  const headers = { "content-type": mediaType, "x-amz-target": target };
  const all = signedHeaders(connection, service.signingName, headers, body, NOW_MS);
  return request({ ...all, host: ENDPOINT.host }, body);
}

/** Before it is known who calls. */
function* bodiesOfAnybody(): Iterable<HostileCase> {
  for (const mediaType of MEDIA_TYPES) {
    for (const [what, make] of Object.entries(HOSTILE_BODIES[mediaType] ?? {})) {
      yield {
        name: `${mediaType}: ${what}`,
        *requests() {
          yield request({ "content-type": mediaType, "x-amz-target": PUT }, make());
        },
      };
    }
  }
}

/** Far above what any gateway lets pass. */
const MANY = 100_000;
const LONG = "a".repeat(1_000_000);

function* envelopesOfAnybody(): Iterable<HostileCase> {
  const envelopes: Readonly<Record<string, () => Partial<HttpRequest>>> = {
    "many headers": () => ({
      headers: new Map(Array.from({ length: MANY }, (_, index) => [`x-${index}`, ["a"]])),
    }),
    "a header many times": () => ({ headers: headersWith({ cookie: Array(MANY).fill("a=b") }) }),
    "a long query": () => ({
      query: Array.from({ length: MANY }, (_, index) => [`a${index % 7}`, `${index}'`]),
    }),
    "long names in the query": () => ({ query: [[LONG, LONG]] }),
    "a query that is no Unicode": () => ({ query: [["\ud800", "\udfff"]] }),
    "a long path": () => ({ paths: ["/a/.".repeat(MANY), "/..".repeat(MANY)] }),
    ...Object.fromEntries(
      ["content-type", "x-amz-target", "x-amz-date", "authorization", "origin"].map((name) => [
        `a long ${name}`,
        () => ({ headers: headersWith({ [name]: [LONG] }) }),
      ]),
    ),
    "blanks in a signed header": () => ({
      headers: headersWith({ host: [`a${" ".repeat(MANY)}b`] }),
    }),
    "blanks in the authorization": () => ({
      headers: headersWith({ authorization: [`AWS4-HMAC-SHA256${" a".repeat(MANY)}`] }),
    }),
    "one long header signed many times": () => ({
      headers: headersWith({ b: [LONG], authorization: [authorization("b;".repeat(MANY))] }),
    }),
    "many headers signed that are not there": () => ({
      headers: headersWith({
        authorization: [
          authorization(Array.from({ length: MANY }, (_, index) => `x-${index};`).join("")),
        ],
      }),
    }),
    "a preflight of long headers": () => ({
      method: "OPTIONS",
      headers: headersWith({ origin: [LONG], "access-control-request-headers": [LONG] }),
    }),
  };
  for (const [name, make] of Object.entries(envelopes)) {
    yield {
      name: `envelope: ${name}`,
      *requests() {
        const made = signed(PUT, JSON_1_1, "{}");
        yield { ...made, ...make() };
      },
    };
  }
}

function headersWith(changed: Readonly<Record<string, readonly string[]>>) {
  const right = signed(PUT, JSON_1_1, "{}").headers;
  return new Map([...right, ...Object.entries(changed)]);
}

function authorization(names: string): string {
  const [right = ""] = signed(PUT, JSON_1_1, "{}").headers.get("authorization") ?? [];
  return right.replace("SignedHeaders=", `SignedHeaders=${names}`);
}

/** Every operation with everything that it takes, in every encoding. */
function* inputsAtTheirBounds(): Iterable<HostileCase> {
  for (const { targetPrefix, signingName, operations } of SERVICES) {
    for (const [name, row] of operations) {
      if (row.kind !== "operation") continue;
      yield {
        name: `${signingName}:${name}: everything at its bounds`,
        *requests() {
          const input = atTheBounds(row.input) as object;
          yield signed(`${targetPrefix}.${name}`, JSON_1_1, encodeJson(input));
          yield signed(`${targetPrefix}.${name}`, CBOR_1_1, printCbor(input));
        },
      };
    }
  }
}

const BUSY_LENGTH = 20_000;

/** Every kind of text that any operation takes, once: shapes that are alike are not tried again. */
function* textsBeyondTheirBounds(): Iterable<HostileCase> {
  const seen = new Set<string>();
  for (const { targetPrefix, signingName, operations } of SERVICES) {
    for (const [name, row] of operations) {
      if (row.kind !== "operation") continue;
      for (const place of textPlaces(row.input, `${signingName}:${name}`)) {
        const { shape } = place;
        const kind = JSON.stringify([shape, String(shape.pattern), signingName]);
        if (seen.has(kind)) continue;
        seen.add(kind);
        const call = (text: string) =>
          signed(`${targetPrefix}.${name}`, JSON_1_1, JSON.stringify(place.holding(text)));
        yield {
          name: `${place.name}: texts of megabytes`,
          *requests() {
            for (const text of endlessTexts(shape, LAMBDA_PAYLOAD_MAX_BYTES - 1000)) {
              yield call(text);
            }
          },
        };
        if (shape.pattern === undefined) continue;
        const { pattern } = shape;
        const bound = shape.maxLength ?? shape.longestMatch ?? 0;
        yield {
          name: `${place.name}: texts that keep its pattern busy`,
          *requests() {
            for (const length of [bound, BUSY_LENGTH]) {
              for (const text of busyTexts(pattern, length)) yield call(text);
            }
          },
        };
      }
    }
  }
}

/** What is parsed once more, by the operation itself. */
function* textsWithinTexts(): Iterable<HostileCase> {
  const PATTERN_LENGTH = 4096;
  const fill = (unit: string, start = "", end = "") =>
    `${start}${unit.repeat(Math.floor((PATTERN_LENGTH - start.length - end.length) / unit.length))}${end}`;
  const nested = (open: string, innermost: string, close: string) => {
    const depth = Math.floor((PATTERN_LENGTH - innermost.length) / (open.length + close.length));
    return `${open.repeat(depth)}${innermost}${close.repeat(depth)}`;
  };
  const filters: Readonly<Record<string, string>> = {
    "nested structures": nested('{"a":', "[1]", "}"),
    "nested lists": `{"data":${"[".repeat(2000)}${"]".repeat(2000)}}`,
    "nested alternatives": nested('{"$or":[{"a":[1]},', '{"b":[1]}', "]}"),
    "many alternatives": fill('{"a":[1]},', '{"$or":[', '{"b":[1]}]}'),
    "an operator of a long name": fill("a", '{"data":[{"', '":1}]}'),
    "many values": fill("1,", '{"data":{"a":[', "1]}}"),
    "many exclusions": fill('"a",', '{"data":{"a":[{"anything-but":[', '"b"]}]}}'),
    "many ranges": fill('{"numeric":[">",0]},', '{"data":{"a":[', "1]}}"),
    "a wildcard of stars": fill("*a", '{"data":{"a":[{"wildcard":"', '"}]}}'),
    "no pattern": fill("["),
  };
  for (const [what, Pattern] of Object.entries(filters)) {
    yield {
      name: `hydrant:CreateEventSourceMapping: filters of ${what}`,
      *requests() {
        const body = JSON.stringify({
          EventSourceArn: STREAM_ARN,
          FunctionName: "clean",
          StartingPosition: "LATEST",
          FilterCriteria: { Filters: Array.from({ length: 10 }, () => ({ Pattern })) },
        });
        yield signed("Hydrant_20261122.CreateEventSourceMapping", JSON_1_1, body);
      },
    };
  }
  yield {
    name: "kinesis:PutResourcePolicy: a policy of opened lists",
    *requests() {
      const body = JSON.stringify({ ResourceARN: STREAM_ARN, Policy: "[".repeat(20_000) });
      yield signed("Kinesis_20131202.PutResourcePolicy", JSON_1_1, body);
    },
  };
}

export function* hostileCases(): Iterable<HostileCase> {
  yield* bodiesOfAnybody();
  yield* envelopesOfAnybody();
  yield* inputsAtTheirBounds();
  yield* textsBeyondTheirBounds();
  yield* textsWithinTexts();
}
