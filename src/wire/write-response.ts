/** Our answer into the stream of a function whose answers are streamed. */
import { once } from "node:events";
import type { Writable } from "node:stream";
import type { HttpResponse } from "./http.ts";

/**
 * Writes no faster than the client reads, and stops when it goes. Lambda's runtime sends status and headers with the
 * first `write`, and with none at all when a stream is only ended; so even an empty body is written.
 */
export async function writeResponse(
  { body, frames }: HttpResponse,
  stream: Writable,
  signal: AbortSignal,
): Promise<void> {
  if (frames === undefined) {
    // It is in memory as a whole, so that nothing is won by waiting for who reads it.
    const pieces = typeof body === "string" || body instanceof Uint8Array ? [body] : body;
    for (const piece of pieces) stream.write(piece);
    stream.end();
    return;
  }
  for await (const frame of frames) {
    if (signal.aborted) break;
    if (!stream.write(frame)) await drained(stream, signal);
  }
  // Also for a client that has gone: a stream that was not ended counts as a failure of the function's.
  stream.end();
}

async function drained(stream: Writable, signal: AbortSignal): Promise<void> {
  try {
    await once(stream, "drain", { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
