/**
 * Listening on the loopback, and beyond it where a user asked for that, with errors that say which port is taken and
 * which variable moves it.
 */
import { createServer, type AddressInfo, type Server } from "node:net";
import { EVERYWHERE } from "./reach.ts";

const LOOPBACK = "127.0.0.1";

/** Listens on the loopback and, if `host` is another address, there too, on the same port. */
export async function listen(
  server: Server,
  port: number,
  variable?: string,
  host: string = LOOPBACK,
): Promise<number> {
  if (host === LOOPBACK || EVERYWHERE.has(host)) return listenAt(server, host, port, variable);
  const actualPort = await listenAt(server, LOOPBACK, port, variable);
  const beyond = createServer({ noDelay: true, keepAlive: true }, (socket) => {
    server.emit("connection", socket);
  });
  server.once("close", () => beyond.close());
  try {
    await listenAt(beyond, host, actualPort, variable);
  } catch (error) {
    server.close();
    throw error;
  }
  return actualPort;
}

function listenAt(
  server: Server,
  host: string,
  port: number,
  variable: string | undefined,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") reject(new Error(portTaken(host, port, variable)));
      else if (host === LOOPBACK) reject(error);
      else
        reject(new Error(`cannot listen on ${host}, which HYDRANT_HOST names: ${error.message}`));
    };
    server.once("error", fail);
    server.listen({ port, host, backlog: 1024 }, () => {
      server.off("error", fail);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** A port that a client may want to know beforehand. */
export interface PortWish {
  readonly port: number;
  /** Nobody asked for it by name, so a free one does where it is taken. */
  readonly isOnlyUsual: boolean;
}

export const ANY_PORT: PortWish = { port: 0, isOnlyUsual: true };

export async function listenAsWished(
  server: Server,
  { port, isOnlyUsual }: PortWish,
  variable: string,
  host?: string,
): Promise<number> {
  try {
    return await listen(server, port, variable, host);
  } catch (error) {
    if (!isOnlyUsual) throw error;
    return await listen(server, 0, variable, host);
  }
}

function portTaken(host: string, port: number, variable: string | undefined): string {
  const remedy =
    variable === undefined ? "" : `; stop what uses it or set ${variable} to another port`;
  return `port ${port} on ${host} is taken${remedy}`;
}
