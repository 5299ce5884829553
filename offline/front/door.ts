/**
 * The listening side of the front: one port that takes HTTP/1.1 and HTTP/2 with prior knowledge and, given a certificate,
 * TLS with either in it, and hands on requests. A client's first bytes tell which it speaks. Every client is bounded in what it may keep open and in how long
 * it may keep us waiting, wherever it stops: before its first byte, in a handshake, in its headers, in a body, or in reading what it
 * asked for.
 */
import { createServer as createHttp1 } from "node:http";
import {
  createServer as createHttp2,
  Http2ServerRequest,
  type ServerHttp2Session,
} from "node:http2";
import { createServer as createTcp } from "node:net";
import { createServer as createTls, type TlsOptions } from "node:tls";
import { listen } from "../listen.ts";
import { clientOf, openConnections } from "./connections.ts";
import { greet } from "./protocol.ts";
import type { Identity } from "./x509.ts";
import { refuse, type AnyRequest, type AnyResponse } from "./exchange.ts";

export interface Bounds {
  /** Open connections, all clients together; beyond, one that keeps us waiting makes room. */
  readonly connectionMaxCount: number;
  /**
   * A connection without a request. Longer than clients keep idle ones, so that they close first and never meet a
   * closed one.
   */
  readonly idleMs: number;
  /** A TLS handshake, and the headers of a request, from their first byte to their last. */
  readonly headMs: number;
  /** The body of a request: in this time 10 MB come at 1.4 Mbit/s. */
  readonly bodyMs: number;
  /** Nothing moves, though a request is open: longer than any function takes to answer. */
  readonly stallMs: number;
}

const BOUNDS: Bounds = {
  connectionMaxCount: 4096,
  idleMs: 75_000,
  headMs: 20_000,
  bodyMs: 60_000,
  stallMs: 120_000,
};

export interface DoorOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Beside the loopback. */
  readonly host?: string;
  /** Absent: TLS is not served. */
  readonly identity?: Identity;
  readonly bounds?: Partial<Bounds>;
  /** A client tried TLS where it is not served. */
  onUnservedTls?(): void;
  onRequest(request: AnyRequest, response: AnyResponse): void;
}

export interface Door {
  readonly port: number;
  close(): void;
}

export async function openDoor(options: DoorOptions): Promise<Door> {
  const bounds = { ...BOUNDS, ...options.bounds };
  const connections = openConnections(bounds.connectionMaxCount);

  const onRequest = (request: AnyRequest, response: AnyResponse) => {
    const client = clientOf(request.socket);
    const answer = () => response.once("close", connections.answering(client));
    if (isWhole(request)) answer();
    else waitForBody(request, response, bounds.bodyMs, answer);
    options.onRequest(request, response);
  };

  const http1 = createHttp1(
    {
      keepAliveTimeout: bounds.idleMs,
      headersTimeout: bounds.headMs,
      // Bodies have a bound of their own, which HTTP/2 lacks.
      requestTimeout: 0,
      connectionsCheckingInterval: Math.min(1000, bounds.headMs),
    },
    onRequest,
  );
  http1.timeout = bounds.stallMs;
  // It waits for headers with a bound only once it listens; we listen in its place.
  http1.emit("listening");

  const http2 = createHttp2({}, onRequest);
  http2.on("sessionError", () => {});
  http2.on("session", (session) => endWhenStill(session, bounds.stallMs));

  const tls = options.identity && createTls({ ...options.identity, ...tlsOptions(bounds) });
  tls?.on("tlsClientError", (_, socket) => socket.destroy());
  tls?.on("secureConnection", (socket) => {
    socket.on("error", () => socket.destroy());
    // Settled by ALPN; a client that does not speak it speaks HTTP/1.1.
    if (socket.alpnProtocol === "h2") http2.emit("connection", socket);
    else greet(socket, bounds, () => http1.emit("connection", socket));
  });

  const listener = createTcp({ noDelay: true, keepAlive: true }, (socket) => {
    // Clients may go at any moment; that is their right.
    socket.on("error", () => socket.destroy());
    if (!connections.admit(socket)) {
      socket.destroy();
      return;
    }
    greet(socket, bounds, (protocol) => {
      const server = { http1, http2, tls }[protocol];
      if (server !== undefined) server.emit("connection", socket);
      else {
        socket.destroy();
        options.onUnservedTls?.();
      }
    });
  });
  return {
    port: await listen(listener, options.port, "HYDRANT_PORT", options.host),
    close() {
      listener.close();
      http1.close();
      connections.closeAll();
    },
  };
}

function tlsOptions({ headMs }: Bounds): TlsOptions {
  return { ALPNProtocols: ["h2", "http/1.1"], handshakeTimeout: headMs };
}

/** Nothing follows the headers. */
function isWhole(request: AnyRequest): boolean {
  if (request instanceof Http2ServerRequest) return request.stream.endAfterHeaders;
  const { "content-length": length = "0", "transfer-encoding": encoding } = request.headers;
  return encoding === undefined && length === "0";
}

function waitForBody(
  request: AnyRequest,
  response: AnyResponse,
  bodyMs: number,
  onWhole: () => void,
): void {
  const deadline = setTimeout(() => {
    if (response.headersSent || response.destroyed) return void request.destroy();
    const sent = request instanceof Http2ServerRequest ? request.stream : response;
    sent.once("finish", () => request.destroy());
    refuse(
      response,
      408,
      "The body of the request did not come in time.",
      "RequestTimeoutException",
    );
  }, bodyMs);
  request.once("end", () => {
    clearTimeout(deadline);
    onWhole();
  });
  response.once("close", () => clearTimeout(deadline));
}

/** Ends a session on which neither streams nor pings were seen for so long; streams that hang get as long again. */
function endWhenStill(session: ServerHttp2Session, stallMs: number): void {
  session.setTimeout(stallMs, () => {
    session.close();
    const deadline = setTimeout(() => session.destroy(), stallMs);
    session.once("close", () => clearTimeout(deadline));
  });
}
