/** Runs a transform once and says what became of it. */
import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { Clock } from "../../clock.ts";
import type { FunctionInvoker } from "../../delivery/ports.ts";
import { TRANSFORM_TIMEOUT_MS } from "../../limits.ts";
import { invokeOnce } from "./invoke-once.ts";

/** @param clientUnder that role, where it is assumed; absent: none is */
export function lambdaInvoker(
  own: LambdaClient,
  clock: Clock,
  clientUnder: (roleArn: string | undefined) => LambdaClient = () => own,
): FunctionInvoker {
  return {
    async invoke(functionArn, payload, roleArn) {
      const client = clientUnder(roleArn);
      const options = { client, clock, timeLimitMs: TRANSFORM_TIMEOUT_MS };
      const invocation = await invokeOnce(options, functionArn, payload);
      switch (invocation.kind) {
        case "returned":
          return { kind: "returned", payload: invocation.payload };
        case "refused":
          return invocation;
        case "failed": {
          const { message } = invocation;
          return { kind: "failed", timedOut: message.includes("Task timed out after"), message };
        }
        case "tooLate":
          return { kind: "failed", timedOut: true, message: invocation.message };
      }
    },
  };
}
