/** What a client says of an object when it stores it: kept, and said again when it is read. */
import type { IncomingHttpHeaders } from "node:http";
import { refusal, type RefusalCode } from "./errors.ts";
import type { Described } from "./facts.ts";
import { headerValue } from "./request.ts";

const METADATA_MAX_BYTES = 2048;
const META = "x-amz-meta-";
const USUAL_TYPE = "binary/octet-stream";

/** Headers that are kept as they are. Keys and redirects do nothing here but come back. */
const KEPT: ReadonlySet<string> = new Set([
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "expires",
  "x-amz-server-side-encryption",
  "x-amz-server-side-encryption-aws-kms-key-id",
  "x-amz-server-side-encryption-bucket-key-enabled",
  "x-amz-storage-class",
  "x-amz-website-redirect-location",
]);

export function describe(headers: IncomingHttpHeaders): Described {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value !== undefined && (name.startsWith(META) || KEPT.has(name))
      ? [[name, headerValue(String(value))]]
      : [],
  );
  const kept = Object.fromEntries(entries) as Record<string, string>;
  // Not said of what lies where it usually does.
  if (kept["x-amz-storage-class"] === "STANDARD") delete kept["x-amz-storage-class"];
  const metadata = Object.entries(kept).filter(([name]) => name.startsWith(META));
  const size = metadata.reduce(
    (sum, [name, value]) => sum + name.length - META.length + value.length,
    0,
  );
  if (size > METADATA_MAX_BYTES) throw refusal("MetadataTooLarge");
  return { contentType: headers["content-type"] ?? USUAL_TYPE, headers: kept };
}

interface Unserved {
  readonly header: RegExp;
  /** Values that change nothing. */
  readonly served?: RegExp;
  readonly code: RefusalCode;
}

/** What would be wrong to take and not to do. */
const UNSERVED: readonly Unserved[] = [
  {
    header: /^x-amz-acl$/,
    served: /^(private|bucket-owner-full-control|bucket-owner-read)$/,
    code: "AccessControlListNotSupported",
  },
  { header: /^x-amz-grant-/, code: "AccessControlListNotSupported" },
  { header: /^x-amz-(copy-source-)?server-side-encryption-customer-/, code: "NotImplemented" },
  { header: /^x-amz-object-lock-/, code: "NotImplemented" },
  { header: /^x-amz-bucket-object-lock-enabled$/, served: /^false$/i, code: "NotImplemented" },
  { header: /^x-amz-object-ownership$/, served: /^BucketOwnerEnforced$/, code: "NotImplemented" },
  { header: /^x-amz-write-offset-bytes$/, code: "NotImplemented" },
  { header: /^x-amz-mfa$/, code: "NotImplemented" },
  {
    header: /^x-amz-storage-class$/,
    served: /^(STANDARD|STANDARD_IA|ONEZONE_IA|INTELLIGENT_TIERING|GLACIER_IR|REDUCED_REDUNDANCY)$/,
    code: "NotImplemented",
  },
];

export function refuseUnservedHeaders(headers: IncomingHttpHeaders): void {
  for (const [name, value] of Object.entries(headers)) {
    // Clients send empty ones for what nobody asked for.
    const row = value === "" ? undefined : UNSERVED.find(({ header }) => header.test(name));
    if (row === undefined || row.served?.test(String(value)) === true) continue;
    if (row.code !== "NotImplemented") throw refusal(row.code);
    const message = `The header ${name}: ${String(value)} implies functionality that is not implemented`;
    throw refusal("NotImplemented", { Header: name }, message);
  }
}
