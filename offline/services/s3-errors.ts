/** S3's refusals as the XML that its clients parse. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

export const PRECONDITION_FAILED: Refusal = {
  status: 412,
  code: "PreconditionFailed",
  message: "At least one of the pre-conditions you specified did not hold",
};

export const NO_SUCH_KEY: Refusal = {
  status: 404,
  code: "NoSuchKey",
  message: "The specified key does not exist.",
};

export const BAD_DIGEST: Refusal = {
  status: 400,
  code: "BadDigest",
  message:
    "The Content-MD5 or checksum value that you specified did not match what the server received.",
};

export const CONTENT_HASH_MISMATCH: Refusal = {
  status: 400,
  code: "XAmzContentSHA256Mismatch",
  message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
};

export const INCOMPLETE_BODY: Refusal = {
  status: 400,
  code: "IncompleteBody",
  message: "You did not provide the number of bytes specified by the Content-Length HTTP header.",
};

export function refusalXml({ code, message }: Refusal): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>`;
}

export function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
