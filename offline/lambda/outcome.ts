/** What becomes of an invocation, as Lambda tells it to those who wait for it. */

export interface InvocationRequest {
  readonly requestId: string;
  /** JSON, or nothing. */
  readonly payload: Buffer;
  /** As it was asked for: with the qualifier, if there was one. */
  readonly invokedFunctionArn: string;
  readonly clientContext?: unknown;
}

export type Outcome =
  | { readonly kind: "returned"; readonly payload: Buffer; readonly log: string }
  | { readonly kind: "failed"; readonly error: FunctionError; readonly log: string }
  /** It was not run: the event is no JSON. */
  | { readonly kind: "notJson"; readonly message: string }
  /** It was not run: too many are under way. */
  | { readonly kind: "throttled"; readonly reason: ThrottleReason };

export type ThrottleReason =
  | "ConcurrentInvocationLimitExceeded"
  | "ReservedFunctionConcurrentInvocationLimitExceeded";

/** The payload of an answer with `X-Amz-Function-Error`. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export function exitError(requestId: string, how: string | undefined): FunctionError {
  const reason =
    how === undefined
      ? "Runtime exited without providing a reason"
      : `Runtime exited with error: ${how}`;
  return {
    errorType: "Runtime.ExitError",
    errorMessage: `RequestId: ${requestId} Error: ${reason}`,
  };
}

export function timeoutError(requestId: string, timeoutSeconds: number): FunctionError {
  return {
    errorType: "Sandbox.Timedout",
    errorMessage: `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`,
  };
}
