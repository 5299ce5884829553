/** Runs a transform once and says what became of it. */
import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { Clock } from "../../clock.ts";
import type { FunctionInvoker } from "../../delivery/ports.ts";
import { TRANSFORM_TIMEOUT_MS } from "../../limits.ts";
import { errorMessage, invokeOnce } from "./invoke-once.ts";

export function lambdaInvoker(client: LambdaClient, clock: Clock): FunctionInvoker {
  const options = { client, clock, timeLimitMs: TRANSFORM_TIMEOUT_MS };
  return {
    async invoke(functionArn, payload) {
      const invocation = await invokeOnce(options, functionArn, payload);
      switch (invocation.kind) {
        case "refused":
          return invocation;
        case "tooLate":
          return { kind: "failed", timedOut: true, message: invocation.message };
        case "ran": {
          const { output, payload: answer } = invocation;
          if (output.FunctionError === undefined) return { kind: "returned", payload: answer };
          const message = errorMessage(answer);
          return { kind: "failed", timedOut: message.includes("Task timed out after"), message };
        }
      }
    },
  };
}
