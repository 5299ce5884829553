/**
 * AWS CBOR 1.1, which Java's Kinesis clients speak: the members, errors and type rules of JSON 1.1 in binary.
 * Blobs are bytes, times whole milliseconds since the epoch.
 */
import { decodeShape, type Scalars } from "./decode.ts";
import type { Shape } from "./shape.ts";

const SCALARS: Scalars = {
  blob: (value) => (value instanceof Uint8Array ? value : undefined),
  timestamp: (value) => (value instanceof Date ? value : undefined),
};

/** Answers what `Infer` says of the shape. `value`: as `parseCbor` answers it. */
export function decodeCbor(shape: Shape, value: unknown): unknown {
  return decodeShape(SCALARS, shape, value);
}
