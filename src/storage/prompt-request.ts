/**
 * Requests that a caller waits for, made with what an SDK's client has (its endpoint and credentials) and past its
 * middleware and connections: one try, soon over, and signed once, with the time that the caller names. Nothing corrects
 * that time and nothing signs anew. It costs a quarter of the CPU time of the same call through the middleware:
 * docs/performance.md.
 */
import type { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import type { S3Client } from "@aws-sdk/client-s3";
import { exchange, type HttpAnswer } from "./exchange.ts";
import { requestSigner } from "./sign-request.ts";

type Client = DynamoDBClient | S3Client;

/** Where the SDK sends a call, with all that decides it: region, environment, account, bucket. */
interface Place {
  readonly url: URL;
  /** Without a slash at its end. */
  readonly basePath: string;
  readonly region: string;
}

export interface PromptRequest {
  readonly method: "GET" | "POST" | "PUT";
  /** From the first slash behind the place's own path on, encoded. */
  readonly path: string;
  /** By lower-case name; all of them are signed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly signedAtMs: number;
  /** Until the answer begins, and from each part of it to the next. */
  readonly timeoutMs: number;
}

/** @param probe a command that would go where the requests go; it is not sent */
export function promptRequests(
  service: "dynamodb" | "s3",
  client: Client,
  probe: () => object,
): (request: PromptRequest) => Promise<HttpAnswer> {
  const sign = requestSigner(service);
  let known: Promise<Place> | undefined;

  return async ({ method, path: tail, headers, body, signedAtMs, timeoutMs }) => {
    known ??= placeOf(client, probe());
    const { url, basePath, region } = await known.catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    const path = basePath + tail;
    const signed = sign({
      credentials: await client.config.credentials(),
      region,
      atMs: signedAtMs,
      method,
      path,
      headers: { ...headers, host: url.host },
      body,
    });
    return exchange({ origin: url.origin, method, path, headers: signed, body, timeoutMs });
  };
}

async function placeOf(client: Client, probe: object): Promise<Place> {
  const command = probe as GetItemCommand;
  let url: URL | undefined;
  command.middlewareStack.add(
    (_next, context) => () => {
      url = context.endpointV2?.url;
      return Promise.resolve({ response: undefined, output: { $metadata: {} } });
    },
    { step: "build", priority: "high" },
  );
  await (client as DynamoDBClient).send(command);
  if (url === undefined) throw new Error("the SDK names no endpoint");
  const basePath = url.pathname.replace(/\/$/, "");
  return { url, basePath, region: await client.config.region() };
}
