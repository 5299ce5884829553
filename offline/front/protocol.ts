/**
 * What a client speaks, told by its first bytes: TLS opens with a handshake record, HTTP/2 with prior knowledge with
 * its preface, and everything else is for the parser of HTTP/1.1 to judge. A client may send its first bytes one by
 * one, or go before they tell anything.
 */
import type { Socket } from "node:net";

export type Protocol = "http1" | "http2" | "tls";

const HTTP2_PREFACE = "PRI ";
const TLS_HANDSHAKE_RECORD = 0x16;

/** Undefined while the bytes may still become one thing or another: `P` begins both POST and HTTP/2's preface. */
export function protocolOf(head: Buffer): Protocol | undefined {
  if (head.length === 0) return undefined;
  if (head[0] === TLS_HANDSHAKE_RECORD) return "tls";
  const start = head.toString("latin1", 0, HTTP2_PREFACE.length);
  if (start === HTTP2_PREFACE) return "http2";
  return HTTP2_PREFACE.startsWith(start) ? undefined : "http1";
}

export interface GreetingBounds {
  /** Until a client's first byte: as long as an idle connection is kept. */
  readonly idleMs: number;
  /** From its first byte until the bytes tell what it speaks. */
  readonly headMs: number;
}

/**
 * Calls back once, when it is known what the client speaks, with every byte still to be read from the socket. One
 * that goes, or takes too long, is let go without a call.
 */
export function greet(
  socket: Socket,
  { idleMs, headMs }: GreetingBounds,
  serve: (protocol: Protocol) => void,
): void {
  const chunks: Buffer[] = [];
  const giveUp = () => socket.destroy();
  let deadline = setTimeout(giveUp, idleMs);
  const onReadable = () => {
    // What was read is kept here until all is told: put back at once, it would be announced as new, without an end.
    const before = chunks.length;
    for (let chunk = read(socket); chunk !== null; chunk = read(socket)) chunks.push(chunk);
    if (before === 0 && chunks.length > 0) {
      clearTimeout(deadline);
      deadline = setTimeout(giveUp, headMs);
    }
    const head = Buffer.concat(chunks);
    const protocol = protocolOf(head);
    if (protocol === undefined) return;
    stop();
    socket.unshift(head);
    serve(protocol);
  };
  const stop = () => {
    clearTimeout(deadline);
    socket.off("readable", onReadable).off("end", giveUp).off("close", stop);
  };
  socket.on("readable", onReadable).once("end", giveUp).once("close", stop);
}

function read(socket: Socket): Buffer | null {
  return socket.read() as Buffer | null;
}
