/**
 * Buckets: made, looked at, emptied, removed, and what is set on them. A setting that a client could tell the absence
 * of (versions, a website, rules that delete) is refused; one that only says what holds here anyway is kept and shown.
 */
import { refusal, S3Refusal, type RefusalCode } from "./errors.ts";
import { OWNER } from "./listing.ts";
import { matches } from "./objects.ts";
import {
  EMPTY,
  KEY_MAX_BYTES,
  NO_CONTENT,
  xmlAnswer,
  type Call,
  type S3Answer,
} from "./request.ts";
import { BUCKET_TAGS_MAX_COUNT, readTagging, readTagSet } from "./tags.ts";
import {
  childOf,
  childrenOf,
  parseXml,
  printXml,
  type XmlContent,
  type XmlElement,
  type XmlTree,
} from "./xml.ts";

const REGION = "us-east-1";
const DELETE_MAX_COUNT = 1000;

export function listBuckets({ store, request }: Call): S3Answer {
  const { query } = request;
  const [prefix, after] = [query.get("prefix") ?? "", query.get("continuation-token") ?? ""];
  const maxCount = Number(query.get("max-buckets") ?? Infinity);
  const isElsewhere = ![REGION, undefined].includes(query.get("bucket-region"));
  const buckets = store
    .listBuckets()
    .filter(({ name }) => name.startsWith(prefix) && name > after && !isElsewhere);
  const page = buckets.slice(0, maxCount);
  const result = printXml("ListAllMyBucketsResult", {
    Owner: OWNER,
    Buckets: {
      Bucket: page.map(({ name, createdAtMs }) => ({
        Name: name,
        CreationDate: new Date(createdAtMs).toISOString(),
        BucketRegion: REGION,
      })),
    },
    ContinuationToken: page.length < buckets.length ? page.at(-1)?.name : undefined,
    Prefix: query.get("prefix"),
  });
  return xmlAnswer(result);
}

/** Again by its owner: nothing happens, as in us-east-1. */
export function createBucket({ request, store, nowMs }: Call): S3Answer {
  const { bucket, body } = request;
  if (!isBucketName(bucket)) throw refusal("InvalidBucketName", { BucketName: bucket });
  const configuration = body.length === 0 ? undefined : parseXml(body.toString());
  if (["Bucket", "Location"].some((name) => childOf(configuration, name) !== undefined)) {
    const message = "Directory buckets imply functionality that is not implemented";
    throw refusal("NotImplemented", {}, message);
  }
  const tags = childOf(configuration, "Tags");
  const tagging = tags && readTagSet(tags, BUCKET_TAGS_MAX_COUNT);
  const isNew = store.createBucket(bucket, nowMs);
  if (isNew && tagging !== undefined) store.putDocument(bucket, "", "tagging", tagging);
  return { status: 200, headers: { location: `/${bucket}` } };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
function isBucketName(name: string): boolean {
  return (
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !/\.\.|\.-|-\./.test(name) &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(name)
  );
}

export function headBucket(): S3Answer {
  return { status: 200, headers: { "x-amz-bucket-region": REGION } };
}

export function deleteBucket({ request, store }: Call): S3Answer {
  const { bucket } = request;
  if (!store.isEmpty(bucket)) throw refusal("BucketNotEmpty", { BucketName: bucket });
  store.deleteBucket(bucket);
  return NO_CONTENT;
}

export function deleteObjects({ request, store }: Call): S3Answer {
  const { bucket, body } = request;
  const list = parseXml(body.toString());
  const objects = childrenOf(list, "Object");
  if (list.name !== "Delete" || objects.length === 0 || objects.length > DELETE_MAX_COUNT) {
    throw refusal("MalformedXML");
  }
  const isQuiet = childOf(list, "Quiet")?.text.trim() === "true";
  const deleted: XmlTree[] = [];
  const failed: XmlTree[] = [];
  for (const object of objects) {
    const Key = childOf(object, "Key")?.text ?? "";
    const VersionId = childOf(object, "VersionId")?.text;
    try {
      deleteOne(Key, VersionId, childOf(object, "ETag")?.text);
      deleted.push({ Key, VersionId });
    } catch (error) {
      if (!(error instanceof S3Refusal)) throw error;
      failed.push({ Key, VersionId, Code: error.code, Message: error.message });
    }
  }
  return xmlAnswer(printXml("DeleteResult", { Deleted: isQuiet ? [] : deleted, Error: failed }));

  function deleteOne(key: string, version: string | undefined, etag: string | undefined): void {
    if (key === "") throw refusal("MalformedXML");
    if (Buffer.byteLength(key) > KEY_MAX_BYTES) throw refusal("KeyTooLongError");
    if (version !== undefined && version !== "null") throw refusal("NoSuchVersion");
    const current = store.getObject(bucket, key);
    if (etag !== undefined && (current === undefined || !matches(etag, current.etag))) {
      throw refusal("PreconditionFailed");
    }
    store.deleteObject(bucket, key);
  }
}

interface Setting {
  /** The document while none is kept, or the refusal that says so. */
  readonly unset: RefusalCode | { readonly document: string };
  readonly put?: {
    readonly root: string;
    /** Whether what it asks for holds here, so that it can be kept and shown. */
    readonly holds: (document: XmlElement) => boolean;
  };
  readonly isDeletable?: true;
}

const always = () => true;
const isEmpty = ({ children }: XmlElement) => children.length === 0;

const textOf = (element: XmlElement, ...path: readonly string[]): string | undefined =>
  path.reduce<XmlElement | undefined>(childOf, element)?.text.trim();

/** A document that says what holds while nothing is set. */
const holding = (root: string, content: XmlContent = "") => ({ document: printXml(root, content) });

const ACL_DOCUMENT = printXml("AccessControlPolicy", {
  Owner: OWNER,
  AccessControlList: { Grant: { Grantee: OWNER, Permission: "FULL_CONTROL" } },
}).replace(
  "<Grantee>",
  '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">',
);

/** By sub-resource. */
export const BUCKET_SETTINGS: Readonly<Record<string, Setting>> = {
  accelerate: { unset: holding("AccelerateConfiguration") },
  cors: { unset: "NoSuchCORSConfiguration", isDeletable: true },
  encryption: {
    unset: "ServerSideEncryptionConfigurationNotFoundError",
    put: {
      root: "ServerSideEncryptionConfiguration",
      holds: (document) =>
        textOf(document, "Rule", "ApplyServerSideEncryptionByDefault", "SSEAlgorithm") === "AES256",
    },
    isDeletable: true,
  },
  lifecycle: { unset: "NoSuchLifecycleConfiguration", isDeletable: true },
  location: { unset: holding("LocationConstraint") },
  logging: {
    unset: holding("BucketLoggingStatus"),
    put: { root: "BucketLoggingStatus", holds: isEmpty },
  },
  notification: {
    unset: holding("NotificationConfiguration"),
    put: { root: "NotificationConfiguration", holds: isEmpty },
  },
  "object-lock": { unset: "ObjectLockConfigurationNotFoundError" },
  ownershipControls: {
    unset: "OwnershipControlsNotFoundError",
    put: {
      root: "OwnershipControls",
      holds: (document) => textOf(document, "Rule", "ObjectOwnership") === "BucketOwnerEnforced",
    },
    isDeletable: true,
  },
  policy: { unset: "NoSuchBucketPolicy", isDeletable: true },
  policyStatus: { unset: "NoSuchBucketPolicy" },
  publicAccessBlock: {
    unset: "NoSuchPublicAccessBlockConfiguration",
    put: { root: "PublicAccessBlockConfiguration", holds: always },
    isDeletable: true,
  },
  replication: { unset: "ReplicationConfigurationNotFoundError", isDeletable: true },
  requestPayment: {
    unset: holding("RequestPaymentConfiguration", { Payer: "BucketOwner" }),
    put: {
      root: "RequestPaymentConfiguration",
      holds: (document) => textOf(document, "Payer") === "BucketOwner",
    },
  },
  versioning: {
    unset: holding("VersioningConfiguration"),
    put: {
      root: "VersioningConfiguration",
      holds: (document) => textOf(document, "Status") === "Suspended",
    },
  },
  website: { unset: "NoSuchWebsiteConfiguration", isDeletable: true },
};

export function getSetting(name: string, { unset }: Setting) {
  return ({ request, store }: Call): S3Answer => {
    const kept = store.getDocument(request.bucket, "", name);
    if (kept !== undefined) return xmlAnswer(kept);
    if (typeof unset === "string") throw refusal(unset, { BucketName: request.bucket });
    return xmlAnswer(unset.document);
  };
}

export function putSetting(name: string, { put }: Setting) {
  return ({ request, store }: Call): S3Answer => {
    const notImplemented = refusal(
      "NotImplemented",
      {},
      `This configuration of ${name} implies functionality that is not implemented`,
    );
    if (put === undefined) throw notImplemented;
    const text = request.body.toString();
    const document = parseXml(text);
    if (document.name !== put.root) throw refusal("MalformedXML");
    if (!put.holds(document)) throw notImplemented;
    store.putDocument(request.bucket, "", name, text);
    return EMPTY;
  };
}

export function deleteSetting(name: string) {
  return ({ request, store }: Call): S3Answer => {
    store.deleteDocument(request.bucket, "", name);
    return NO_CONTENT;
  };
}

export const getAcl = (): S3Answer => xmlAnswer(ACL_DOCUMENT);

/** Nothing but the owner's full control can be had; a canned list that says no more has been let through. */
export function putAcl({ request }: Call): S3Answer {
  if (request.body.length > 0) throw refusal("AccessControlListNotSupported");
  return EMPTY;
}

export function getBucketTagging({ request, store }: Call): S3Answer {
  const tags = store.getDocument(request.bucket, "", "tagging");
  if (tags === undefined) throw refusal("NoSuchTagSet", { BucketName: request.bucket });
  return xmlAnswer(tags);
}

export function putBucketTagging({ request, store }: Call): S3Answer {
  const tags = readTagging(request.body, BUCKET_TAGS_MAX_COUNT);
  store.putDocument(request.bucket, "", "tagging", tags);
  return NO_CONTENT;
}
