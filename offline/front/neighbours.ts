/**
 * AWS's other services, as far as producers ask for them at the endpoint they were given. The Kinesis Producer Library
 * asks STS who it is and sends metrics to CloudWatch: the one is answered, the metrics are taken and dropped. A request is
 * theirs when it is signed for them. The signature itself is not looked at: nothing is kept, and nothing told but the
 * account.
 */
import { randomUUID } from "node:crypto";
import { gunzipSync } from "node:zlib";
import type { ServerResponse } from "node:http";
import { refuse, type AnyRequest, type AnyResponse, type Serve } from "./exchange.ts";

interface Signer {
  readonly keyId: string;
  readonly service: string;
}

interface Neighbour {
  /** Of its XML answers. */
  readonly namespace: string;
  /** By operation: what its result has; nothing, where it has none. */
  readonly operations: Readonly<Record<string, (keyId: string, accountId: string) => Members>>;
}

type Members = Readonly<Record<string, string>>;

/** By the name they are signed for. */
const NEIGHBOURS: ReadonlyMap<string, Neighbour> = new Map<string, Neighbour>([
  [
    "sts",
    {
      namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
      operations: {
        GetCallerIdentity: (keyId, accountId) => ({
          Arn: `arn:aws:iam::${accountId}:user/${keyId}`,
          UserId: keyId,
          Account: accountId,
        }),
      },
    },
  ],
  [
    "monitoring",
    {
      namespace: "http://monitoring.amazonaws.com/doc/2010-08-01/",
      operations: { PutMetricData: () => ({}) },
    },
  ],
]);

/** What CloudWatch takes in one call. */
const BODY_MAX_BYTES = 1024 * 1024;

/** Answers calls of the neighbours and hands on all others. */
export function withNeighbours(serve: Serve, accountId: string): Serve {
  return async (request, response) => {
    const signer = signerOf(request);
    const neighbour = signer && NEIGHBOURS.get(signer.service);
    if (neighbour === undefined) return serve(request, response);
    const body = await readBody(request);
    if (body === undefined) {
      return refuse(response, 413, "The request is too large.", "RequestEntityTooLargeException");
    }
    const wording = WORDINGS[protocolOf(request)];
    const operation = wording.operationOf(request, body);
    const known = Object.entries(neighbour.operations).find(([name]) => name === operation);
    if (known === undefined) {
      const message = `Could not find operation ${operation.slice(0, 100)}: Hydrant answers ${Object.keys(neighbour.operations).join(", ")} only`;
      send(response, 400, wording.headers, wording.refused("InvalidAction", message, neighbour));
    } else {
      const members = known[1](signer!.keyId, accountId);
      send(response, 200, wording.headers, wording.done(operation, members, neighbour));
    }
  };
}

/** By the scope of the credential, in the header or in a query that was signed beforehand. */
function signerOf({ headers, url = "" }: AnyRequest): Signer | undefined {
  const header = /Credential=([^,\s]{1,256})/.exec(headers.authorization ?? "")?.[1];
  const credential = header ?? parametersOf(url).get("X-Amz-Credential") ?? "";
  const [keyId = "", , , service] = credential.split("/");
  return service !== undefined && /^[\w-]{1,128}$/.test(keyId) ? { keyId, service } : undefined;
}

function parametersOf(url: string): URLSearchParams {
  const start = url.indexOf("?");
  return new URLSearchParams(start === -1 ? "" : url.slice(start + 1));
}

/** SDKs of different ages put calls of CloudWatch differently; STS has one way. */
type Protocol = "query" | "json" | "cbor";

function protocolOf({ headers }: AnyRequest): Protocol {
  if (headers["smithy-protocol"] === "rpc-v2-cbor") return "cbor";
  return headers["x-amz-target"] === undefined ? "query" : "json";
}

interface Wording {
  readonly headers: Readonly<Record<string, string>>;
  operationOf(request: AnyRequest, body: Buffer): string;
  done(operation: string, members: Members, neighbour: Neighbour): string | Buffer;
  refused(code: string, message: string, neighbour: Neighbour): string | Buffer;
}

const WORDINGS: Readonly<Record<Protocol, Wording>> = {
  query: {
    headers: { "content-type": "text/xml" },
    operationOf({ url = "" }, body) {
      const form = new URLSearchParams(body.toString());
      return form.get("Action") ?? parametersOf(url).get("Action") ?? "";
    },
    done(operation, members, { namespace }) {
      const entries = Object.entries(members).map(([name, text]) => `<${name}>${text}</${name}>`);
      const result = `<${operation}Result>${entries.join("")}</${operation}Result>`;
      return `<${operation}Response xmlns="${namespace}">${entries.length === 0 ? "" : result}<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></${operation}Response>`;
    },
    refused(code, message, { namespace }) {
      return `<ErrorResponse xmlns="${namespace}"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message.replaceAll(/[<&]/g, "?")}</Message></Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`;
    },
  },
  json: {
    headers: { "content-type": "application/x-amz-json-1.0" },
    operationOf: ({ headers }) => String(headers["x-amz-target"]).split(".")[1] ?? "",
    done: (_, members) => JSON.stringify(members),
    refused: (code, message) => JSON.stringify({ __type: code, message }),
  },
  cbor: {
    headers: { "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" },
    operationOf: ({ url = "" }) => /\/operation\/(\w+)/.exec(url)?.[1] ?? "",
    done: (_, members) => cborMap(members),
    refused: (code, message) => cborMap({ __type: code, message }),
  },
};

/** Of fewer than 24 members; a text of up to 65,535 bytes has its length in two. */
function cborMap(members: Members): Buffer {
  const texts = Object.entries(members)
    .flat()
    .map((text) => {
      const length = Buffer.byteLength(text);
      return Buffer.concat([Buffer.of(0x79, length >> 8, length & 0xff), Buffer.from(text)]);
    });
  return Buffer.concat([Buffer.of(0xa0 + texts.length / 2), ...texts]);
}

/** As it was before it was compressed, as SDKs do with metrics; undefined when there is more than is taken. */
async function readBody(request: AnyRequest): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let byteCount = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    byteCount += chunk.length;
    // Read to its end all the same: a client that is cut off while it sends sees no answer.
    if (byteCount <= BODY_MAX_BYTES) chunks.push(chunk);
  }
  if (byteCount > BODY_MAX_BYTES) return undefined;
  const body = Buffer.concat(chunks);
  if (request.headers["content-encoding"] !== "gzip") return body;
  try {
    return gunzipSync(body, { maxOutputLength: BODY_MAX_BYTES });
  } catch {
    return undefined;
  }
}

function send(
  response: AnyResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer,
): void {
  (response as ServerResponse)
    .writeHead(status, {
      ...headers,
      "content-length": Buffer.byteLength(body),
      "x-amzn-requestid": randomUUID(),
    })
    .end(body);
}
