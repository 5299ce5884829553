/** Requests as the AWS SDK for JavaScript signs them, caught before they leave. */
import { FirehoseClient, PutRecordCommand } from "@aws-sdk/client-firehose";
import type { SignedRequest } from "../../src/auth/sigv4.ts";

export const REGION = "us-east-1";
export const ACCESS_KEY = { id: "HYDRANTKEY", secret: "wJalrXUtnFEMI/K7MDENG", createdAtMs: 0 };

interface Captured {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

export async function signedBySdk(
  options: {
    readonly endpoint?: string;
    readonly region?: string;
    readonly sessionToken?: string;
    readonly accessKeyId?: string;
    readonly secretAccessKey?: string;
    /** Replaces what the command would send, before it is signed. */
    readonly body?: Uint8Array | string;
    readonly contentType?: string;
    readonly target?: string;
    /** Added to the clock that signs. */
    readonly clockOffsetMs?: number;
  } = {},
): Promise<SignedRequest> {
  let captured: Captured | undefined;
  const client = new FirehoseClient({
    endpoint: options.endpoint ?? "http://127.0.0.1:4566",
    region: options.region ?? REGION,
    maxAttempts: 1,
    systemClockOffset: options.clockOffsetMs ?? 0,
    credentials: {
      accessKeyId: options.accessKeyId ?? ACCESS_KEY.id,
      secretAccessKey: options.secretAccessKey ?? ACCESS_KEY.secret,
      ...(options.sessionToken === undefined ? {} : { sessionToken: options.sessionToken }),
    },
    requestHandler: {
      handle(request: Captured) {
        captured = request;
        return Promise.reject(new Error("caught"));
      },
    } as never,
  });
  const command = new PutRecordCommand({
    DeliveryStreamName: "logs",
    Record: { Data: Buffer.from("grüße") },
  });
  client.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { body: unknown; headers: Record<string, string> };
      if (options.body !== undefined) request.body = options.body;
      if (options.contentType !== undefined) request.headers["content-type"] = options.contentType;
      if (options.target !== undefined) request.headers["x-amz-target"] = options.target;
      return next(args);
    },
    { step: "build", priority: "high" },
  );
  await client.send(command).catch(() => undefined);
  if (captured === undefined) throw new Error("the SDK sent nothing");
  return {
    method: captured.method,
    paths: [captured.path],
    query: [],
    headers: new Map(
      Object.entries(captured.headers).map(([name, value]) => [name.toLowerCase(), [value]]),
    ),
    // A plain copy: the SDK's own kind of bytes warns when it is used as text.
    body: typeof captured.body === "string" ? captured.body : new Uint8Array(captured.body),
  };
}

/** When the request was signed. */
export function signedAtMs({ headers }: SignedRequest): number {
  const [text = ""] = headers.get("x-amz-date") ?? [];
  return Date.parse(
    text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"),
  );
}

export function withHeader(
  request: SignedRequest,
  name: string,
  ...values: readonly string[]
): SignedRequest {
  const headers = new Map(request.headers);
  if (values.length === 0) headers.delete(name);
  else headers.set(name, values);
  return { ...request, headers };
}
