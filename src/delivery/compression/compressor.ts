/** What makes the bytes of an object, in bounded memory; for every compression: bytes in, bytes out. */

export interface Encoder<Content> {
  /** Copies the content before the promise resolves. One call at a time. */
  write(content: Content): Promise<void>;
  /** Sends what is left. */
  end(): Promise<void>;
  /** Frees what is held; once resolved, nothing more is sent. Never rejects. */
  destroy(): Promise<void>;
}

export type Compressor = Encoder<Uint8Array>;

/** Takes compressed bytes; resolves when it can take more. It copies what it keeps. */
export type ByteSink = (bytes: Uint8Array) => Promise<void>;

/**
 * @param seed what a container holds that looks random derives from it; the same for the same object
 */
export type OpenCompressor = (sink: ByteSink, seed: string) => Compressor;

export const DONE = Promise.resolve();
