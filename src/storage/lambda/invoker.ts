/**
 * Runs a function once and says what became of it. It never repeats an invocation: retries are counted and
 * spaced by the caller, so the client must be built with `INVOKER_CLIENT_SETTINGS`.
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
import { InvokeCommand, type LambdaClient, LambdaServiceException } from "@aws-sdk/client-lambda";
import type { Clock } from "../../clock.ts";
import type { FunctionInvoker, InvokeResult } from "../../delivery/ports.ts";
import { TRANSFORM_TIMEOUT_MS } from "../../limits.ts";

/** The client's own time limit lies behind ours, so that ours decides. */
export const INVOKER_CLIENT_SETTINGS = {
  maxAttempts: 1,
  requestHandler: {
    connectionTimeout: 5000,
    requestTimeout: TRANSFORM_TIMEOUT_MS + 10_000,
    throwOnRequestTimeout: true,
  },
} as const;

export function lambdaInvoker(client: LambdaClient, clock: Clock): FunctionInvoker {
  return {
    async invoke(functionArn, payload) {
      const tooLate = new AbortController();
      const answered = new AbortController();
      const limit = clock.sleep(TRANSFORM_TIMEOUT_MS, answered.signal).then(() => tooLate.abort());
      const command = new InvokeCommand({
        FunctionName: functionArn,
        InvocationType: "RequestResponse",
        Payload: Buffer.from(payload),
      });
      try {
        const output = await client.send(command, { abortSignal: tooLate.signal });
        const text = Buffer.from(output.Payload ?? []).toString();
        return output.FunctionError === undefined
          ? { kind: "returned", payload: text }
          : functionFailure(text);
      } catch (error) {
        if (tooLate.signal.aborted) return { kind: "failed", timedOut: true, message: TOO_LATE };
        return refusal(error);
      } finally {
        answered.abort();
        await limit;
      }
    },
  };
}

const TOO_LATE = `no answer within ${TRANSFORM_TIMEOUT_MS} ms`;

/** Lambda describes a function's error as `{"errorMessage": …}`; a runtime may answer anything. */
function functionFailure(payload: string): InvokeResult {
  const message = errorMessage(payload) ?? payload;
  return { kind: "failed", timedOut: message.includes("Task timed out after"), message };
}

function errorMessage(payload: string): string | undefined {
  try {
    const body = JSON.parse(payload) as { readonly errorMessage?: unknown } | null;
    return typeof body?.errorMessage === "string" ? body.errorMessage : undefined;
  } catch {
    return undefined;
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

function refusal(error: unknown): InvokeResult {
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
