/** A call of Kinesis with any body at all, correctly signed by the SDK, sent over HTTP/1.1 and read by hand. */
import { KinesisClient, ListStreamsCommand } from "@aws-sdk/client-kinesis";
import { CallRefused } from "../../clients/installed-client.ts";
import type { Encoding } from "./encoding.ts";
import { KEY, REGION } from "../../target.ts";

interface Signed {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** The output, decoded; rejects with a `CallRefused`, and with another error for an answer in another encoding. */
export async function rawCall(
  endpoint: string,
  encoding: Encoding,
  operation: string,
  value: unknown,
): Promise<unknown> {
  const { headers, body } = await signed(endpoint, encoding, operation, value);
  const { host: _host, "content-length": _length, ...rest } = headers;
  const response = await fetch(`${endpoint}/`, {
    method: "POST",
    headers: rest,
    body: new Uint8Array(body),
  });
  const contentType = response.headers.get("content-type");
  if (contentType !== encoding.contentType) {
    throw new Error(`${operation} was answered ${response.status} as ${contentType}`);
  }
  const bytes = new Uint8Array(await response.arrayBuffer());
  const answer = bytes.length === 0 ? {} : encoding.decode(bytes);
  if (response.ok) return answer;
  const { __type, message, Message } = answer as Readonly<Record<string, string>>;
  throw new CallRefused(String(__type), message ?? Message ?? "", response.status);
}

/** What the SDK would send if it had this body, caught before it leaves. */
export async function signed(
  endpoint: string,
  encoding: Encoding,
  operation: string,
  value: unknown,
): Promise<Signed> {
  let caught: Signed | undefined;
  const client = new KinesisClient({
    endpoint,
    region: REGION,
    credentials: KEY,
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
      request.body = encoding.encode(value);
      request.headers["content-type"] = encoding.contentType;
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
