/**
 * A connection that waited unused, in a function that was frozen above all, may have been closed at its other end
 * meanwhile. What is sent on it fails at once, and nothing is known of it: so only what may be done twice goes this way.
 */

/** The last is undici's, of an end that it did not expect. */
const CUT = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);

export async function evenIfCut<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!CUT.has((error as { readonly code?: string }).code ?? "")) throw error;
    return call();
  }
}
