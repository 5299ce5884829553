/** HTTP with every header as given, for what no SDK would send. */
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { SignedRequest } from "../../src/auth/sigv4.ts";

export interface RawResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

export function sendRaw(
  endpoint: string,
  options: {
    readonly method?: string;
    /** A list is sent as a header for each of its values. */
    readonly headers?: Readonly<Record<string, string | string[]>>;
    readonly body?: Uint8Array | string;
  },
  /** The address as it is, instead of the root of it. */
  isWholeUrl = false,
): Promise<RawResponse> {
  const send = endpoint.startsWith("https:") ? httpsRequest : httpRequest;
  const isWhole = isWholeUrl || endpoint.endsWith("/") || endpoint.includes("?");
  const url = isWhole ? endpoint : `${endpoint}/`;
  return new Promise((resolve, reject) => {
    const outgoing = send(
      url,
      { method: options.method ?? "POST", headers: options.headers ?? {} },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text });
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(options.body ?? "");
  });
}

/** Sends a signed request, changed or not. */
export function sendSigned(
  endpoint: string,
  { method, headers, body }: SignedRequest,
): Promise<RawResponse> {
  return sendRaw(endpoint, {
    method,
    headers: {
      ...Object.fromEntries([...headers].map(([name, values]) => [name, values.join(",")])),
      // Of the body that is sent, so that a changed one arrives whole.
      "content-length": String(Buffer.byteLength(body)),
    },
    body,
  });
}
