/**
 * Memory that is known to be needed no more. Of what lies outside its heap, V8 hears that it is garbage only by looking
 * through the whole heap, and each megabyte that comes and goes brings the next look nearer: they took a third of the time
 * of a load of large pages. What is given back by hand brings none.
 */

/** Less is not worth the trouble. */
const WORTH_BYTES = 16 * 1024;

/** Empties them. @param bytes nobody else's, where they are all of their memory */
export function giveBack(bytes: Uint8Array): void {
  const { buffer, byteLength } = bytes;
  if (byteLength < WORTH_BYTES || byteLength !== buffer.byteLength) return;
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
