/**
 * The encoding of a call is chosen by its content type, and the answer comes in the same: AWS JSON 1.1, or AWS
 * CBOR 1.1, which Java's Kinesis clients speak.
 */
import { decodeCbor } from "./cbor.ts";
import { parseCbor } from "./cbor-parse.ts";
import { printCbor } from "./cbor-print.ts";
import { isObject } from "./decode.ts";
import type { HttpBody } from "./http.ts";
import { decodeJson, encodeJsonBody } from "./json.ts";
import { parseJson } from "./json-parse.ts";
import type { StructureShape } from "./shape.ts";

export interface Codec {
  /** `undefined` when the body cannot be parsed or is no structure at its top. */
  parse(body: Uint8Array | string): Readonly<Record<string, unknown>> | undefined;
  decode(shape: StructureShape, parsed: Readonly<Record<string, unknown>>): unknown;
  encode(output: object): HttpBody;
}

const json: Codec = {
  parse(body) {
    const value = parseJson(typeof body === "string" ? body : Buffer.from(body).toString());
    return isObject(value) ? value : undefined;
  },
  decode: decodeJson,
  encode: encodeJsonBody,
};

const cbor: Codec = {
  parse(body) {
    const value = parseCbor(typeof body === "string" ? Buffer.from(body) : body);
    return isObject(value) ? value : undefined;
  },
  decode: decodeCbor,
  encode: printCbor,
};

export const CBOR_1_1 = "application/x-amz-cbor-1.1";
export const JSON_1_1 = "application/x-amz-json-1.1";

const CODECS: ReadonlyMap<string, Codec> = new Map([
  [JSON_1_1, json],
  // Not a type of AWS's SDKs, but what people send by hand.
  ["application/json", json],
  [CBOR_1_1, cbor],
]);

/** What is decoded at all. */
export const MEDIA_TYPES: readonly string[] = [...CODECS.keys()];

/** A codec and the media type that its answers carry. */
export interface Encoding {
  readonly mediaType: string;
  readonly codec: Codec;
}

export const JSON_ENCODING: Encoding = { mediaType: JSON_1_1, codec: json };
const CBOR_ENCODING: Encoding = { mediaType: CBOR_1_1, codec: cbor };

/**
 * The encoding in which a request without a body is refused. Kinesis answers all but JSON 1.1 in CBOR, also what
 * named no content type.
 */
export function emptyBodyEncoding(
  preferred: "json" | "cbor" | undefined,
  stated: Encoding | undefined,
): Encoding {
  if (preferred === "cbor") return stated?.mediaType === JSON_1_1 ? stated : CBOR_ENCODING;
  return stated ?? JSON_ENCODING;
}

/** `application/x-amz-json-1.1; charset=utf-8` → JSON; parameters and case do not matter. */
export function encodingOf(contentType: string | undefined): Encoding | undefined {
  const mediaType = contentType?.split(";")[0]?.trim().toLowerCase() ?? "";
  const codec = CODECS.get(mediaType);
  return codec && { mediaType, codec };
}
