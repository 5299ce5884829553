/**
 * The front door: one request in, one answer out, never an exception. The checks run in the order in which
 * AWS makes them, and no operation has an effect before every one has passed.
 */
import { mustBeSigned } from "../auth/authorization.ts";
import { authorize, type Resources } from "../auth/authorize.ts";
import { type Principal, principalOf } from "../auth/principal.ts";
import type { KeyRates } from "../auth/rates.ts";
import { type Caller, createVerifier, type VerifierOptions } from "../auth/sigv4.ts";
import type { AccessKeyStore } from "../auth/store.ts";
import type { Clock } from "../clock.ts";
import {
  type ErrorName,
  RATE_EXCEEDED,
  serviceError,
  type ServiceError,
  toServiceError,
} from "../errors.ts";
import { type Random, randomUuid } from "../random.ts";
import { CBOR_1_1, type Encoding } from "./codec.ts";
import { CORS_HEADERS } from "./cors.ts";
import { encodeEvents, EVENT_STREAM, EventStream, type StreamEnd } from "./event-stream.ts";
import { headerOf, type HttpRequest, type HttpResponse } from "./http.ts";
import type { Output, Service, ServiceTraits } from "./operation.ts";
import { inTime } from "./in-time.ts";
import { errorResponse, outputResponse } from "./respond.ts";
import {
  type Call,
  type Envelope,
  readCall,
  readEnvelope,
  type Target,
  type Turned,
} from "./route.ts";
import { tagsOf } from "./request-tags.ts";
import { validate } from "./validate.ts";

export interface DispatchOptions<Context> {
  readonly services: readonly Service<Context>[];
  readonly keys: AccessKeyStore;
  readonly openSession?: VerifierOptions["openSession"];
  readonly accountId: string;
  readonly region: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Absent: keys have no rates. */
  readonly rates?: KeyRates;
  /** What is not done by then is answered with an error that says so; absent: a call takes the time it takes. */
  readonly callMaxMs?: number;
  /** What the handlers of this one call get beside their input. */
  contextFor(request: HttpRequest, caller: Caller): Context | Promise<Context>;
  /** What policies may ask of a resource; absent: nothing. */
  resources?(arn: string, asksTags: boolean, context: Context): ReturnType<Resources>;
  /** Called once per request, after the answer is made; of a stream of events, after its end. */
  report(report: RequestReport, request: HttpRequest): void;
}

/** What may be known of a request afterwards. It holds no data, no sentences and no secrets. */
export interface RequestReport {
  readonly requestId: string;
  readonly status: number;
  readonly bytesIn: number;
  readonly durationMs: number;
  /** `firehose:PutRecord`; absent when the request named no operation. */
  readonly operation?: string;
  /** What the operation is about, as policies name it; absent: it was refused before that was known. */
  readonly resource?: string;
  /** Only of a verified request. */
  readonly accessKeyId?: string;
  /** Whose the key is, as policies name him. */
  readonly caller?: string;
  readonly error?: ErrorName;
  /** What was thrown, when it was not meant for the caller. */
  readonly failure?: unknown;
}

/** A verified request. */
interface Sent<Context> {
  readonly request: HttpRequest;
  readonly caller: Caller;
  readonly principal: Principal;
  readonly context: Context;
  /** What becomes known of it while it is carried out. */
  readonly known: Known;
}

/** What becomes known of a call while it is carried out. */
type Known = { -readonly [Name in "operation" | "resource" | "accessKeyId" | "caller"]?: string };

type Outcome = Known &
  Pick<RequestReport, "error" | "failure"> & {
    readonly response: HttpResponse;
    readonly events?: EventStream;
  };

export type Dispatch = (request: HttpRequest) => Promise<HttpResponse>;

export function createDispatch<Context>(options: DispatchOptions<Context>): Dispatch {
  const { services, accountId, clock, random, rates } = options;
  const verifier = createVerifier(options);

  async function answer(request: HttpRequest, bytesIn: number): Promise<Outcome> {
    const envelope = readEnvelope(services, request, bytesIn);
    if (envelope.kind === "turned") return turned(envelope);
    const refused = await refusedUnread(request, envelope, bytesIn);
    if (refused !== undefined) return refused;
    const routed = readCall(envelope, request);
    if (routed.kind === "turned") return turned(routed);

    const known: Known = { operation: nameOf(routed) };
    const work = carryOut(request, routed, known, bytesIn);
    if (options.callMaxMs === undefined) return work;
    const result = await inTime(work, clock, options.callMaxMs);
    return result.kind === "done" ? result.value : tooLate(routed, known, result.rest, work);
  }

  /**
   * A body is not parsed for a key that has no calls left anyway: its signature says that it was the key. Whoever only
   * names the key is refused like anybody, in the usual order.
   */
  async function refusedUnread(
    request: HttpRequest,
    { encoding, target }: Envelope<Context>,
    bytesIn: number,
  ): Promise<Outcome | undefined> {
    if (target === undefined || !rates?.isSpent(claimedKeyOf(request))) return undefined;
    const { service, name } = target;
    const caller = await verifier.verify(request, service.signingName).catch(() => undefined);
    const { id, rate, rateAccount } = caller?.accessKey ?? {};
    if (id === undefined || rate === undefined) return undefined;
    if (await rates.admit(id, rate, bytesIn, rateAccount)) return undefined;
    const error = rateExceeded(service, name);
    return {
      response: errorResponse(encoding, error),
      operation: nameOf(target),
      error: error.name,
      accessKeyId: id,
    };
  }

  /** Never rejects. */
  async function carryOut(
    request: HttpRequest,
    routed: Call<Context>,
    known: Known,
    bytesIn: number,
  ): Promise<Outcome> {
    try {
      // 8. Who sent it.
      const caller = await verifier.verify(request, routed.service.signingName);
      known.accessKeyId = caller.accessKey.id;
      const principal = principalOf(caller.accessKey, accountId);
      known.caller = principal.arn;
      checkContentType(routed.encoding, caller);
      const { id, rate, rateAccount } = caller.accessKey;
      if (rates && rate && !(await rates.admit(id, rate, bytesIn, rateAccount))) {
        throw rateExceeded(routed.service, routed.name);
      }
      const context = await options.contextFor(request, caller);
      const output = await perform(routed, { request, caller, principal, context, known });
      if (output instanceof EventStream) {
        const response = { status: 200, headers: { "Content-Type": EVENT_STREAM }, body: "" };
        return { response, events: output, ...known };
      }
      return { response: outputResponse(routed.encoding, routed.service, output), ...known };
    } catch (thrown) {
      const error = toServiceError(thrown);
      return {
        response: errorResponse(routed.encoding, error),
        ...known,
        error: error.name,
        ...(error !== thrown && { failure: thrown }),
      };
    }
  }

  /** Whether it had an effect is not known, as with any other failure of the service's. */
  function tooLate(
    { encoding }: Call<Context>,
    known: Known,
    rest: Promise<void>,
    work: Promise<Outcome>,
  ): Outcome {
    const seconds = (options.callMaxMs ?? 0) / 1000;
    const error = serviceError("InternalFailure", `The operation did not end within ${seconds} s.`);
    // Nobody will read what it pushes.
    void work.then(({ events }) => events?.release());
    return {
      response: { ...errorResponse(encoding, error), rest },
      ...known,
      error: error.name,
      failure: new Error(`no end within ${seconds} s`),
    };
  }

  async function perform(
    { row, name, service, encoding, parsedBody }: Call<Context>,
    { request, caller, principal, context, known }: Sent<Context>,
  ): Promise<Output> {
    if (row.kind === "notOffered") {
      throw serviceError(
        "UnsupportedOperationException",
        `${name} is not offered by Hydrant: ${row.reason}`,
      );
    }
    // 9. Every member's type.
    const input = encoding.codec.decode(row.input, parsedBody);
    // 10. Every bound, all violations in one message.
    validate(row.input, input, service);
    // 11. Whether the caller may do this to that.
    const question = {
      policy: caller.accessKey.policy,
      facts: {
        nowMs: clock.now(),
        principal,
        isSecure: request.origin?.isSecure ?? false,
        ...(request.origin?.address !== undefined && { sourceIp: request.origin.address }),
        ...tagsOf(input),
      },
      resources: (arn: string, asksTags: boolean) => options.resources?.(arn, asksTags, context),
    };
    const action = `${service.signingName}:${name}`;
    const resource = (await row.resource?.(input, context)) ?? "*";
    known.resource = resource;
    await authorize([{ action, resource }], question);
    const implied = await row.implies?.(input, context);
    if (implied !== undefined) await authorize(implied, question);
    // 12. The meaning, and the effect.
    return row.handle(input, context);
  }

  return async (request) => {
    const startedAtMs = clock.now();
    const requestId = request.requestId ?? randomUuid(random);
    const bytesIn = Buffer.byteLength(request.body);
    const { response, events, ...outcome } = await answer(request, bytesIn);
    const report = (end: StreamEnd = {}) =>
      options.report(
        {
          requestId,
          status: response.status,
          bytesIn,
          durationMs: clock.now() - startedAtMs,
          ...outcome,
          ...end,
        },
        request,
      );
    if (!events) report();
    const fromPage = request.headers.has("origin");
    return {
      ...response,
      headers: {
        "x-amzn-RequestId": requestId,
        // SDKs set their clocks by it when a signature's time is refused.
        Date: new Date(clock.now()).toUTCString(),
        ...(request.method === "OPTIONS" ? {} : { "x-amz-id-2": extendedId(random) }),
        ...(fromPage && request.method !== "OPTIONS" ? CORS_HEADERS : {}),
        ...response.headers,
      },
      ...(events && { frames: encodeEvents(events, report) }),
    };
  };
}

/**
 * A content type that is not signed may have been changed on its way, and the body would mean something else. JSON is what
 * clients send that do not sign it, such as PHP's, so that it decides nothing for them.
 */
function checkContentType({ mediaType }: Encoding, { signedHeaders }: Caller): void {
  if (mediaType === CBOR_1_1 && !signedHeaders.includes("content-type")) {
    throw mustBeSigned("content-type");
  }
}

const nameOf = ({ service, name }: Target<never>) => `${service.signingName}:${name}`;

function turned({ response, error }: Turned): Outcome {
  return { response, ...(error && { error }) };
}

/** As the request says; whether it is true nobody knows yet. */
function claimedKeyOf(request: HttpRequest): string {
  const header = headerOf(request, "authorization") ?? "";
  return /Credential=([\w-]{1,128})\//.exec(header)?.[1] ?? "";
}

function rateExceeded({ rateExceeded: told }: ServiceTraits, operation: string): ServiceError {
  return told?.(operation) ?? serviceError("ThrottlingException", RATE_EXCEEDED);
}

const EXTENDED_ID_BYTES = 72;

function extendedId(random: Random): string {
  return Buffer.from(random.bytes(EXTENDED_ID_BYTES)).toString("base64");
}
