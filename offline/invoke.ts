/** Invokes functions through the framework's Lambda endpoint, as an event source mapping would. */
import { Agent, request } from "node:http";

export type Invocation =
  | { readonly kind: "returned"; readonly payload: string }
  | { readonly kind: "failed"; readonly message: string };

export type Invoke = (functionName: string, event: unknown) => Promise<Invocation>;

/** No time limit of its own: a function may run for fifteen minutes. */
export function invokeAt(lambdaEndpoint: string): Invoke {
  const agent = new Agent({ keepAlive: true });
  return (functionName, event) =>
    new Promise((resolve) => {
      const fail = (error: Error) => resolve({ kind: "failed", message: error.message });
      const url = `${lambdaEndpoint}/2015-03-31/functions/${encodeURIComponent(functionName)}/invocations`;
      const outgoing = request(url, { method: "POST", agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", fail);
        response.on("end", () => {
          const payload = Buffer.concat(chunks).toString("utf8");
          const isFailure =
            response.statusCode !== 200 || "x-amz-function-error" in response.headers;
          resolve(isFailure ? { kind: "failed", message: payload } : { kind: "returned", payload });
        });
      });
      outgoing.on("error", fail);
      outgoing.end(JSON.stringify(event));
    });
}
