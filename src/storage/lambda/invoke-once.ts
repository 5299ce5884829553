/**
 * One synchronous invocation, and what became of it. It is never repeated here: retries are counted and spaced by the
 * callers, so the client must be built with `invokerClientSettings`.
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
import {
  InvokeCommand,
  type InvokeCommandOutput,
  type LambdaClient,
  LambdaServiceException,
} from "@aws-sdk/client-lambda";
import type { Clock } from "../../clock.ts";

/** The client's own time limit lies behind ours, so that ours decides. */
export function invokerClientSettings(timeLimitMs: number) {
  return {
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: 5000,
      requestTimeout: timeLimitMs + 10_000,
      throwOnRequestTimeout: true,
    },
  } as const;
}

export interface InvokeOptions {
  readonly client: LambdaClient;
  readonly clock: Clock;
  readonly timeLimitMs: number;
}

export type Invocation =
  /** The function ran, well or not. */
  | { readonly kind: "ran"; readonly output: InvokeCommandOutput; readonly payload: string }
  /** Lambda did not run it; `code` is the delivery error code, e.g. `Lambda.InvokeLimitExceeded`. */
  | { readonly kind: "refused"; readonly code: string; readonly message: string }
  /** No answer within the time limit; whether it ran is not known. */
  | { readonly kind: "tooLate"; readonly message: string };

export async function invokeOnce(
  { client, clock, timeLimitMs }: InvokeOptions,
  functionArn: string,
  payload: string,
): Promise<Invocation> {
  const tooLate = new AbortController();
  const answered = new AbortController();
  const limit = clock.sleep(timeLimitMs, answered.signal).then(() => tooLate.abort());
  const command = new InvokeCommand({
    FunctionName: functionArn,
    InvocationType: "RequestResponse",
    Payload: Buffer.from(payload),
  });
  try {
    const output = await client.send(command, { abortSignal: tooLate.signal });
    return { kind: "ran", output, payload: Buffer.from(output.Payload ?? []).toString() };
  } catch (error) {
    if (tooLate.signal.aborted) {
      return { kind: "tooLate", message: `no answer within ${timeLimitMs} ms` };
    }
    return refusal(error);
  } finally {
    answered.abort();
    await limit;
  }
}

/** Lambda describes a function's error as `{"errorMessage": …}`; a runtime may answer anything. */
export function errorMessage(payload: string): string {
  try {
    const body = JSON.parse(payload) as { readonly errorMessage?: unknown } | null;
    return typeof body?.errorMessage === "string" ? body.errorMessage : payload;
  } catch {
    return payload;
  }
}

/** Lambda's exceptions whose delivery error code is not simply their name. */
const CODES: Readonly<Record<string, string>> = {
  TooManyRequestsException: "Lambda.InvokeLimitExceeded",
  ResourceNotFoundException: "Lambda.ResourceNotFound",
  AccessDeniedException: "Lambda.InvokeAccessDenied",
};

/** How Node's sockets and the SDK's HTTP handler fail when nobody answered. */
const CONNECTION_ERRORS = /^((?!ERR_)E[A-Z_]+|TimeoutError)$/;

function refusal(error: unknown): Invocation {
  if (error instanceof LambdaServiceException) {
    const code = CODES[error.name] ?? `Lambda.${error.name}`;
    return { kind: "refused", code, message: error.message };
  }
  if (error instanceof Error) {
    const { code } = error as NodeJS.ErrnoException;
    if (CONNECTION_ERRORS.test(code ?? error.name)) {
      return { kind: "refused", code: "Lambda.ConnectionFailed", message: error.message };
    }
  }
  throw error;
}
