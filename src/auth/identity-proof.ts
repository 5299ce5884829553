/**
 * The proof of an AWS identity: STS's GetCallerIdentity, signed beforehand by whoever claims to be somebody, for STS to
 * confirm. It is nothing but a signature and its time; the request itself is always the same, and is put together here by
 * both sides. One of its signed headers names the deployment that it is meant for, so that one that was shown to another
 * server is worth nothing to us, nor ours there; and the host is STS's of our region, whoever asks.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
import { serviceError, type ServiceError } from "../errors.ts";
import {
  IDENTITY_PROOF_SECURITY_TOKEN_MAX_LENGTH as TOKEN_MAX_LENGTH,
  SIGNATURE_SKEW_MAX_MS,
} from "../limits.ts";
import { endpointDomainOf } from "../partition.ts";
import { canonicalRequest, sha256Hex } from "./canonical-request.ts";
import {
  ALGORITHM,
  basicFormat,
  deriveSigningKey,
  parseBasicFormat,
  scopeText,
  signatureOf,
} from "./signature.ts";

export interface IdentityProof {
  /** Of the request to STS. */
  readonly authorization: string;
  /** `20260501T120000Z` */
  readonly date: string;
  /** Of temporary credentials. */
  readonly securityToken?: string;
}

/** What STS is sent. */
export interface IdentityRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const BODY = "Action=GetCallerIdentity&Version=2011-06-15";
const AUDIENCE = "x-hydrant-audience";
const SERVICE = "sts";

/** `sts.eu-west-1.amazonaws.com` */
export function stsHost(region: string): string {
  return `sts.${region}.${endpointDomainOf(region)}`;
}

function headersOf(
  { date, securityToken }: Omit<IdentityProof, "authorization">,
  where: { readonly host: string; readonly audience: string },
): Readonly<Record<string, string>> {
  return {
    "content-type": "application/x-www-form-urlencoded; charset=utf-8",
    host: where.host,
    "x-amz-date": date,
    ...(securityToken !== undefined && { "x-amz-security-token": securityToken }),
    [AUDIENCE]: where.audience,
  };
}

/**
 * @param to `host`: STS's; `audience`: the host that Hydrant is called by, such as `abc.execute-api.eu-west-1.amazonaws.com`
 */
export function proveIdentity(
  credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string | undefined;
  },
  to: { readonly host: string; readonly audience: string; readonly region: string },
  nowMs: number,
): IdentityProof {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const date = basicFormat(nowMs);
  const unsigned = { date, ...(sessionToken !== undefined && { securityToken: sessionToken }) };
  const headers = headersOf(unsigned, to);
  const headerNames = Object.keys(headers);
  const canonical = canonicalRequest(
    {
      method: "POST",
      query: [],
      headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value]])),
      body: BODY,
    },
    { path: "/", headerNames, payloadHash: sha256Hex(BODY) },
  );
  const scope = { scopeDate: date.slice(0, 8), region: to.region, service: SERVICE };
  const signature = signatureOf(deriveSigningKey(secretAccessKey, scope), scope, date, canonical);
  return {
    ...unsigned,
    authorization: `${ALGORITHM} Credential=${accessKeyId}/${scopeText(scope)}, SignedHeaders=${headerNames.join(";")}, Signature=${signature}`,
  };
}

/** The request that a proof belongs to. What it was not signed for, STS refuses. */
export function identityRequest(
  proof: IdentityProof,
  to: { readonly host: string; readonly audience: string },
): IdentityRequest {
  const headers = { ...headersOf(proof, to), authorization: proof.authorization };
  return { headers: { ...headers, accept: "application/json" }, body: BODY };
}

/** The key's id, the day, the region, the names of signed headers. */
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=[A-Za-z0-9]{1,128}\/(\d{8})\/([a-z0-9-]{1,32})\/sts\/aws4_request, SignedHeaders=([a-z;-]{1,100}), Signature=[0-9a-f]{64}$/;
const SECURITY_TOKEN = /^[\x21-\x7e]+$/;

/** Throws for whatever STS need not be asked about. */
export function parseProof(input: unknown, region: string, nowMs: number): IdentityProof {
  const {
    Authorization: authorization,
    Date: date,
    SecurityToken: securityToken,
  } = membersOf(input);
  if (typeof authorization !== "string" || typeof date !== "string") {
    throw invalid("Authorization and Date must be those of a request to STS");
  }
  const [, day, signedFor, names] = AUTHORIZATION.exec(authorization) ?? [];
  const signedAtMs = parseBasicFormat(date);
  if (day === undefined || signedAtMs === undefined || !date.startsWith(day)) {
    throw invalid("Authorization and Date must be those of a request to STS");
  }
  if (signedFor !== region) {
    throw invalid(`The identity must be proved to STS in ${region}, got ${signedFor}`);
  }
  if (Math.abs(signedAtMs - nowMs) > SIGNATURE_SKEW_MAX_MS) {
    throw invalid(`The proof must be of now, ${basicFormat(nowMs)}, got ${date}`);
  }
  const hasToken = securityToken !== undefined;
  if (
    hasToken &&
    (typeof securityToken !== "string" ||
      securityToken.length > TOKEN_MAX_LENGTH ||
      !SECURITY_TOKEN.test(securityToken))
  ) {
    throw invalid(`SecurityToken must be 1 to ${TOKEN_MAX_LENGTH} printable characters`);
  }
  const unsigned = { date, ...(hasToken && { securityToken }) };
  const wanted = Object.keys(headersOf(unsigned, { host: "", audience: "" })).join(";");
  if (names !== wanted) throw invalid(`The proof must sign ${wanted}, got ${names}`);
  return { ...unsigned, authorization };
}

function membersOf(input: unknown): Readonly<Record<string, unknown>> {
  if (typeof input === "object" && input !== null && !Array.isArray(input)) {
    return input as Readonly<Record<string, unknown>>;
  }
  throw invalid("The body must be a JSON object with Authorization, Date and SecurityToken");
}

function invalid(message: string): ServiceError {
  return serviceError("ValidationException", message);
}
