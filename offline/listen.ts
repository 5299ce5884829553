/** Listening on the loopback, with errors that say which port is taken and which variable moves it. */
import type { AddressInfo, Server } from "node:net";

export function listen(server: Server, port: number, variable?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => {
      reject(error.code === "EADDRINUSE" ? new Error(portTaken(port, variable)) : error);
    };
    server.once("error", fail);
    server.listen({ port, host: "127.0.0.1", backlog: 1024 }, () => {
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
): Promise<number> {
  try {
    return await listen(server, port, variable);
  } catch (error) {
    if (!isOnlyUsual) throw error;
    return await listen(server, 0);
  }
}

function portTaken(port: number, variable: string | undefined): string {
  const remedy =
    variable === undefined ? "" : `; stop what uses it or set ${variable} to another port`;
  return `port ${port} on 127.0.0.1 is taken${remedy}`;
}
