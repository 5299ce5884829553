/** Runs a consumer's function once with a batch, and says what became of it. */
import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { Clock } from "../../clock.ts";
import type { BatchInvoker } from "../../consumer/ports.ts";
import { FUNCTION_ERROR_MAX_LENGTH, FUNCTION_TIMEOUT_MAX_MS } from "../../limits.ts";
import { invokeOnce } from "./invoke-once.ts";

export function lambdaBatchInvoker(client: LambdaClient, clock: Clock): BatchInvoker {
  const options = { client, clock, timeLimitMs: FUNCTION_TIMEOUT_MAX_MS };
  return {
    async invoke(functionArn, payload) {
      const invocation = await invokeOnce(options, functionArn, payload);
      switch (invocation.kind) {
        case "returned":
        case "refused":
          return invocation;
        case "failed":
          return { ...invocation, message: invocation.message.slice(0, FUNCTION_ERROR_MAX_LENGTH) };
        case "tooLate":
          // No function runs for longer, so it is Lambda that is silent.
          return { kind: "refused", code: "Lambda.NoAnswer", message: invocation.message };
      }
    },
  };
}
