/**
 * Reads the `Authorization` header and refuses every way of signing but the one that is verified: SigV4 in the
 * headers, over the body as it was sent. Nothing here needs a secret. The sentences are AWS's where AWS has one.
 */
import { serviceError, type ServiceError, shown } from "../errors.ts";
import { AUTHORITY, type SignableRequest } from "./canonical-request.ts";
import { ALGORITHM, parseBasicFormat, SCOPE_END, type SigningScope } from "./signature.ts";

/** The one parameter that says that a request was signed in its query; others may begin like it. */
const QUERY_ALGORITHM = "X-Amz-Algorithm";
const PARAMETERS = ["Credential", "SignedHeaders", "Signature"] as const;
/** As HTTP spells the names of headers and SigV4 lists them, with the one in which HTTP/2 has the host. */
const SIGNED_HEADER = /^:?[!#$%&'*+.^_`|~0-9a-z-]+$/;

export interface Authorization extends SigningScope {
  readonly accessKeyId: string;
  /** As the client listed them: lower-case, each once. */
  readonly signedHeaders: readonly string[];
  /** 64 hexadecimal digits if it is any good. */
  readonly signature: string;
  /** `20260501T120000Z` */
  readonly timestamp: string;
  readonly signedAtMs: number;
}

export function parseAuthorization(request: SignableRequest): Authorization {
  const header = soleHeader(request, "authorization");
  const querySigned = request.query.some(([name]) => name === QUERY_ALGORITHM);
  if (header === undefined) {
    if (querySigned) {
      throw invalidSignature(
        "Signatures in the query string are not accepted: sign the request in its Authorization header.",
      );
    }
    throw serviceError("MissingAuthenticationTokenException", "Missing Authentication Token");
  }
  if (querySigned) {
    throw invalidSignature(
      "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
    );
  }
  return parseHeader(header, request);
}

function parseHeader(header: string, request: SignableRequest): Authorization {
  const [algorithm = "", ...rest] = header.trim().split(/\s+/);
  const parts = rest
    .join("")
    .split(",")
    .map((part) => [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)] as const);
  const parameters = new Map(parts);
  const [credential, signedHeaders, signature] = PARAMETERS.map((name) => parameters.get(name));
  const timestamp = soleHeader(request, "x-amz-date");
  if (!credential || !signature || !signedHeaders || timestamp === undefined) {
    const missing = [
      credential ? "" : "Authorization header requires 'Credential' parameter. ",
      signature ? "" : "Authorization header requires 'Signature' parameter. ",
      signedHeaders ? "" : "Authorization header requires 'SignedHeaders' parameter. ",
      timestamp === undefined
        ? "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
        : "",
    ];
    throw incomplete(`${missing.join("")}Authorization=${shown(header)}`);
  }
  // A second header, which may have been joined to the first on its way, repeats parts or brings others.
  if (parts.length > PARAMETERS.length) {
    throw incomplete(
      `Authorization header must have ${PARAMETERS.join(", ")} once each and nothing else. Authorization=${shown(header)}`,
    );
  }
  if (algorithm !== ALGORITHM) {
    throw incomplete(
      `Unsupported AWS 'algorithm': '${shown(algorithm)}', expected '${ALGORITHM}'.`,
    );
  }
  return {
    ...parseCredential(credential),
    signature,
    signedHeaders: parseSignedHeaders(signedHeaders),
    timestamp,
    signedAtMs: parseTimestamp(timestamp),
  };
}

function parseSignedHeaders(text: string): readonly string[] {
  const names = text.split(";");
  if (names.every((name) => SIGNED_HEADER.test(name)) && new Set(names).size === names.length) {
    return names;
  }
  throw incomplete(
    `SignedHeaders must be names of headers in lower case, each once, got '${shown(text)}'.`,
  );
}

function parseCredential(credential: string): SigningScope & Pick<Authorization, "accessKeyId"> {
  const parts = credential.split("/");
  const [accessKeyId, scopeDate, region, service, terminator] = parts;
  if (parts.length !== 5 || !accessKeyId || !scopeDate || !region || !service) {
    throw incomplete(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${shown(credential)}'`,
    );
  }
  if (terminator !== SCOPE_END) {
    throw invalidSignature(
      `Credential should be scoped with a valid terminator: '${SCOPE_END}', not '${shown(terminator ?? "")}'.`,
    );
  }
  return { accessKeyId, scopeDate, region, service };
}

/** Checks that the signature is meant for this service and covers what decides the request's meaning. */
export function checkScope(
  { scopeDate, region, service, signedHeaders, timestamp }: Authorization,
  expected: { readonly region: string; readonly service: string },
): void {
  if (region !== expected.region) {
    throw invalidSignature(
      `Credential should be scoped to a valid region, not '${shown(region)}'. `,
    );
  }
  if (service !== expected.service) {
    throw invalidSignature(
      `Credential should be scoped to correct service: '${expected.service}'. `,
    );
  }
  if (timestamp.slice(0, 8) !== scopeDate) {
    throw invalidSignature(
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: " +
        `'${shown(scopeDate)}' != '${timestamp.slice(0, 8)}', from '${timestamp}'.`,
    );
  }
  // Clients that speak HTTP/2, Kinesis's in JavaScript among them, sign the host by its name there.
  const hostName = signedHeaders.includes(AUTHORITY) ? AUTHORITY : "host";
  const unsigned = [hostName, "x-amz-date", "x-amz-target"].find(
    (name) => !signedHeaders.includes(name),
  );
  if (unsigned !== undefined) throw mustBeSigned(unsigned);
}

export function mustBeSigned(headerName: string): ServiceError {
  return invalidSignature(`'${headerName}' must be a 'SignedHeader' in the AWS Authorization.`);
}

function parseTimestamp(text: string): number {
  const atMs = parseBasicFormat(text);
  if (atMs !== undefined) return atMs;
  throw incomplete(
    `Date must be in ISO-8601 'basic format'. Got '${shown(text)}'. See http://en.wikipedia.org/wiki/ISO_8601`,
  );
}

/** A header's value. One that comes twice is joined, which makes it a wrong one wherever only one is right. */
export function soleHeader(
  { headers }: Pick<SignableRequest, "headers">,
  name: string,
): string | undefined {
  return headers.get(name)?.join(",");
}

export function invalidSignature(message: string): ServiceError {
  return serviceError("InvalidSignatureException", message);
}

function incomplete(message: string): ServiceError {
  return serviceError("IncompleteSignatureException", message);
}
