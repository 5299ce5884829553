/** JSON and the bytes that it speaks of, in one: length of the head (4 bytes) · head, JSON · the rest. */

const LENGTH_BYTES = 4;

export function withHead(head: unknown, rest: readonly Uint8Array[]): Buffer {
  const text = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, text, ...rest]);
}

/** `next(n)` answers the next `n` bytes of the rest, without a copy. */
export function readHead(packed: Buffer): {
  readonly head: unknown;
  readonly next: (byteCount: number) => Buffer;
} {
  let at = LENGTH_BYTES + packed.readUInt32BE();
  const head: unknown = JSON.parse(packed.toString("utf8", LENGTH_BYTES, at));
  return { head, next: (byteCount) => packed.subarray(at, (at += byteCount)) };
}
