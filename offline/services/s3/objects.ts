/** Single objects: put, copy, get, head, delete. Between a condition and the write that it guards nothing else runs. */
import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { describe } from "./described.ts";
import { refusal } from "./errors.ts";
import {
  checksumHeader,
  checksumOf,
  claimedChecksum,
  namedAlgorithm,
  type ChecksumAlgorithm,
} from "./integrity.ts";
import {
  decode,
  headerValue,
  NO_CONTENT,
  xmlAnswer,
  type Call,
  type S3Answer,
  type S3Request,
} from "./request.ts";
import type { ObjectFacts, StoredObject } from "./facts.ts";
import {
  countTags,
  NO_TAGS,
  OBJECT_TAGS_MAX_COUNT,
  readTagging,
  readTaggingHeader,
} from "./tags.ts";
import { printXml } from "./xml.ts";

export const quoted = (etag: string) => `"${etag}"`;

export function findObject({ request, store }: Call): StoredObject {
  const { bucket, key, query } = request;
  const version = query.get("versionId");
  const object = store.getObject(bucket, key);
  if (version !== undefined && version !== "null") {
    throw refusal("NoSuchVersion", { Key: key, VersionId: version });
  }
  if (object === undefined) throw refusal("NoSuchKey", { Key: key });
  return object;
}

/** Of PutObject, CopyObject and CompleteMultipartUpload, and `If-Match` of DeleteObject. */
export function checkWriteConditions({ request, store }: Call): void {
  const { headers, bucket, key } = request;
  const current = store.getObject(bucket, key);
  const unwanted = headers["if-none-match"];
  if (unwanted !== undefined && unwanted !== "*") throw refusal("NotImplemented");
  if (unwanted !== undefined && current !== undefined) throw refusal("PreconditionFailed");
  const wanted = headers["if-match"];
  if (wanted === undefined) return;
  if (current === undefined) throw refusal("NoSuchKey", { Key: key });
  if (!matches(wanted, current.etag)) throw refusal("PreconditionFailed");
}

export function putObject(call: Call): S3Answer {
  const { request, store, nowMs } = call;
  const { bucket, key, headers, body } = request;
  checkWriteConditions(call);
  const checksum = checksumOfPut(headers, body);
  const facts = {
    ...describe(headers),
    etag: createHash("md5").update(body).digest("hex"),
    lastModifiedMs: nowMs,
    ...(checksum && { checksum }),
  };
  store.putObject(bucket, key, body, facts, readTaggingHeader(headers["x-amz-tagging"]));
  return {
    status: 200,
    headers: {
      etag: quoted(facts.etag),
      ...encryptionOf(facts.headers),
      ...(checksum && {
        [checksumHeader(checksum.algorithm)]: checksum.value,
        "x-amz-checksum-type": checksum.type,
      }),
    },
  };
}

/** What was claimed has been verified; what is only named is computed. */
function checksumOfPut(headers: IncomingHttpHeaders, body: Buffer): ObjectFacts["checksum"] {
  const claimed = claimedChecksum(headers);
  if (claimed !== undefined) return { ...claimed, type: "FULL_OBJECT" };
  const algorithm = namedAlgorithm(headers);
  return algorithm && fullChecksum(algorithm, body);
}

function fullChecksum(algorithm: ChecksumAlgorithm, body: Uint8Array): ObjectFacts["checksum"] {
  return { algorithm, value: checksumOf(algorithm, body), type: "FULL_OBJECT" };
}

/** The object that `x-amz-copy-source` names, under the conditions that go with it. */
export function copySource({ request, store }: Call): StoredObject & { readonly bucket: string } {
  const { headers } = request;
  const [path = "", version = ""] = String(headers["x-amz-copy-source"]).split("?versionId=");
  const [, bucket = "", key = ""] = /^\/?([^/]+)\/(.+)$/s.exec(decode(path)) ?? [];
  if (key === "")
    throw refusal(
      "InvalidArgument",
      {},
      "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
    );
  if (!store.hasBucket(bucket)) throw refusal("NoSuchBucket", { BucketName: bucket });
  if (version !== "" && version !== "null") throw refusal("NoSuchVersion", { Key: key });
  const source = store.getObject(bucket, key);
  if (source === undefined) throw refusal("NoSuchKey", { Key: key });
  const condition = (name: string) => headers[`x-amz-copy-source-if-${name}`] as string | undefined;
  const isChanged = readOutcome(source, {
    ifMatch: condition("match"),
    ifNoneMatch: condition("none-match"),
    ifModifiedSince: condition("modified-since"),
    ifUnmodifiedSince: condition("unmodified-since"),
  });
  if (isChanged !== "read") throw refusal("PreconditionFailed");
  return { ...source, bucket };
}

export function copyObject(call: Call): S3Answer {
  const { request, store, nowMs } = call;
  const { bucket, key, headers } = request;
  const source = copySource(call);
  checkWriteConditions(call);
  const replaces = (name: string) => {
    const directive = headers[name] ?? "COPY";
    if (directive === "COPY" || directive === "REPLACE") return directive === "REPLACE";
    throw refusal("InvalidArgument", {}, `Unknown ${name.slice("x-amz-".length)}.`);
  };
  const isReplaced = replaces("x-amz-metadata-directive");
  const isItself = source.bucket === bucket && source.key === key;
  const storageClass = headers["x-amz-storage-class"];
  if (isItself && !isReplaced && storageClass === undefined) {
    throw refusal(
      "InvalidRequest",
      {},
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const tags = replaces("x-amz-tagging-directive")
    ? readTaggingHeader(headers["x-amz-tagging"])
    : store.getDocument(source.bucket, source.key, "tagging");
  const described = isReplaced
    ? describe(headers)
    : { contentType: source.contentType, headers: source.headers };
  const body = Buffer.concat([...store.read(source.bodies, 0, source.length)]);
  const algorithm = namedAlgorithm(headers);
  const checksum =
    algorithm === undefined && source.checksum?.type === "FULL_OBJECT"
      ? source.checksum
      : algorithm && fullChecksum(algorithm, body);
  // What is copied is one piece, however it was uploaded.
  const etag =
    source.parts === undefined ? source.etag : createHash("md5").update(body).digest("hex");
  const facts = { ...described, etag, lastModifiedMs: nowMs, ...(checksum && { checksum }) };
  store.putObject(bucket, key, body, facts, tags);
  const result = printXml("CopyObjectResult", {
    LastModified: new Date(nowMs).toISOString(),
    ETag: quoted(etag),
    ...(checksum && {
      [`Checksum${checksum.algorithm}`]: checksum.value,
      ChecksumType: checksum.type,
    }),
  });
  return xmlAnswer(result);
}

export function getObject(call: Call): S3Answer {
  const object = findObject(call);
  const answer = describeRead(call, object);
  if (answer.span === undefined) return answer;
  const { start, end } = answer.span;
  return { ...answer, body: call.store.read(object.bodies, start, end) };
}

export function headObject(call: Call): S3Answer {
  return describeRead(call, findObject(call));
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Status and headers of a read; without a span there is no body to send. */
function describeRead({ request, store }: Call, object: StoredObject): S3Answer & { span?: Span } {
  const { headers, query, bucket, key } = request;
  const validators = {
    etag: quoted(object.etag),
    "last-modified": new Date(object.lastModifiedMs).toUTCString(),
  };
  const outcome = readOutcome(object, {
    ifMatch: headers["if-match"],
    ifNoneMatch: headers["if-none-match"],
    ifModifiedSince: headers["if-modified-since"],
    ifUnmodifiedSince: headers["if-unmodified-since"],
  });
  if (outcome === "not modified") return { status: 304, headers: validators };
  if (outcome === "failed") throw refusal("PreconditionFailed");
  const part = query.get("partNumber");
  const partial = part === undefined ? rangeOf(headers, object) : partOf(object, part);
  const span = partial ?? { start: 0, end: object.length };
  const tagCount = countTags(store.getDocument(bucket, key, "tagging"));
  return {
    status: partial === undefined ? 200 : 206,
    span,
    headers: {
      ...validators,
      "content-type": object.contentType,
      ...object.headers,
      ...overrides(query),
      "accept-ranges": "bytes",
      "content-length": span.end - span.start,
      ...(partial && {
        "content-range": `bytes ${span.start}-${span.end - 1}/${object.length}`,
      }),
      ...(part !== undefined && object.parts && { "x-amz-mp-parts-count": object.parts.length }),
      ...(tagCount > 0 && { "x-amz-tagging-count": tagCount }),
      ...(headers["x-amz-checksum-mode"] === "ENABLED" && checksumHeaders(object, partial)),
    },
  };
}

/** A checksum is the whole object's; of a range there is none. */
function checksumHeaders({ checksum }: StoredObject, partial: Span | undefined) {
  if (checksum === undefined || partial !== undefined) return {};
  return {
    [checksumHeader(checksum.algorithm)]: checksum.value,
    "x-amz-checksum-type": checksum.type,
  };
}

function encryptionOf(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.startsWith("x-amz-server-side-encryption")),
  );
}

const OVERRIDE = "response-";

function overrides(query: S3Request["query"]): Record<string, string> {
  return Object.fromEntries(
    [...query]
      .filter(([name]) => name.startsWith(OVERRIDE))
      .map(([name, value]) => [name.slice(OVERRIDE.length), headerValue(value)]),
  );
}

interface ReadConditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
  readonly ifUnmodifiedSince: string | undefined;
}

/** RFC 9110, 13.2.2: an entity tag decides before a time does. Times have whole seconds. */
function readOutcome(
  { etag, lastModifiedMs }: ObjectFacts,
  { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince }: ReadConditions,
): "read" | "not modified" | "failed" {
  const modifiedMs = Math.floor(lastModifiedMs / 1000) * 1000;
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, etag)) return "failed";
  } else if (ifUnmodifiedSince !== undefined && modifiedMs > Date.parse(ifUnmodifiedSince)) {
    return "failed";
  }
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, etag) ? "not modified" : "read";
  const isOld = ifModifiedSince !== undefined && modifiedMs <= Date.parse(ifModifiedSince);
  return isOld ? "not modified" : "read";
}

export function matches(list: string, etag: string): boolean {
  return list.split(",").some((each) => {
    const bare = each.trim().replace(/^W\//, "").replaceAll('"', "");
    return bare === "*" || bare === etag;
  });
}

/** One range; what is no range, or several of them, is the whole object, as S3 has it. */
function rangeOf(headers: IncomingHttpHeaders, object: StoredObject): Span | undefined {
  const { range } = headers;
  const condition = headers["if-range"];
  if (range === undefined) return undefined;
  if (typeof condition === "string" && !isSame(condition, object)) return undefined;
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (first === "" && last === "") return undefined;
  const { length } = object;
  if (first !== "" && last !== "" && Number(last) < Number(first)) return undefined;
  const start = first === "" ? Math.max(length - Number(last), 0) : Number(first);
  const end = first === "" || last === "" ? length : Math.min(Number(last) + 1, length);
  if (start < end) return { start, end };
  throw refusal("InvalidRange", {
    RangeRequested: range,
    ActualObjectSize: String(length),
  });
}

function isSame(condition: string, { etag, lastModifiedMs }: StoredObject): boolean {
  if (/^(W\/)?"/.test(condition)) return matches(condition, etag);
  return Math.floor(lastModifiedMs / 1000) * 1000 <= Date.parse(condition);
}

function partOf({ length, parts }: StoredObject, text: string): Span {
  const number = Number(text);
  if (parts === undefined) {
    if (number === 1) return { start: 0, end: length };
    throw refusal("InvalidPartNumber");
  }
  let start = 0;
  for (const part of parts) {
    if (part.number === number) return { start, end: start + part.length };
    start += part.length;
  }
  throw refusal("InvalidPartNumber");
}

export function deleteObject(call: Call): S3Answer {
  const { request, store } = call;
  const { bucket, key, query, headers } = request;
  // Of another version there is nothing to delete.
  if (!["null", undefined].includes(query.get("versionId"))) return NO_CONTENT;
  if (headers["if-match"] !== undefined) checkWriteConditions(call);
  store.deleteObject(bucket, key);
  return NO_CONTENT;
}

export function getObjectAttributes(call: Call): S3Answer {
  const object = findObject(call);
  const { headers } = call.request;
  const names = String(headers["x-amz-object-attributes"] ?? "")
    .split(",")
    .map((name) => name.trim());
  const wants = (name: string) => names.includes(name);
  const { checksum, parts } = object;
  const name = checksum && `Checksum${checksum.algorithm}`;
  const body = printXml("GetObjectAttributesResponse", {
    ...(wants("ETag") && { ETag: object.etag }),
    ...(wants("Checksum") &&
      checksum && {
        Checksum: {
          [`Checksum${checksum.algorithm}`]: checksum.value,
          ChecksumType: checksum.type,
        },
      }),
    ...(wants("ObjectParts") && parts && { ObjectParts: attributesOfParts(parts, name, headers) }),
    ...(wants("StorageClass") && { StorageClass: storageClassOf(object) }),
    ...(wants("ObjectSize") && { ObjectSize: object.length }),
  });
  const modified = new Date(object.lastModifiedMs).toUTCString();
  return {
    status: 200,
    headers: { "content-type": "application/xml", "last-modified": modified },
    body,
  };
}

function attributesOfParts(
  parts: NonNullable<StoredObject["parts"]>,
  checksumName: string | undefined,
  headers: IncomingHttpHeaders,
) {
  const maxCount = Math.min(Number(headers["x-amz-max-parts"] ?? 1000), 1000);
  const marker = Number(headers["x-amz-part-number-marker"] ?? 0);
  const rest = parts.filter(({ number }) => number > marker);
  const page = rest.slice(0, maxCount);
  return {
    PartsCount: parts.length,
    PartNumberMarker: marker,
    NextPartNumberMarker: page.at(-1)?.number ?? 0,
    MaxParts: maxCount,
    IsTruncated: page.length < rest.length,
    Part: page.map(({ number, length, checksum }) => ({
      PartNumber: number,
      Size: length,
      ...(checksum !== undefined && checksumName && { [checksumName]: checksum }),
    })),
  };
}

export function storageClassOf({ headers }: ObjectFacts): string {
  return headers["x-amz-storage-class"] ?? "STANDARD";
}

export function getObjectTagging(call: Call): S3Answer {
  const { key } = findObject(call);
  return xmlAnswer(call.store.getDocument(call.request.bucket, key, "tagging") ?? NO_TAGS);
}

export function putObjectTagging(call: Call): S3Answer {
  const { key } = findObject(call);
  const tags = readTagging(call.request.body, OBJECT_TAGS_MAX_COUNT);
  call.store.putDocument(call.request.bucket, key, "tagging", tags);
  return { status: 200 };
}

export function deleteObjectTagging(call: Call): S3Answer {
  const { key } = findObject(call);
  call.store.deleteDocument(call.request.bucket, key, "tagging");
  return NO_CONTENT;
}

/** Locks need a bucket that was made for them, and none can be made here. */
export function refuseLock(call: Call): never {
  findObject(call);
  throw refusal("InvalidRequest", {}, "Bucket is missing Object Lock Configuration");
}
