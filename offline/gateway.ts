/** Gets hold of the framework's own HTTP servers, which run in this process and have no other handle. */
import { randomUUID } from "node:crypto";
import { Server as HttpServer } from "node:http";
import { createRequire } from "node:module";
import { Server as NetServer, type AddressInfo } from "node:net";
import { pathToFileURL } from "node:url";

export interface ServerWatch {
  /** The HTTP server that listens on `port`. */
  at(port: number): HttpServer;
  end(): void;
}

/** Notes every server that starts to listen until `end`. */
export function watchServers(): ServerWatch {
  // Called with the server it belongs to, below.
  // eslint-disable-next-line typescript/unbound-method
  const listen = NetServer.prototype.listen;
  const seen = new Set<NetServer>();
  NetServer.prototype.listen = function (this: NetServer, ...args: unknown[]) {
    seen.add(this);
    return listen.apply(this, args as Parameters<typeof listen>);
  } as typeof listen;
  return {
    at(port) {
      for (const server of seen) {
        const address = server.address() as AddressInfo | null;
        if (server instanceof HttpServer && address?.port === port) return server;
      }
      throw new Error(`the framework does not listen on its port ${port}`);
    },
    end() {
      NetServer.prototype.listen = listen;
    },
  };
}

/**
 * Lets functions be invoked by ARN, with or without a qualifier, as Lambda does, and says of each invocation what
 * Lambda says; the framework knows names, and says neither.
 */
export function acceptArns(lambda: HttpServer): void {
  // Left to itself the server ends an idle connection after five seconds, now and then under a request on its way; a
  // message of the work queues is then hidden for as long as a function may run.
  lambda.keepAliveTimeout = 0;
  lambda.prependListener("request", (request, response) => {
    response.setHeader("x-amzn-requestid", randomUUID());
    response.setHeader("x-amz-executed-version", "$LATEST");
    const match = /^(\/[^/]+\/functions\/)([^/]+)(\/.*)$/.exec(request.url ?? "");
    if (match === null) return;
    const [, start, name, rest] = match;
    request.url = `${start}${functionName(decodeURIComponent(name ?? ""))}${rest}`;
  });
}

/**
 * Words a timeout as Lambda does. The framework throws an error class of its own with a text of its own, which
 * API Gateway's side reads for the status 504 in brackets; the class is reached through the base it calls.
 */
export async function wordTimeoutsAsLambda(): Promise<void> {
  const manifest = createRequire(import.meta.url).resolve("serverless-offline");
  const url = new URL("errors/LambdaTimeoutError.js", pathToFileURL(manifest));
  const { default: LambdaTimeoutError } = (await import(url.href)) as { default: object };
  class TaskTimedOut extends Error {
    constructor() {
      super("[504] Task timed out after the function's timeout");
    }
  }
  Object.setPrototypeOf(LambdaTimeoutError, TaskTimedOut);
}

/** `arn:aws:lambda:us-east-1:000000000000:function:upper:$LATEST` → `upper`. */
export function functionName(reference: string): string {
  const marker = ":function:";
  const start = reference.indexOf(marker);
  const named = start === -1 ? reference : reference.slice(start + marker.length);
  return named.split(":")[0] ?? named;
}
