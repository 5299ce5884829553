/** Uploads in parts: begun, sent, copied, listed, completed, aborted. */
import { createHash, randomBytes } from "node:crypto";
import { describe } from "./described.ts";
import { refusal } from "./errors.ts";
import {
  checksumHeader,
  checksumOf,
  claimedChecksum,
  namedAlgorithm,
  type ChecksumAlgorithm,
} from "./integrity.ts";
import { checkWriteConditions, copySource, quoted } from "./objects.ts";
import { NO_CONTENT, xmlAnswer, type Call, type S3Answer } from "./request.ts";
import type { ChecksumType, ObjectFacts, StoredPart, StoredUpload } from "./facts.ts";
import { readTaggingHeader } from "./tags.ts";
import { childOf, childrenOf, parseXml, printXml } from "./xml.ts";

const PART_MIN_BYTES = 5 * 1024 * 1024;
const PARTS_MAX_COUNT = 10_000;
const PAGE_MAX_COUNT = 1000;

/** Only sums over the whole may be had of the whole. */
const USUAL_TYPE: Readonly<Record<ChecksumAlgorithm, ChecksumType>> = {
  CRC32: "COMPOSITE",
  CRC32C: "COMPOSITE",
  CRC64NVME: "FULL_OBJECT",
  SHA1: "COMPOSITE",
  SHA256: "COMPOSITE",
};

export function createUpload({ request, store, nowMs }: Call): S3Answer {
  const { bucket, key, headers } = request;
  const algorithm = namedAlgorithm(headers);
  const tags = readTaggingHeader(headers["x-amz-tagging"]);
  const type = (headers["x-amz-checksum-type"] ?? (algorithm && USUAL_TYPE[algorithm])) as
    | ChecksumType
    | undefined;
  // They sort in the order in which they were begun.
  const id = `${nowMs.toString(36).padStart(9, "0")}${randomBytes(16).toString("hex")}`;
  store.createUpload({
    ...describe(headers),
    id,
    bucket,
    key,
    initiatedAtMs: nowMs,
    ...(tags !== undefined && { tags }),
    ...(algorithm && type && { checksum: { algorithm, type } }),
  });
  const { status, ...answer } = xmlAnswer(
    printXml("InitiateMultipartUploadResult", { Bucket: bucket, Key: key, UploadId: id }),
  );
  return {
    status,
    ...answer,
    headers: {
      ...answer.headers,
      ...(algorithm &&
        type && {
          "x-amz-checksum-algorithm": algorithm,
          "x-amz-checksum-type": type,
        }),
    },
  };
}

function findUpload({ request, store }: Call): StoredUpload {
  const id = request.query.get("uploadId") ?? "";
  const upload = store.getUpload(id);
  if (upload === undefined || upload.bucket !== request.bucket || upload.key !== request.key) {
    throw refusal("NoSuchUpload", { UploadId: id });
  }
  return upload;
}

function partNumberOf({ request }: Call): number {
  const number = Number(request.query.get("partNumber"));
  if (Number.isInteger(number) && number >= 1 && number <= PARTS_MAX_COUNT) return number;
  const message = "Part number must be an integer between 1 and 10000, inclusive";
  throw refusal("InvalidArgument", { ArgumentName: "partNumber" }, message);
}

export function uploadPart(call: Call): S3Answer {
  const { headers, body } = call.request;
  const part = keepPart(call, body, claimedChecksum(headers)?.value);
  const algorithm = claimedChecksum(headers)?.algorithm;
  return {
    status: 200,
    headers: {
      etag: quoted(part.etag),
      ...(algorithm &&
        part.checksum !== undefined && { [checksumHeader(algorithm)]: part.checksum }),
    },
  };
}

export function uploadPartCopy(call: Call): S3Answer {
  const source = copySource(call);
  const text = call.request.headers["x-amz-copy-source-range"];
  const { start, end } = copyRange(text, source.length);
  const part = keepPart(call, Buffer.concat([...call.store.read(source.bodies, start, end)]));
  const LastModified = new Date(part.lastModifiedMs).toISOString();
  return xmlAnswer(printXml("CopyPartResult", { LastModified, ETag: quoted(part.etag) }));
}

function copyRange(text: string | readonly string[] | undefined, length: number) {
  if (text === undefined) return { start: 0, end: length };
  const match = /^bytes=(\d+)-(\d+)$/.exec(String(text));
  const [start, end] = [Number(match?.[1]), Number(match?.[2]) + 1];
  if (match === null || start >= end) {
    const message =
      "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy";
    throw refusal("InvalidArgument", {}, message);
  }
  if (end <= length) return { start, end };
  const message = `Range specified is not valid for source object of size: ${length}`;
  throw refusal("InvalidArgument", {}, message);
}

function keepPart(call: Call, body: Uint8Array, claimed?: string): Omit<StoredPart, "body"> {
  const upload = findUpload(call);
  const { checksum } = upload;
  const part = {
    number: partNumberOf(call),
    etag: createHash("md5").update(body).digest("hex"),
    lastModifiedMs: call.nowMs,
    ...(checksum
      ? { checksum: checksumOf(checksum.algorithm, body) }
      : claimed !== undefined && { checksum: claimed }),
  };
  call.store.putPart(upload.id, body, part);
  return part;
}

export function listParts(call: Call): S3Answer {
  const upload = findUpload(call);
  const { query } = call.request;
  const marker = Number(query.get("part-number-marker") ?? 0);
  const maxCount = Math.min(Number(query.get("max-parts") ?? PAGE_MAX_COUNT), PAGE_MAX_COUNT);
  const rest = call.store.listParts(upload.id).filter(({ number }) => number > marker);
  const page = rest.slice(0, maxCount);
  const { algorithm, type } = upload.checksum ?? {};
  const result = printXml("ListPartsResult", {
    Bucket: upload.bucket,
    Key: upload.key,
    UploadId: upload.id,
    PartNumberMarker: marker,
    NextPartNumberMarker: page.at(-1)?.number ?? 0,
    MaxParts: maxCount,
    IsTruncated: page.length < rest.length,
    StorageClass: upload.headers["x-amz-storage-class"] ?? "STANDARD",
    ...(algorithm && type && { ChecksumAlgorithm: algorithm, ChecksumType: type }),
    Part: page.map((part) => ({
      PartNumber: part.number,
      LastModified: new Date(part.lastModifiedMs).toISOString(),
      ETag: quoted(part.etag),
      Size: part.body.length,
      ...(algorithm && part.checksum !== undefined && { [`Checksum${algorithm}`]: part.checksum }),
    })),
  });
  return xmlAnswer(result);
}

export function abortUpload(call: Call): S3Answer {
  call.store.abortUpload(findUpload(call).id);
  return NO_CONTENT;
}

export function completeUpload(call: Call): S3Answer {
  const { request, store, nowMs } = call;
  const upload = findUpload(call);
  const parts = chooseParts(call, upload);
  checkWriteConditions(call);
  const digests = parts.map(({ etag }) => Buffer.from(etag, "hex"));
  const hash = createHash("md5").update(Buffer.concat(digests)).digest("hex");
  const length = parts.reduce((sum, { body }) => sum + body.length, 0);
  const bodies = parts.map(({ body }) => body);
  const checksum = checksumOfUpload(call, upload, parts, length);
  const facts: ObjectFacts = {
    contentType: upload.contentType,
    headers: upload.headers,
    etag: `${hash}-${parts.length}`,
    lastModifiedMs: nowMs,
    length,
    bodies,
    parts: parts.map((part) => ({
      number: part.number,
      length: part.body.length,
      ...(part.checksum !== undefined && { checksum: part.checksum }),
    })),
    ...(checksum && { checksum }),
  };
  store.completeUpload(upload, facts);
  const { bucket, key, headers } = request;
  const result = printXml("CompleteMultipartUploadResult", {
    Location: `http://${headers.host ?? ""}/${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`,
    Bucket: bucket,
    Key: key,
    ETag: quoted(facts.etag),
    ...(checksum && {
      [`Checksum${checksum.algorithm}`]: checksum.value,
      ChecksumType: checksum.type,
    }),
  });
  return xmlAnswer(result);
}

/** The parts that the client lists, as it knows them. */
function chooseParts(
  { request, store }: Call,
  { id, checksum }: StoredUpload,
): readonly StoredPart[] {
  const list = parseXml(request.body.toString());
  const listed = childrenOf(list, "Part");
  if (list.name !== "CompleteMultipartUpload" || listed.length === 0) throw refusal("MalformedXML");
  const kept = new Map(store.listParts(id).map((part) => [part.number, part]));
  const numbers = listed.map((element) => Number(childOf(element, "PartNumber")?.text));
  if (numbers.some((number, index) => index > 0 && number <= (numbers[index - 1] ?? 0))) {
    throw refusal("InvalidPartOrder");
  }
  return listed.map((element, index) => {
    const number = numbers[index] ?? 0;
    const part = kept.get(number);
    const etag = childOf(element, "ETag")?.text.trim().replaceAll('"', "");
    const claimed = checksum && childOf(element, `Checksum${checksum.algorithm}`)?.text;
    if (
      part === undefined ||
      part.etag !== etag ||
      (claimed !== undefined && claimed !== part.checksum)
    ) {
      throw refusal("InvalidPart", { PartNumber: String(number), UploadId: id });
    }
    if (index < listed.length - 1 && part.body.length < PART_MIN_BYTES) {
      throw refusal("EntityTooSmall", {
        ProposedSize: String(part.body.length),
        MinSizeAllowed: String(PART_MIN_BYTES),
        PartNumber: String(number),
      });
    }
    return part;
  });
}

function checksumOfUpload(
  { request, store }: Call,
  { checksum }: StoredUpload,
  parts: readonly StoredPart[],
  length: number,
): ObjectFacts["checksum"] {
  if (checksum === undefined) return undefined;
  const { algorithm, type } = checksum;
  const sums = parts.map((part) => Buffer.from(part.checksum ?? "", "base64"));
  const bodies = parts.map(({ body }) => body);
  const value =
    type === "COMPOSITE"
      ? `${checksumOf(algorithm, Buffer.concat(sums))}-${parts.length}`
      : checksumOf(algorithm, Buffer.concat([...store.read(bodies, 0, length)]));
  const claimed = request.headers[checksumHeader(algorithm)];
  if (typeof claimed === "string" && claimed.split("-")[0] !== value.split("-")[0]) {
    throw refusal("BadDigest");
  }
  return { algorithm, value, type };
}
