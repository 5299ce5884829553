/**
 * The stack's own calls of the embedded DynamoDB do not come through its door, so what the door refuses is refused where
 * they are sent: a call that was signed too long ago, because its process was frozen or the laptop slept meanwhile.
 */
import { subscribe } from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";
import type { Socket } from "node:net";
import { signatureTrouble } from "./services/signed-at.ts";

/** For the thread that asks, as long as it lives. */
export function refuseLateCalls(endpoint: string | undefined): void {
  if (endpoint === undefined) return;
  const { host } = new URL(endpoint);
  const lateCall = (to: string | undefined, signedAt: string | undefined) => {
    const trouble = to === host ? signatureTrouble(signedAt, Date.now()) : undefined;
    return trouble && Object.assign(new Error(trouble), { name: "InvalidSignatureException" });
  };
  // When it starts, it may have been written on a connection that was kept.
  subscribe("http.client.request.created", (message) => {
    const { request } = message as { readonly request: ClientRequest };
    const [to, signedAt] = ["host", "x-amz-date"].map((name) => request.getHeader(name));
    const late = lateCall(to?.toString(), signedAt?.toString());
    if (late) request.destroy(late);
  });
  // Of undici, which tells it before it writes anything.
  subscribe("undici:client:sendHeaders", (message) => {
    const { headers, socket } = message as { readonly headers: string; readonly socket: Socket };
    const late = lateCall(valueOf("host", headers), valueOf("x-amz-date", headers));
    if (late) socket.destroy(late);
  });
}

/** From a request as it is written. */
function valueOf(name: string, headers: string): string | undefined {
  return new RegExp(`^${name}: (.*)\\r$`, "m").exec(headers)?.[1];
}
