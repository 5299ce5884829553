/** Calls of Kinesis in CBOR over HTTP/1.1, as Java's clients make them: signed by the SDK, sent and read by hand. */
import { KinesisClient, ListStreamsCommand } from "@aws-sdk/client-kinesis";
import { parseCbor } from "../../../src/wire/cbor-parse.ts";
import { printCbor } from "../../../src/wire/cbor-print.ts";

export interface RawAnswer {
  readonly status: number;
  readonly contentType: string | null;
  readonly value: unknown;
}

interface Signed {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export async function callInCbor(
  endpoint: string,
  operation: string,
  input: object,
): Promise<RawAnswer> {
  const { headers, body } = await signed(endpoint, operation, printCbor(input));
  const { host: _host, "content-length": _length, ...rest } = headers;
  const response = await fetch(`${endpoint}/`, {
    method: "POST",
    headers: rest,
    body: new Uint8Array(body),
  });
  return {
    status: response.status,
    contentType: response.headers.get("content-type"),
    value: parseCbor(new Uint8Array(await response.arrayBuffer())),
  };
}

async function signed(endpoint: string, operation: string, body: Uint8Array): Promise<Signed> {
  let caught: Signed | undefined;
  const client = new KinesisClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
    requestHandler: {
      handle(request: Signed) {
        caught = request;
        return Promise.reject(new Error("caught"));
      },
    } as never,
  });
  client.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { body: unknown; headers: Record<string, string> };
      request.body = body;
      request.headers["content-type"] = "application/x-amz-cbor-1.1";
      request.headers["x-amz-target"] = `Kinesis_20131202.${operation}`;
      return next(args);
    },
    { step: "build", priority: "high" },
  );
  await client.send(new ListStreamsCommand({})).catch(() => undefined);
  client.destroy();
  if (caught === undefined) throw new Error("the SDK sent nothing");
  return caught;
}
