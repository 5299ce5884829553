/**
 * The front door: one port of the loopback that takes HTTP/1.1 and HTTP/2 with prior knowledge, and hands each
 * request, unchanged, to what serves it. A client's first bytes tell which protocol it speaks: HTTP/2 opens with
 * "PRI * HTTP/2.0".
 */
import { createServer as createHttp1 } from "node:http";
import { createServer as createHttp2 } from "node:http2";
import { createServer as createTcp, type Socket } from "node:net";
import { listen } from "../listen.ts";
import { refuse, type AnyRequest, type AnyResponse, type Serve } from "./exchange.ts";

export interface Front {
  readonly port: number;
  /** From now on requests go to `serve`; before, they are answered 503. */
  open(serve: Serve): void;
  stop(): void;
}

const HTTP2_PREFACE = "PRI ";
/** Longer than clients keep idle connections, so that they close first and never meet a closed one. */
const KEEP_ALIVE_MS = 75_000;

export async function startFront(
  port: number,
  report: (error: unknown) => void = () => {},
): Promise<Front> {
  let serve: Serve | undefined;
  const onRequest = (request: AnyRequest, response: AnyResponse) => {
    if (serve === undefined) return refuse(response, 503, "Service Unavailable");
    serve(request, response).catch((error: unknown) => {
      // A client that went is no problem of the server's.
      if (!request.destroyed && !response.destroyed) report(error);
      response.destroy();
    });
  };
  const http1 = createHttp1(
    { keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: KEEP_ALIVE_MS + 5000, requestTimeout: 0 },
    onRequest,
  );
  const http2 = createHttp2({}, onRequest);
  http2.on("sessionError", () => {});
  const sockets = new Set<Socket>();
  const listener = createTcp({ noDelay: true, keepAlive: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    // Clients may go at any moment; that is their right.
    socket.on("error", () => socket.destroy());
    route(socket, http1, http2);
  });
  const actualPort = await listen(listener, port, "HYDRANT_PORT");
  return {
    port: actualPort,
    open(served) {
      serve = served;
    },
    stop() {
      listener.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function route(
  socket: Socket,
  http1: { emit(event: "connection", socket: Socket): boolean },
  http2: { emit(event: "connection", socket: Socket): boolean },
): void {
  const onReadable = () => {
    const head = socket.read() as Buffer | null;
    if (head === null) return;
    const start = head.toString("latin1", 0, HTTP2_PREFACE.length);
    socket.unshift(head);
    if (start.length < HTTP2_PREFACE.length && HTTP2_PREFACE.startsWith(start)) return;
    socket.off("readable", onReadable);
    (start === HTTP2_PREFACE ? http2 : http1).emit("connection", socket);
  };
  socket.on("readable", onReadable);
}
