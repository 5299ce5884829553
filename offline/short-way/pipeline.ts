/**
 * HTTP/1.1 to one server with many requests on few connections: a request does not wait for the answers to those before
 * it, and what is sent in one turn of the event loop leaves together. The server answers in their order
 * (https://www.rfc-editor.org/rfc/rfc9112#section-9.3.2). For a server that is known to give each answer a length.
 */
import { connect, type Socket } from "node:net";
import { type Answer, nextAnswer } from "./answers.ts";

export interface Waiting {
  /** Nobody waits any more. */
  isOver(): boolean;
  answered(answer: Answer): void;
  /** It may have been done or not. */
  failed(error: Error): void;
}

export interface Pipeline {
  /** @param request whole, as it is sent with the next `flush` */
  send(request: string, waiting: Waiting): Sent;
  flush(): void;
  close(): void;
}

export interface Sent {
  /** Its connection takes no further requests, and ends when nobody waits for it any more. */
  retire(): void;
}

/** More than one, so that a page of a megabyte does not hold up every put. */
const CONNECTION_COUNT = 4;

export function pipelineTo(hostname: string, port: number): Pipeline {
  const connections = new Set<Connection>();

  function leastBusy(): Connection {
    let least: Connection | undefined;
    for (const connection of connections) {
      if (connection.waitingCount === 0) return connection;
      if (least === undefined || connection.waitingCount < least.waitingCount) least = connection;
    }
    if (least !== undefined && connections.size >= CONNECTION_COUNT) return least;
    const added: Connection = new Connection(connect({ host: hostname, port }), () =>
      connections.delete(added),
    );
    connections.add(added);
    return added;
  }

  return {
    send(request, waiting) {
      const connection = leastBusy();
      connection.send(request, waiting);
      return {
        retire() {
          connections.delete(connection);
          connection.retire();
        },
      };
    },
    flush() {
      for (const connection of connections) connection.flush();
    },
    close() {
      for (const connection of connections) connection.end();
    },
  };
}

class Connection {
  readonly #socket: Socket;
  /** In the order in which they were sent. */
  #waiting: Waiting[] = [];
  #unsent = "";
  #received: Buffer[] = [];
  #receivedBytes = 0;
  /** So much must have been received before there is anything to read. */
  #wantedBytes = 0;
  #isRetired = false;

  constructor(socket: Socket, onClose: () => void) {
    this.#socket = socket.setNoDelay(true);
    let problem: Error | undefined;
    socket.on("error", (error) => (problem = error));
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.once("close", () => {
      onClose();
      const cut = { code: "ECONNRESET" };
      const error = problem ?? Object.assign(new Error("the connection was closed"), cut);
      const left = this.#waiting;
      this.#waiting = [];
      for (const waiting of left) waiting.failed(error);
    });
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  send(request: string, waiting: Waiting): void {
    if (this.#waiting.length === 0) this.#socket.ref();
    this.#waiting.push(waiting);
    this.#unsent += request;
  }

  flush(): void {
    if (this.#unsent === "") return;
    this.#socket.write(this.#unsent);
    this.#unsent = "";
  }

  /** Answers that are under way are still waited for. */
  retire(): void {
    this.#isRetired = true;
    if (this.#waiting.every((waiting) => waiting.isOver())) this.end();
  }

  end(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#received.push(chunk);
    this.#receivedBytes += chunk.length;
    if (this.#receivedBytes < this.#wantedBytes) return;
    let bytes = this.#received.length === 1 ? chunk : Buffer.concat(this.#received);
    try {
      for (;;) {
        const next = nextAnswer(bytes);
        if ("wantedBytes" in next) {
          this.#wantedBytes = next.wantedBytes;
          break;
        }
        bytes = bytes.subarray(next.byteCount);
        this.#waiting.shift()?.answered(next.answer);
      }
    } catch (error) {
      this.#socket.destroy(error as Error);
      return;
    }
    this.#received = [bytes];
    this.#receivedBytes = bytes.length;
    if (this.#waiting.length > 0) return;
    this.#socket.unref();
    if (this.#isRetired) this.end();
  }
}
