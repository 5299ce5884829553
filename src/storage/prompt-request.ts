/**
 * Requests that a producer waits for, made with what an SDK's client has (its endpoint, credentials and connections) and
 * past its middleware: one try, soon over, and signed once, with the time that the caller names. Nothing corrects that
 * time and nothing signs anew. It costs a third of the CPU time of the same call through the middleware:
 * docs/performance.md.
 */
import type { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import type { S3Client } from "@aws-sdk/client-s3";
import type { Readable } from "node:stream";
import { requestSigner } from "./sign-request.ts";

type Client = DynamoDBClient | S3Client;

/** Where the SDK sends a call, with all that decides it: region, environment, account, bucket. */
interface Place {
  readonly url: URL;
  readonly region: string;
}

export interface PromptRequest {
  readonly method: string;
  /** From the first slash behind the place's own path on, encoded. */
  readonly path: string;
  /** By lower-case name; all of them are signed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly signedAtMs: number;
  readonly timeoutMs: number;
}

export interface PromptAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/**
 * @param client must end requests that take too long: `throwOnRequestTimeout`
 * @param probe a command that would go where the requests go; it is not sent
 */
export function promptRequests(
  service: "dynamodb" | "s3",
  client: Client,
  probe: () => object,
): (request: PromptRequest) => Promise<PromptAnswer> {
  const sign = requestSigner(service);
  let known: Promise<Place> | undefined;

  return async ({ method, path: tail, headers, body, signedAtMs, timeoutMs }) => {
    known ??= placeOf(client, probe());
    const { url, region } = await known.catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    const path = `${url.pathname.replace(/\/$/, "")}${tail}`;
    const request = {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port !== "" && { port: Number(url.port) }),
      path,
      query: {},
      body,
      headers: sign({
        credentials: await client.config.credentials(),
        region,
        atMs: signedAtMs,
        method,
        path,
        headers: { ...headers, host: url.host },
        body,
      }),
    };
    const options = { requestTimeout: timeoutMs };
    const { response } = await client.config.requestHandler.handle(request as never, options);
    const text = await textOf(response.body as Readable);
    return { statusCode: response.statusCode, headers: response.headers, text };
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
  return { url, region: await client.config.region() };
}

/** By its events: an iterator costs more than the answer of a put. */
function textOf(body: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    body.on("data", (chunk: Buffer) => void chunks.push(chunk));
    body.once("end", () => resolve(Buffer.concat(chunks).toString()));
    body.once("error", reject);
  });
}
