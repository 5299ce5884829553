/**
 * The first half of the front door: which operation a request calls, told from its envelope alone. No caller
 * is known yet, so nothing here looks beyond the request.
 */
import { type ErrorName, serviceError } from "../errors.ts";
import { LAMBDA_PAYLOAD_MAX_BYTES } from "../limits.ts";
import { emptyBodyEncoding, type Encoding, encodingOf, JSON_ENCODING } from "./codec.ts";
import { preflightResponse } from "./cors.ts";
import { headerOf, type HttpRequest, type HttpResponse } from "./http.ts";
import type { AnyOperation, NotOffered, Service } from "./operation.ts";
import { errorResponse, notACall, unknownEncoding } from "./respond.ts";

export interface Target<Context> {
  readonly service: Service<Context>;
  /** `PutRecord` */
  readonly name: string;
  readonly row: AnyOperation<Context> | NotOffered;
}

/** What can be told of a call before its body is parsed. */
export interface Envelope<Context> {
  readonly kind: "envelope";
  readonly encoding: Encoding;
  /** Absent: there is no such operation, which is told once the body is known to be one. */
  readonly target: Target<Context> | undefined;
}

export interface Call<Context> extends Target<Context> {
  readonly kind: "call";
  readonly encoding: Encoding;
  readonly parsedBody: Readonly<Record<string, unknown>>;
}

/** The request is answered without asking who sent it. */
export interface Turned {
  readonly kind: "turned";
  readonly response: HttpResponse;
  readonly error?: ErrorName;
}

/** Steps 1 to 5; the order is AWS's and can be seen from outside. */
export function readEnvelope<Context>(
  services: readonly Service<Context>[],
  request: HttpRequest,
  bytesIn: number,
): Envelope<Context> | Turned {
  // 1. The body's size. AWS answers nothing but the status, which clients show as an error named 413.
  const encoding = encodingOf(headerOf(request, "content-type"));
  if (bytesIn > LAMBDA_PAYLOAD_MAX_BYTES) {
    return refused(encoding ?? JSON_ENCODING, "RequestEntityTooLargeException", TOO_LARGE);
  }
  // 2. A browser's question before it calls.
  if (request.method === "OPTIONS" && request.headers.has("origin")) {
    return turned(preflightResponse(request));
  }
  // 3. Any other method.
  if (request.method !== "POST") return turned(notACall());

  const targetHeader = headerOf(request, "x-amz-target") ?? "";
  const service = findService(services, targetHeader);
  const target = service && findTarget(service, targetHeader);
  // 4. No body: the target decides.
  if (request.body.length === 0) {
    return refused(
      emptyBodyEncoding(service?.emptyBodyEncoding, encoding),
      target ? "SerializationException" : "UnknownOperationException",
    );
  }
  // 5. The content type.
  if (!encoding) return turned(/^\w+\.\w+$/.test(targetHeader) ? unknownEncoding() : notACall());
  return { kind: "envelope", encoding, target };
}

/** Steps 6 and 7. */
export function readCall<Context>(
  { encoding, target }: Envelope<Context>,
  request: HttpRequest,
): Call<Context> | Turned {
  // 6. The body, before its meaning is asked.
  const parsedBody = encoding.codec.parse(request.body);
  if (!parsedBody) return refused(encoding, "SerializationException");
  // 7. The operation.
  if (!target) return refused(encoding, "UnknownOperationException");
  return { kind: "call", ...target, encoding, parsedBody };
}

/** `Firehose_20150804.PutRecord`: both parts exactly. */
function findService<Context>(
  services: readonly Service<Context>[],
  target: string,
): Service<Context> | undefined {
  const prefix = target.slice(0, target.indexOf("."));
  return services.find(({ targetPrefix }) => targetPrefix === prefix);
}

function findTarget<Context>(
  service: Service<Context>,
  target: string,
): Target<Context> | undefined {
  const name = target.slice(target.indexOf(".") + 1);
  const row = service.operations.get(name);
  return row && { service, name, row };
}

function turned(response: HttpResponse): Turned {
  return { kind: "turned", response };
}

/** The sentence that API Gateway is told to give, too, for what does not come as far as here. */
const TOO_LARGE = "The request is larger than the 6 MB that a function can be sent.";

/** Mostly AWS gives no sentence here. */
function refused(encoding: Encoding, error: ErrorName, sentence = ""): Turned {
  return { ...turned(errorResponse(encoding, serviceError(error, sentence))), error };
}
