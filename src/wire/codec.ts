/**
 * The encoding of a call is chosen by its content type, and the answer comes in the same. AWS JSON 1.1 is the
 * only one so far; CBOR, which Java's Kinesis clients speak, becomes a second row of the table.
 */
import { decodeJson, encodeJson, isObject } from "./json.ts";
import type { StructureShape } from "./shape.ts";

export interface Codec {
  /** `undefined` when the body cannot be parsed or is no structure at its top. */
  parse(body: Uint8Array | string): Readonly<Record<string, unknown>> | undefined;
  decode(shape: StructureShape, parsed: Readonly<Record<string, unknown>>): unknown;
  encode(output: object): Uint8Array | string;
}

const json: Codec = {
  parse(body) {
    const text = typeof body === "string" ? body : Buffer.from(body).toString();
    try {
      const value: unknown = JSON.parse(text);
      return isObject(value) ? value : undefined;
    } catch {
      return undefined;
    }
  },
  decode: decodeJson,
  encode: encodeJson,
};

export const JSON_1_1 = "application/x-amz-json-1.1";

const CODECS: ReadonlyMap<string, Codec> = new Map([
  [JSON_1_1, json],
  // Not a type of AWS's SDKs, but what people send by hand.
  ["application/json", json],
]);

/** A codec and the media type that its answers carry. */
export interface Encoding {
  readonly mediaType: string;
  readonly codec: Codec;
}

/** Used where a request is refused before its own encoding is known. */
export const DEFAULT_ENCODING: Encoding = { mediaType: JSON_1_1, codec: json };

/** `application/x-amz-json-1.1; charset=utf-8` → JSON; parameters and case do not matter. */
export function encodingOf(contentType: string | undefined): Encoding | undefined {
  const mediaType = contentType?.split(";")[0]?.trim().toLowerCase() ?? "";
  const codec = CODECS.get(mediaType);
  return codec && { mediaType, codec };
}
