/** Answers of an HTTP/1.1 server that come one after the other, each with its length. */

export interface Answer {
  readonly statusCode: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export type Next =
  | { readonly answer: Answer; readonly byteCount: number }
  /** The answer is not whole before so many bytes are there. */
  | { readonly wantedBytes: number };

const HEAD_END = "\r\n\r\n";

export function nextAnswer(bytes: Buffer): Next {
  const headBytes = bytes.indexOf(HEAD_END, 0, "latin1");
  if (headBytes < 0) return { wantedBytes: bytes.length + 1 };
  const [statusLine = "", ...lines] = bytes.toString("latin1", 0, headBytes).split("\r\n");
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const statusCode = Number(/^HTTP\/1\.1 (\d{3})\b/.exec(statusLine)?.[1]);
  const bodyBytes = Number(headers["content-length"]);
  if (!(statusCode >= 200) || !(bodyBytes >= 0)) {
    throw new Error(`an answer without a status or a length: ${statusLine}`);
  }
  const from = headBytes + HEAD_END.length;
  const byteCount = from + bodyBytes;
  if (bytes.length < byteCount) return { wantedBytes: byteCount };
  const body = bytes.subarray(from, byteCount);
  return { answer: { statusCode, headers, body }, byteCount };
}
