/** HTTP without a server: what the front door takes and answers, whoever carries it. */

export interface HttpRequest {
  readonly method: string;
  /** The paths the client may have sent, likeliest first: gateways may strip a stage's name. Any path is served. */
  readonly paths: readonly string[];
  /** Decoded names and values. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** By lower-case name; a repeated header has several values. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: Uint8Array | string;
  /** As the gateway saw who sent it: never what the client says of itself. */
  readonly origin?: RequestOrigin;
  /** The id the gateway gave the request and will show the client, if there is a gateway. */
  readonly requestId?: string;
  /** Aborts when the client goes while it is answered; only where an answer can be streamed. */
  readonly signal?: AbortSignal;
}

export interface RequestOrigin {
  /** `203.0.113.7` */
  readonly address?: string;
  /** Whether it came over TLS. */
  readonly isSecure: boolean;
}

/** The last is text in UTF-8, piece by piece. */
export type HttpBody = Uint8Array | string | readonly Uint8Array[];

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: HttpBody;
  /** Follow each other in place of `body`; only where the request had a `signal`. */
  readonly frames?: AsyncIterable<Uint8Array>;
  /** Settles when what was answered before its end has ended, too. */
  readonly rest?: Promise<void>;
}

/** A header's value; values of a repeated header are joined as HTTP says. */
export function headerOf(request: HttpRequest, name: string): string | undefined {
  return request.headers.get(name)?.join(",");
}
