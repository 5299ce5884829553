/**
 * The book of open connections. When it is full, a new client takes the place of one that keeps us waiting: the
 * oldest of the address that has most of these. So nobody, by opening many and sending nothing, keeps others out, and no
 * request that is being answered is cut off.
 */
import type { Socket } from "node:net";

export interface Connections {
  /** False when every place is taken by a client that is being answered. */
  admit(socket: Socket): boolean;
  /** A whole request has come: its client is answered until the function that is returned is called. */
  answering(client: string | undefined): () => void;
  closeAll(): void;
}

interface Connection {
  readonly socket: Socket;
  readonly address: string;
  requestCount: number;
}

/** Names a connection by its far end, whichever layer of TLS and HTTP/2 it is asked through. */
export function clientOf({ remoteAddress, remotePort }: Partial<Socket>): string | undefined {
  return remoteAddress === undefined ? undefined : `${remoteAddress} ${remotePort}`;
}

export function openConnections(maxCount: number): Connections {
  const all = new Map<string, Connection>();
  /** Those that owe us a request, by address, each address's longest waiting first. */
  const waiting = new Map<string, Set<Connection>>();

  function wait(connection: Connection): void {
    const { address } = connection;
    const others = waiting.get(address);
    if (others === undefined) waiting.set(address, new Set([connection]));
    else others.add(connection);
  }

  function waitNoMore(connection: Connection): void {
    const { address } = connection;
    const others = waiting.get(address);
    others?.delete(connection);
    if (others?.size === 0) waiting.delete(address);
  }

  function makeRoom(): boolean {
    let most: Set<Connection> | undefined;
    for (const those of waiting.values()) if (those.size > (most?.size ?? 0)) most = those;
    const [oldest] = most ?? [];
    if (oldest === undefined) return false;
    forget(oldest);
    oldest.socket.destroy();
    return true;
  }

  function forget(connection: Connection): void {
    waitNoMore(connection);
    const client = clientOf(connection.socket);
    if (client !== undefined) all.delete(client);
  }

  return {
    admit(socket) {
      const client = clientOf(socket);
      // Gone already.
      if (client === undefined) return false;
      if (all.size >= maxCount && !makeRoom()) return false;
      const connection = { socket, address: socket.remoteAddress ?? "", requestCount: 0 };
      all.set(client, connection);
      wait(connection);
      socket.once("close", () => {
        waitNoMore(connection);
        if (all.get(client) === connection) all.delete(client);
      });
      return true;
    },
    answering(client) {
      const connection = client === undefined ? undefined : all.get(client);
      if (connection === undefined) return () => {};
      connection.requestCount += 1;
      waitNoMore(connection);
      return () => {
        connection.requestCount -= 1;
        if (connection.requestCount === 0 && !connection.socket.destroyed) wait(connection);
      };
    },
    closeAll() {
      for (const { socket } of all.values()) socket.destroy();
    },
  };
}
