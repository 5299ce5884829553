/**
 * What a function writes a streamed answer into, with the manners of Lambda's Node runtime: status and headers are
 * JSON and eight zero bytes before everything else, and go out with the first `write` that is called; a stream that
 * is only ended has none.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
 */
import { PassThrough } from "node:stream";
import { PRELUDE_MAX_BYTES } from "./limits.ts";

type Callback = (error: Error | null | undefined) => void;

const DELIMITER = Buffer.alloc(8);

export class ResponseStream extends PassThrough {
  #contentType = "application/octet-stream";
  #prelude: Buffer | undefined;

  get contentType(): string {
    return this.#contentType;
  }

  setContentType(contentType: string): void {
    this.#contentType = contentType;
  }

  setPrelude(prelude: object): void {
    this.#prelude = Buffer.concat([Buffer.from(JSON.stringify(prelude)), DELIMITER]);
  }

  override write(
    chunk: Uint8Array | string,
    encoding?: BufferEncoding | Callback,
    callback?: Callback,
  ): boolean {
    if (this.#prelude !== undefined) {
      super.write(this.#prelude);
      this.#prelude = undefined;
    }
    return super.write(chunk, encoding as BufferEncoding, callback);
  }
}

export interface Prelude {
  readonly statusCode?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>;
  readonly cookies?: readonly string[];
}

/** @property memory that the body is in, which is nobody else's if the chunks' are nobody's */
export interface Head {
  readonly prelude: Prelude;
  readonly body: Buffer;
  readonly memory: Buffer;
}

/** Status and headers, and what of the body was read with them; undefined for a stream that has none. */
export async function readPrelude(chunks: AsyncIterator<Buffer>): Promise<Head | undefined> {
  let read: Buffer = Buffer.alloc(0);
  for (;;) {
    const end = read.indexOf(DELIMITER);
    if (end !== -1 && end <= PRELUDE_MAX_BYTES) {
      const prelude = parsePrelude(read.toString("utf8", 0, end));
      return prelude && { prelude, body: read.subarray(end + DELIMITER.length), memory: read };
    }
    if (read.length > PRELUDE_MAX_BYTES) return undefined;
    const { value, done } = await chunks.next();
    if (done === true) return undefined;
    read = read.length === 0 ? value : Buffer.concat([read, value]);
  }
}

function parsePrelude(text: string): Prelude | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}
