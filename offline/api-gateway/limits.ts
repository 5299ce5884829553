/**
 * What API Gateway and Lambda refuse by size, so that offline fails where AWS would: a request above 10 MB, and
 * an event above 6 MB. The event is JSON, so text grows by its escapes and binary by a third.
 */
export const REQUEST_MAX_BYTES = 10 * 1024 * 1024;
export const EVENT_MAX_BYTES = 6 * 1024 * 1024;

/** No body below this can fill an event: the worst escape makes six bytes of one. */
export const SURELY_FITS_BYTES = 900 * 1024;

/** Everything in an event but headers and body. */
const CONTEXT_BYTES = 2048;

export function eventBytes(body: Buffer, isBinary: boolean, rawHeaders: readonly string[]): number {
  // Headers travel twice: once single-valued, once as lists.
  const headerBytes = 2 * Buffer.byteLength(JSON.stringify(rawHeaders));
  const bodyBytes = isBinary
    ? 4 * Math.ceil(body.length / 3)
    : Buffer.byteLength(JSON.stringify(body.toString("utf8")));
  return CONTEXT_BYTES + headerBytes + bodyBytes;
}
