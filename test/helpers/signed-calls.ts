/**
 * Calls of Kinesis and Firehose that cost their client next to nothing, so that it takes little of the cores which a
 * server needs: a fixed number of connections that are kept, bodies that are made and hashed once, a signing key that is
 * reused, answers that nobody parses.
 */
import { createHash, createHmac } from "node:crypto";
import { Agent, request } from "node:http";

/** A body that is sent again and again. */
export interface Body {
  readonly bytes: Buffer;
  readonly hash: string;
}

export interface Answered {
  readonly status: number;
  readonly bytes: Buffer;
}

export interface SignedCalls {
  call(target: string, body: Body): Promise<Answered>;
  close(): void;
}

const REGION = "us-east-1";
const TYPE = "application/x-amz-json-1.1";
const SIGNED_HEADERS = "content-type;host;x-amz-date;x-amz-target";

export function bodyOf(input: object): Body {
  const bytes = Buffer.from(JSON.stringify(input));
  return { bytes, hash: sha256(bytes) };
}

export function signedCalls(endpoint: string, connectionCount: number): SignedCalls {
  const { host, hostname, port } = new URL(endpoint);
  const agent = new Agent({ keepAlive: true, maxSockets: connectionCount });
  const keys = new Map<string, Buffer>();

  function headersOf(target: string, { bytes, hash }: Body): Record<string, string> {
    const at = `${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
    const service = target.startsWith("Firehose") ? "firehose" : "kinesis";
    const scope = `${at.slice(0, 8)}/${REGION}/${service}/aws4_request`;
    const signed = `content-type:${TYPE}\nhost:${host}\nx-amz-date:${at}\nx-amz-target:${target}\n`;
    const canonical = `POST\n/\n\n${signed}\n${SIGNED_HEADERS}\n${hash}`;
    const key = keys.get(scope) ?? signingKey(scope);
    keys.set(scope, key);
    const signature = createHmac("sha256", key)
      .update(`AWS4-HMAC-SHA256\n${at}\n${scope}\n${sha256(canonical)}`)
      .digest("hex");
    return {
      "content-type": TYPE,
      host,
      "x-amz-date": at,
      "x-amz-target": target,
      "content-length": String(bytes.length),
      authorization: `AWS4-HMAC-SHA256 Credential=test/${scope}, SignedHeaders=${SIGNED_HEADERS}, Signature=${signature}`,
    };
  }

  return {
    call(target, body) {
      return new Promise((resolve, reject) => {
        const headers = headersOf(target, body);
        const sent = request({ hostname, port, agent, method: "POST", path: "/", headers });
        sent.once("error", reject);
        sent.once("response", (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.once("error", reject);
          response.once("end", () =>
            resolve({ status: response.statusCode ?? 0, bytes: Buffer.concat(chunks) }),
          );
        });
        sent.end(body.bytes);
      });
    },
    close: () => agent.destroy(),
  };
}

function signingKey(scope: string): Buffer {
  let key = Buffer.from("AWS4test");
  for (const part of scope.split("/")) key = createHmac("sha256", key).update(part).digest();
  return key;
}

function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}
