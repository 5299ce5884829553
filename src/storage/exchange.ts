/**
 * One request and its answer over HTTP/1.1, on connections that are kept: undici's, at half of what Node's own client and
 * the SDK's handler around it take (docs/performance.md). A request is written once; what becomes of one whose connection
 * is cut is for its caller to say.
 */
import type { Dispatcher } from "undici";
import Pool from "undici/lib/dispatcher/pool.js";

export interface HttpExchange {
  /** Such as `https://dynamodb.eu-central-1.amazonaws.com`. */
  readonly origin: string;
  readonly method: Dispatcher.HttpMethod;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Until the answer begins, and from each part of it to the next; to about half a second. */
  readonly timeoutMs: number;
}

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Waiting sockets are cheap, and a busy shard has many blocks under way, a consumer many lanes. */
const CONNECTIONS_MAX_COUNT = 200;
const CONNECTION_TIMEOUT_MS = 2000;
/** As long as a service that says nothing else may keep a connection that waits; one that it closes is seen to be closed. */
const IDLE_CONNECTION_MAX_MS = 60_000;

const pools = new Map<string, Pool>();

function poolOf(origin: string): Pool {
  let pool = pools.get(origin);
  if (pool === undefined) {
    pool = new Pool(origin, {
      connections: CONNECTIONS_MAX_COUNT,
      keepAliveTimeout: IDLE_CONNECTION_MAX_MS,
      connect: { timeout: CONNECTION_TIMEOUT_MS },
    });
    pools.set(origin, pool);
  }
  return pool;
}

export function exchange({ origin, timeoutMs, ...request }: HttpExchange): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let statusCode = 0;
    let headers: HttpAnswer["headers"] = {};
    const options = { ...request, headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
    poolOf(origin).dispatch(options, {
      onRequestStart() {},
      onResponseStart(_controller, status, answered) {
        statusCode = status;
        headers = answered;
      },
      onResponseData(_controller, chunk) {
        chunks.push(chunk);
      },
      onResponseEnd() {
        resolve({
          statusCode,
          headers,
          body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks),
        });
      },
      onResponseError(_controller, error) {
        reject(error);
      },
    });
  });
}
