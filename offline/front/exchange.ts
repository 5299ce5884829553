/** A request and its response, by whichever protocol they came, and who serves them. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";

export type AnyRequest = IncomingMessage | Http2ServerRequest;
export type AnyResponse = ServerResponse | Http2ServerResponse;

/** What stands behind the listener. It answers in any case; what it throws closes the connection and is reported. */
export type Serve = (request: AnyRequest, response: AnyResponse) => Promise<void>;

/**
 * Answers in the gateway's own name, without having read the request. With a name, as AWS's services word an error:
 * clients decide by it whether to try again.
 */
export function refuse(
  response: AnyResponse,
  status: number,
  message: string,
  name?: string,
): void {
  const body = JSON.stringify(name === undefined ? { message } : { __type: name, message });
  const headers = {
    "content-type": name === undefined ? "application/json" : "application/x-amz-json-1.1",
    "content-length": Buffer.byteLength(body),
    ...(name === undefined ? {} : { "x-amzn-errortype": name }),
  };
  // What was not read stands in the way of the next request.
  if (response.req.httpVersionMajor === 1) response.setHeader("connection", "close");
  (response as ServerResponse).writeHead(status, headers).end(body);
  response.req.resume();
}
