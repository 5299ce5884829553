/**
 * The front door: hands each request that comes in at the API's port (`door.ts`), unchanged, to what serves it, once
 * something does. Pages of other origins get no further.
 */
import { FOREIGN_REASON, isForeignPage, type AllowedOrigins } from "../origins.ts";
import { openDoor, type DoorOptions } from "./door.ts";
import { refuse, type AnyRequest, type AnyResponse, type Serve } from "./exchange.ts";

export interface Front {
  readonly port: number;
  /** From now on requests go to `serve`; before, they are answered 503. */
  open(serve: Serve): void;
  stop(): void;
}

export interface FrontOptions extends Omit<DoorOptions, "onRequest"> {
  /** Of pages that may call, beside those of the loopback. */
  readonly origins?: AllowedOrigins;
  /** What went wrong with a request, and is told nobody else. */
  readonly report?: (error: unknown) => void;
}

export async function startFront(options: FrontOptions): Promise<Front> {
  const { origins = new Set(), report = () => {} } = options;
  let serve: Serve | undefined;
  const onRequest = (request: AnyRequest, response: AnyResponse) => {
    if (isForeignPage(request.headers, origins)) {
      return refuse(response, 403, FOREIGN_REASON, "AccessDeniedException");
    }
    request.url = originForm(request.url ?? "");
    if (serve === undefined) return refuse(response, 503, "Service Unavailable");
    serve(request, response).catch((error: unknown) => {
      // A client that went is no problem of the server's.
      if (!request.destroyed && !response.destroyed) report(error);
      response.destroy();
    });
  };
  const door = await openDoor({ ...options, onRequest });
  return {
    port: door.port,
    open(served) {
      serve = served;
    },
    stop: () => door.close(),
  };
}

/**
 * A client that takes us for a proxy names a whole URL where others name a path; every server must take it.
 * https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2
 *
 * @example originForm("http://127.0.0.1:4566/health?a") // "/health?a"
 */
function originForm(target: string): string {
  const start = /^https?:\/\/[^/?#]*/i.exec(target)?.[0].length ?? 0;
  const rest = target.slice(start);
  return start > 0 && !rest.startsWith("/") ? `/${rest}` : rest;
}
