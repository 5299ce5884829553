/**
 * Listings in the order S3 promises, by the bytes of the key; what has the delimiter after the prefix is rolled up
 * into common prefixes. A page goes on behind the last entry of the one before, be it an object or a prefix.
 */
import { refusal } from "./errors.ts";
import { quoted, storageClassOf } from "./objects.ts";
import { xmlAnswer, type Call, type S3Answer, type S3Request } from "./request.ts";
import type { S3Store } from "./store.ts";
import type { StoredObject } from "./facts.ts";
import { printXml, type XmlTree } from "./xml.ts";

const PAGE_MAX_COUNT = 1000;
/** What is read at a time: most common prefixes are left by a jump. */
const BATCH_COUNT = 200;
/** Sorts behind all keys of a common prefix but those that go on with this very character. */
const LAST_CHARACTER = "\u{10ffff}";

interface Keyed {
  readonly key: string;
}

/** Entries in byte order. */
interface Cursor<T extends Keyed> {
  next(): T | undefined;
  /** Leaves out what sorts before `key`. */
  jump(key: string): void;
}

interface Wanted {
  readonly prefix: string;
  readonly delimiter: string;
  /** A key or a common prefix; the page begins behind it. */
  readonly after: string;
  readonly maxCount: number;
}

interface Page<T> {
  readonly entries: readonly T[];
  readonly prefixes: readonly string[];
  /** Where the next page goes on; absent when there is none. */
  readonly next?: string;
}

function readPage<T extends Keyed>(
  cursor: Cursor<T>,
  { prefix, delimiter, after, maxCount }: Wanted,
): Page<T> {
  const entries: T[] = [];
  const prefixes: string[] = [];
  let last = "";
  cursor.jump(compareBytes(prefix, after) > 0 ? prefix : after);
  for (let entry = cursor.next(); entry !== undefined; entry = cursor.next()) {
    const { key } = entry;
    if (!key.startsWith(prefix)) {
      if (compareBytes(key, prefix) > 0) break;
      continue;
    }
    if (compareBytes(key, after) <= 0) continue;
    const group = groupOf(key, prefix, delimiter);
    if (group !== undefined && (group === prefixes.at(-1) || compareBytes(group, after) <= 0)) {
      cursor.jump(group + LAST_CHARACTER);
      continue;
    }
    if (entries.length + prefixes.length >= maxCount) {
      return { entries, prefixes, ...(maxCount > 0 && { next: last }) };
    }
    last = group ?? key;
    if (group === undefined) entries.push(entry);
    else prefixes.push(group);
  }
  return { entries, prefixes };
}

function objectsOf(store: S3Store, bucket: string): Cursor<StoredObject> {
  let from = "";
  let batch: readonly StoredObject[] = [];
  let index = 0;
  let isAtEnd = false;
  return {
    next() {
      if (index >= batch.length && !isAtEnd) {
        batch = store.listObjects(bucket, from, BATCH_COUNT);
        isAtEnd = batch.length < BATCH_COUNT;
        index = 0;
      }
      const object = batch[index++];
      if (object !== undefined) from = `${object.key}\0`;
      return object;
    },
    jump(key) {
      if (compareBytes(key, from) <= 0) return;
      from = key;
      while (index < batch.length && compareBytes(batch[index]?.key ?? "", key) < 0) index += 1;
    },
  };
}

function cursorOver<T extends Keyed>(sorted: readonly T[]): Cursor<T> {
  let index = 0;
  return { next: () => sorted[index++], jump: () => {} };
}

function groupOf(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === "") return undefined;
  const end = key.indexOf(delimiter, prefix.length);
  return end === -1 ? undefined : key.slice(0, end + delimiter.length);
}

const SURROGATE = /[\ud800-\udfff]/;

/** UTF-8 byte order; JavaScript's own comparison agrees unless surrogates are involved. */
export function compareBytes(a: string, b: string): number {
  if (SURROGATE.test(a) || SURROGATE.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

export function listObjects({ request, store }: Call): S3Answer {
  const { bucket, query } = request;
  const { encode, ...asked } = readQuery(request, "max-keys");
  const marker = query.get("marker") ?? "";
  const page = readPage(objectsOf(store, bucket), { ...asked, after: marker });
  return listing("ListBucketResult", {
    Name: bucket,
    Prefix: encode(asked.prefix),
    Marker: encode(marker),
    // Without a delimiter the last key says it.
    NextMarker: page.next !== undefined && asked.delimiter !== "" ? encode(page.next) : undefined,
    ...common(request, asked, page, encode),
    MaxKeys: asked.maxCount,
    Contents: page.entries.map((object) => ({ ...describe(object, encode), Owner: OWNER })),
  });
}

export function listObjectsV2({ request, store }: Call): S3Answer {
  const { bucket, query } = request;
  const { encode, ...asked } = readQuery(request, "max-keys");
  const token = query.get("continuation-token");
  const startAfter = query.get("start-after");
  const after = token === undefined ? (startAfter ?? "") : readToken(token);
  const page = readPage(objectsOf(store, bucket), { ...asked, after });
  const hasOwner = query.get("fetch-owner") === "true";
  return listing("ListBucketResult", {
    Name: bucket,
    Prefix: encode(asked.prefix),
    StartAfter: startAfter === undefined ? undefined : encode(startAfter),
    ContinuationToken: token,
    NextContinuationToken: page.next === undefined ? undefined : writeToken(page.next),
    KeyCount: page.entries.length + page.prefixes.length,
    ...common(request, asked, page, encode),
    MaxKeys: asked.maxCount,
    Contents: page.entries.map((object) => ({
      ...describe(object, encode),
      ...(hasOwner && { Owner: OWNER }),
    })),
  });
}

/** Versions are never made here: each object has the one that is called `null`. */
export function listObjectVersions({ request, store }: Call): S3Answer {
  const { bucket, query } = request;
  const { encode, ...asked } = readQuery(request, "max-keys");
  const marker = query.get("key-marker") ?? "";
  const page = readPage(objectsOf(store, bucket), { ...asked, after: marker });
  return listing("ListVersionsResult", {
    Name: bucket,
    Prefix: encode(asked.prefix),
    KeyMarker: encode(marker),
    VersionIdMarker: query.get("version-id-marker") ?? "",
    ...(page.next !== undefined && {
      NextKeyMarker: encode(page.next),
      NextVersionIdMarker: "null",
    }),
    ...common(request, asked, page, encode),
    MaxKeys: asked.maxCount,
    Version: page.entries.map((object) => ({
      ...describe(object, encode),
      VersionId: "null",
      IsLatest: true,
      Owner: OWNER,
    })),
  });
}

export function listUploads({ request, store }: Call): S3Answer {
  const { bucket, query } = request;
  const { encode, ...asked } = readQuery(request, "max-uploads");
  const keyMarker = query.get("key-marker") ?? "";
  const idMarker = query.get("upload-id-marker") ?? "";
  // Several may have one key: the ids set them in order, and a page may end among them.
  const uploads = store.listUploads(bucket).map((upload) => ({
    upload,
    key: `${upload.key}${BETWEEN}${upload.id}`,
  }));
  const after = keyMarker === "" ? "" : `${keyMarker}${BETWEEN}${idMarker || LAST_CHARACTER}`;
  const page = readPage(cursorOver(uploads), { ...asked, after });
  const [nextKey = "", nextId = ""] = page.next?.split(BETWEEN) ?? [];
  return listing("ListMultipartUploadsResult", {
    Bucket: bucket,
    Prefix: encode(asked.prefix),
    KeyMarker: encode(keyMarker),
    UploadIdMarker: idMarker,
    ...(page.next !== undefined && {
      NextKeyMarker: encode(nextKey),
      NextUploadIdMarker: nextId,
    }),
    ...common(request, asked, page, encode),
    MaxUploads: asked.maxCount,
    Upload: page.entries.map(({ upload }) => ({
      Key: encode(upload.key),
      UploadId: upload.id,
      Initiator: OWNER,
      Owner: OWNER,
      StorageClass: upload.headers["x-amz-storage-class"] ?? "STANDARD",
      Initiated: new Date(upload.initiatedAtMs).toISOString(),
    })),
  });
}

/** In no key, and sorts before all that is. */
const BETWEEN = "\0";

function readQuery({ query }: S3Request, maxName: "max-keys" | "max-uploads") {
  const text = query.get(maxName);
  if (text !== undefined && !/^\d{1,10}$/.test(text)) {
    const message = `Provided ${maxName} not an integer or within integer range`;
    throw refusal("InvalidArgument", { ArgumentName: maxName, ArgumentValue: text }, message);
  }
  const encoding = query.get("encoding-type");
  if (encoding !== undefined && encoding !== "url") {
    throw refusal("InvalidArgument", {}, "Invalid Encoding Method specified in Request");
  }
  return {
    prefix: query.get("prefix") ?? "",
    delimiter: query.get("delimiter") ?? "",
    maxCount: Math.min(Number(text ?? PAGE_MAX_COUNT), PAGE_MAX_COUNT),
    encode: encoding === undefined ? (key: string) => key : encodeKey,
  };
}

/** For readers that take `+` for a space and for those that do not. */
function encodeKey(key: string): string {
  return key.split("/").map(encodeURIComponent).join("/");
}

function common<T>(
  { query }: S3Request,
  { delimiter }: Pick<Wanted, "delimiter">,
  page: Page<T>,
  encode: (key: string) => string,
): XmlTree {
  return {
    IsTruncated: page.next !== undefined,
    Delimiter: delimiter === "" ? undefined : encode(delimiter),
    EncodingType: query.get("encoding-type"),
    CommonPrefixes: page.prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  };
}

function describe(object: StoredObject, encode: (key: string) => string): XmlTree {
  return {
    Key: encode(object.key),
    LastModified: new Date(object.lastModifiedMs).toISOString(),
    ETag: quoted(object.etag),
    ...(object.checksum && {
      ChecksumAlgorithm: object.checksum.algorithm,
      ChecksumType: object.checksum.type,
    }),
    Size: object.length,
    StorageClass: storageClassOf(object),
  };
}

export const OWNER = { ID: "hydrant", DisplayName: "hydrant" };

const writeToken = (last: string) => Buffer.from(last).toString("base64");

function readToken(token: string): string {
  const last = Buffer.from(token, "base64").toString();
  if (token !== "" && writeToken(last) === token) return last;
  throw refusal("InvalidArgument", {}, "The continuation token provided is incorrect");
}

function listing(root: string, content: XmlTree): S3Answer {
  return xmlAnswer(printXml(root, content));
}
