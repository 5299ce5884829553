/** Answers in AWS's form: errors, outputs, and the few that come before an encoding is known. */
import type { ServiceError } from "../errors.ts";
import type { Encoding } from "./codec.ts";
import type { HttpResponse } from "./http.ts";
import type { Output, ServiceTraits } from "./operation.ts";

export function outputResponse(
  { mediaType, codec }: Encoding,
  { emptyOutput }: Pick<ServiceTraits, "emptyOutput">,
  output: Output,
): HttpResponse {
  const body = output === undefined && emptyOutput === "nothing" ? "" : codec.encode(output ?? {});
  return { status: 200, headers: { "Content-Type": mediaType }, body };
}

export function errorResponse({ mediaType, codec }: Encoding, error: ServiceError): HttpResponse {
  // AWS's deserializer writes its text under another key than every other part of the front end.
  const key = error.name === "SerializationException" ? "Message" : "message";
  const text = error.message === "" ? {} : { [key]: error.message };
  return {
    status: error.row.status,
    headers: { "Content-Type": mediaType, "x-amzn-ErrorType": error.name },
    body: codec.encode({ __type: error.name, ...text, ...error.members }),
  };
}

/** For what is no call at all: another method, or a content type and target that name no operation. */
export function notACall(): HttpResponse {
  const message = "Unable to determine service/operation name to be authorized";
  return {
    status: 403,
    headers: { "Content-Type": "application/xml" },
    body: `<AccessDeniedException>\n  <Message>${message}</Message>\n</AccessDeniedException>\n`,
  };
}

export function unknownEncoding(): HttpResponse {
  return {
    status: 404,
    headers: { "Content-Type": "application/xml" },
    body: "<UnknownOperationException/>\n",
  };
}
