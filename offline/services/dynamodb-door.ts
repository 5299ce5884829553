/**
 * The door in front of the embedded DynamoDB. It refuses what was signed too long ago, as DynamoDB does and the embedded
 * one does not; and, where it is asked to, what goes beyond DynamoDB's limits.
 */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { crc32 } from "node:zlib";
import { createLimiter, type Limiter, type Refusal } from "./capacity/limited.ts";
import { type Onward, onwardTo } from "./door.ts";
import { signatureTrouble } from "./signed-at.ts";

export function dynamodbDoor(endpoint: string, isLimited: boolean): Server {
  const onward = onwardTo(endpoint);
  const limiter = isLimited ? createLimiter(endpoint) : undefined;
  const server = createServer((incoming, response) => {
    const trouble = signatureTrouble(incoming.headers["x-amz-date"]?.toString(), Date.now());
    if (trouble !== undefined) {
      incoming.resume();
      refuse(response, {
        __type: "com.amazon.coral.service#InvalidSignatureException",
        message: trouble,
      });
    } else if (limiter === undefined) onward.pass(incoming, response);
    // The client is gone, or the service.
    else passLimited(limiter, onward, incoming, response).catch(() => response.destroy());
  });
  server.once("close", () => onward.close());
  return server;
}

async function passLimited(
  limiter: Limiter,
  onward: Onward,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await buffer(incoming);
  const admitted = await limiter.admit(String(incoming.headers["x-amz-target"]), body);
  if (admitted !== undefined && "refusal" in admitted) return refuse(response, admitted.refusal);
  const answer = await onward.exchange(incoming, admitted?.body ?? body);
  const bytes = admitted?.settle(answer.status, answer.body) ?? answer.body;
  send(response, answer.status, answer.headers, bytes);
}

function refuse(response: ServerResponse, refusal: Refusal): void {
  const headers = {
    "content-type": "application/x-amz-json-1.0",
    "x-amzn-requestid": randomUUID(),
  };
  send(response, 400, headers, Buffer.from(JSON.stringify(refusal)));
}

function send(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string | string[]>>,
  body: Buffer,
): void {
  response.writeHead(status, {
    ...headers,
    "content-length": String(body.length),
    "x-amz-crc32": String(crc32(body)),
  });
  response.end(body);
}
