/**
 * The stack's own calls of the embedded DynamoDB do not come through its door, so what the door refuses is refused where
 * they are sent: a call that was signed too long ago, because its process was frozen or the laptop slept meanwhile.
 */
import { subscribe } from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";
import { signatureTrouble } from "./services/signed-at.ts";

/** For the thread that asks, as long as it lives. */
export function refuseLateCalls(endpoint: string | undefined): void {
  if (endpoint === undefined) return;
  const { host } = new URL(endpoint);
  subscribe("http.client.request.start", (message) => {
    const { request } = message as { readonly request: ClientRequest };
    if (request.getHeader("host") !== host) return;
    const trouble = signatureTrouble(request.getHeader("x-amz-date")?.toString(), Date.now());
    if (trouble === undefined) return;
    request.destroy(Object.assign(new Error(trouble), { name: "InvalidSignatureException" }));
  });
}
