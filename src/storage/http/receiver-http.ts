/**
 * Requests to hosts that somebody named. Where a name leads is looked at when a connection is made (`reach-guard.ts`), no
 * redirection is followed, and what a receiver answers is bounded in time and size. Whether to try again is for its caller to
 * say, but for a connection that was kept and closed at its other end: what was sent on it is sent once more.
 */
import { Agent, type IncomingMessage, request as httpRequest } from "node:http";
import { Agent as TlsAgent, request as httpsRequest } from "node:https";
import type { Clock } from "../../clock.ts";
import type {
  ReceiverAnswer,
  ReceiverHttp,
  ReceiverRequest,
} from "../../delivery/destinations/receivers/ports.ts";
import type { Reach } from "../../targets/address.ts";
import { guarded, PlaceRefused } from "../../targets/reach-guard.ts";
import { requestSigner } from "../sign-request.ts";
import type { Credentials } from "../sts/roles.ts";

export interface ReceiverHttpOptions {
  readonly reach: Reach;
  readonly clock: Clock;
  /** What requests are signed with: of the role, where it is assumed, else the function's own. */
  readonly credentialsOf: (roleArn: string | undefined) => Promise<SigningCredentials>;
}

export type SigningCredentials = Pick<Credentials, "accessKeyId" | "secretAccessKey"> & {
  readonly sessionToken?: string;
};

const SOCKETS_MAX_COUNT = 50;
const KEPT_MS = 50_000;

export function receiverHttp(options: ReceiverHttpOptions): ReceiverHttp {
  const kept = { keepAlive: true, maxSockets: SOCKETS_MAX_COUNT, timeout: KEPT_MS };
  const agents = {
    "http:": guarded(new Agent(kept), options.reach),
    "https:": guarded(new TlsAgent(kept), options.reach),
  };
  const signers = new Map<string, ReturnType<typeof requestSigner>>();

  async function signed(request: ReceiverRequest, url: URL): Promise<Record<string, string>> {
    const { signing, headers, body = "" } = request;
    if (signing === undefined) return { ...headers };
    const { service, region, roleArn } = signing;
    const sign = signers.get(service) ?? requestSigner(service);
    signers.set(service, sign);
    return sign({
      credentials: await options.credentialsOf(roleArn),
      region,
      atMs: options.clock.now(),
      method: request.method,
      path: url.pathname,
      query: url.search.slice(1),
      headers: { host: url.host, ...headers },
      body,
    });
  }

  return {
    async send(request) {
      const url = URL.parse(request.url);
      if (url?.protocol !== "http:" && url?.protocol !== "https:") {
        return { kind: "none", reason: "not allowed", detail: `${request.url} is no URL of HTTP` };
      }
      try {
        const headers = await signed(request, url);
        const agent = agents[url.protocol];
        const first = await exchange(request, url, headers, agent, options.clock);
        return first === "cut"
          ? finished(await exchange(request, url, headers, agent, options.clock))
          : first;
      } catch (error) {
        return notSent(error);
      }
    },
  };
}

function finished(answer: ReceiverAnswer | "cut"): ReceiverAnswer {
  if (answer !== "cut") return answer;
  return { kind: "none", reason: "cut", detail: "The connection was closed" };
}

/** `cut`: on a connection that was kept, and before anything of an answer came. */
function exchange(
  { method, body, timeoutMs, maxBytes }: ReceiverRequest,
  url: URL,
  headers: Readonly<Record<string, string>>,
  agent: Agent,
  clock: Clock,
): Promise<ReceiverAnswer | "cut"> {
  return new Promise((resolve) => {
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const length = body === undefined ? {} : { "content-length": body.length };
    const sent = send(url, { method, agent, headers: { ...headers, ...length } });
    const over = new AbortController();
    const end = (answer: ReceiverAnswer | "cut") => {
      resolve(answer);
      over.abort();
    };
    void clock.sleep(timeoutMs, over.signal).then(() => {
      if (over.signal.aborted) return undefined;
      const detail = `There was no answer within ${timeoutMs / 1000} s`;
      end({ kind: "none", reason: "timeout", detail });
      return sent.destroy();
    });
    sent.on("error", (error: NodeJS.ErrnoException) => {
      const isCut = sent.reusedSocket && CUT.has(error.code ?? "");
      end(isCut ? "cut" : notSent(error));
    });
    sent.on("response", (response) => {
      void read(response, maxBytes)
        .catch(notSent)
        .then((answer) => {
          end(answer);
          return answer.kind === "too large" ? sent.destroy() : undefined;
        });
    });
    sent.end(body);
  });
}

const CUT = new Set(["ECONNRESET", "EPIPE"]);

async function read(response: IncomingMessage, maxBytes: number): Promise<ReceiverAnswer> {
  const { statusCode: status = 0, rawHeaders } = response;
  const chunks: Buffer[] = [];
  let byteCount = rawHeaders.reduce((sum, text) => sum + text.length, 0);
  for await (const chunk of response as AsyncIterable<Buffer>) {
    byteCount += chunk.length;
    if (byteCount > maxBytes) return { kind: "too large", status };
    chunks.push(chunk);
  }
  if (byteCount > maxBytes) return { kind: "too large", status };
  const headers = Object.entries(response.headers).map(([name, value = ""]) => [
    name,
    Array.isArray(value) ? value.join(", ") : value,
  ]);
  return {
    kind: "answer",
    status,
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: Buffer.concat(chunks),
  };
}

/** OpenSSL's and Node's own. */
const OF_TLS =
  /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|EPROTO|HOSTNAME_MISMATCH)/;

function notSent(error: unknown): ReceiverAnswer {
  const { code = "", message } = error as NodeJS.ErrnoException;
  if (error instanceof PlaceRefused)
    return { kind: "none", reason: "not allowed", detail: message };
  if (OF_TLS.test(code)) return { kind: "none", reason: "tls", detail: message };
  return { kind: "none", reason: CUT.has(code) ? "cut" : "connection", detail: message || code };
}
