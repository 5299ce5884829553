/**
 * A client for services that speak AWS JSON over HTTP, small enough that the stack starts without loading an SDK.
 * The embedded services do not check signatures, but they read the region from one, so a hollow one is sent.
 */
import { readAccountId } from "./account.ts";
import { amzDate } from "./services/signed-at.ts";

export const REGION = "us-east-1";
export const ACCOUNT_ID = readAccountId(process.env["HYDRANT_ACCOUNT_ID"]);

export interface AwsJsonError extends Error {
  /** The service's name for it, without its namespace: `ResourceInUseException`. */
  readonly code: string;
}

export async function callAws<T>(
  endpoint: string,
  target: string,
  input: object,
  signal?: AbortSignal,
): Promise<T> {
  const at = amzDate(Date.now());
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": target,
      "x-amz-date": at,
      authorization: `AWS4-HMAC-SHA256 Credential=test/${at.slice(0, 8)}/${REGION}/any/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(input),
    ...(signal === undefined ? {} : { signal }),
  });
  const text = await response.text();
  if (response.ok) return (text === "" ? {} : JSON.parse(text)) as T;
  throw toError(target, text);
}

export function hasCode(error: unknown, code: string): boolean {
  return (error as Partial<AwsJsonError> | undefined)?.code === code;
}

function toError(target: string, text: string): AwsJsonError {
  let type = "Unknown";
  let message = text;
  try {
    const body = JSON.parse(text) as { __type?: string; message?: string; Message?: string };
    type = body.__type ?? type;
    message = body.message ?? body.Message ?? text;
  } catch {
    // Not JSON: the text itself is all there is to tell.
  }
  const code = type.slice(type.lastIndexOf("#") + 1);
  return Object.assign(new Error(`${target}: ${code}: ${message}`), { code });
}
