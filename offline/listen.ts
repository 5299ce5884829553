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

function portTaken(port: number, variable: string | undefined): string {
  const remedy =
    variable === undefined ? "" : `; stop what uses it or set ${variable} to another port`;
  return `port ${port} on 127.0.0.1 is taken${remedy}`;
}
