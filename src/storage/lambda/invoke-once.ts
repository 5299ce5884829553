/**
 * One synchronous invocation, and what became of it. It is never repeated here: retries are counted and spaced by the
 * callers, so the client must make a single attempt and be more patient than `timeLimitMs`.
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
import {
  InvokeCommand,
  type InvokeCommandOutput,
  type LambdaClient,
  LambdaServiceException,
} from "@aws-sdk/client-lambda";
import type { Clock } from "../../clock.ts";
import type { BatchResult } from "../../consumer/ports.ts";
import { RoleRefused } from "../sts/roles.ts";

export interface InvokeOptions {
  readonly client: LambdaClient;
  readonly clock: Clock;
  readonly timeLimitMs: number;
}

export type Invocation =
  | BatchResult
  /** No answer within the time limit; whether it ran is not known. */
  | { readonly kind: "tooLate"; readonly message: string };

export async function invokeOnce(
  { client, clock, timeLimitMs }: InvokeOptions,
  functionArn: string,
  payload: string,
): Promise<Invocation> {
  const tooLate = new AbortController();
  const answered = new AbortController();
  const limit = (async () => {
    await clock.sleep(timeLimitMs, answered.signal);
    // Behind an answer there is nothing to end, and the connection is the next one's.
    if (!answered.signal.aborted) tooLate.abort("too late");
  })();
  const command = new InvokeCommand({
    FunctionName: functionArn,
    InvocationType: "RequestResponse",
    Payload: Buffer.from(payload),
  });
  try {
    return resultOf(await client.send(command, { abortSignal: tooLate.signal }));
  } catch (error) {
    if (tooLate.signal.aborted) {
      return { kind: "tooLate", message: `no answer within ${timeLimitMs} ms` };
    }
    return refusal(error);
  } finally {
    // With a reason of its own, or an error with its stack would be made for each.
    answered.abort("answered");
    await limit;
  }
}

function resultOf(output: InvokeCommandOutput): BatchResult {
  const payload = Buffer.from(output.Payload ?? []).toString();
  const facts = {
    requestId: output.$metadata.requestId ?? "",
    statusCode: output.StatusCode ?? 200,
    executedVersion: output.ExecutedVersion ?? "$LATEST",
  };
  const { FunctionError: functionError } = output;
  if (functionError === undefined) return { kind: "returned", payload, facts };
  return { kind: "failed", functionError, message: errorMessage(payload), facts };
}

/** Lambda describes a function's error as `{"errorMessage": …}`; a runtime may answer anything. */
function errorMessage(payload: string): string {
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
  if (error instanceof RoleRefused) {
    return { kind: "refused", code: "Lambda.AssumeRoleAccessDenied", message: error.message };
  }
  if (error instanceof Error) {
    const { code } = error as NodeJS.ErrnoException;
    if (CONNECTION_ERRORS.test(code ?? error.name)) {
      return { kind: "refused", code: "Lambda.ConnectionFailed", message: error.message };
    }
  }
  throw error;
}
