/**
 * Every operation that is served, told by method, by what it is asked of and by the names in its query. A request
 * that fits no row exactly is refused by name: a query that is not understood must not turn a harmless call into
 * one that replaces or removes.
 */
import {
  BUCKET_SETTINGS,
  createBucket,
  deleteBucket,
  deleteObjects,
  deleteSetting,
  getAcl,
  getBucketTagging,
  getSetting,
  headBucket,
  listBuckets,
  putAcl,
  putBucketTagging,
  putSetting,
} from "./buckets.ts";
import { refusal } from "./errors.ts";
import { postForm } from "./forms.ts";
import { listObjects, listObjectsV2, listObjectVersions, listUploads } from "./listing.ts";
import {
  copyObject,
  deleteObject,
  deleteObjectTagging,
  findObject,
  getObject,
  getObjectAttributes,
  getObjectTagging,
  headObject,
  putObject,
  putObjectTagging,
  refuseLock,
} from "./objects.ts";
import type { Call, S3Answer, S3Request } from "./request.ts";
import {
  abortUpload,
  completeUpload,
  createUpload,
  listParts,
  uploadPart,
  uploadPartCopy,
} from "./uploads.ts";

type Level = "service" | "bucket" | "object";

export interface Operation {
  readonly method: string;
  readonly level: Level;
  /** Names in the query that make it this operation. */
  readonly by: readonly string[];
  /** Further names that it understands. */
  readonly takes: readonly string[];
  /** Needs no bucket that stands. */
  readonly makesBucket?: true;
  /** A checksum in its headers is the finished object's, not the body's. */
  readonly checksumIsOfObject?: true;
  readonly handle: (call: Call) => S3Answer;
}

const PAGE = ["prefix", "delimiter", "encoding-type", "max-keys"];
const RESPONSE = ["type", "language", "encoding", "disposition"].map(
  (it) => `response-content-${it}`,
);
const READ = ["versionId", "partNumber", "response-cache-control", "response-expires", ...RESPONSE];

const row = (
  method: string,
  level: Level,
  by: readonly string[],
  handle: Operation["handle"],
  more: Partial<Operation> = {},
): Operation => ({ method, level, by, takes: [], handle, ...more });

const copies = ({ request }: Call) => request.headers["x-amz-copy-source"] !== undefined;
const ofObject = (handle: Operation["handle"]) => (call: Call) => {
  findObject(call);
  return handle(call);
};
const VERSION = { takes: ["versionId"] };

const OPERATIONS: readonly Operation[] = [
  row("GET", "service", [], listBuckets, {
    takes: ["prefix", "bucket-region", "max-buckets", "continuation-token"],
  }),

  row("PUT", "bucket", [], createBucket, { makesBucket: true }),
  row("HEAD", "bucket", [], headBucket),
  row("DELETE", "bucket", [], deleteBucket),
  row("GET", "bucket", [], listObjects, { takes: [...PAGE, "marker"] }),
  row("GET", "bucket", ["list-type"], listObjectsV2, {
    takes: [...PAGE, "start-after", "continuation-token", "fetch-owner"],
  }),
  row("GET", "bucket", ["versions"], listObjectVersions, {
    takes: [...PAGE, "key-marker", "version-id-marker"],
  }),
  row("GET", "bucket", ["uploads"], listUploads, {
    takes: [
      "prefix",
      "delimiter",
      "encoding-type",
      "max-uploads",
      "key-marker",
      "upload-id-marker",
    ],
  }),
  row("POST", "bucket", ["delete"], deleteObjects),
  row("POST", "bucket", [], postForm),
  row("GET", "bucket", ["tagging"], getBucketTagging),
  row("PUT", "bucket", ["tagging"], putBucketTagging),
  row("DELETE", "bucket", ["tagging"], deleteSetting("tagging")),
  row("GET", "bucket", ["acl"], getAcl),
  row("PUT", "bucket", ["acl"], putAcl),
  ...Object.entries(BUCKET_SETTINGS).flatMap(([name, setting]) => [
    row("GET", "bucket", [name], getSetting(name, setting)),
    ...(name === "location" || name === "policyStatus"
      ? []
      : [row("PUT", "bucket", [name], putSetting(name, setting))]),
    ...(setting.isDeletable ? [row("DELETE", "bucket", [name], deleteSetting(name))] : []),
  ]),

  row("PUT", "object", [], (call) => (copies(call) ? copyObject(call) : putObject(call))),
  row("GET", "object", [], getObject, { takes: READ }),
  row("HEAD", "object", [], headObject, { takes: READ }),
  row("DELETE", "object", [], deleteObject, VERSION),
  row("GET", "object", ["attributes"], getObjectAttributes, VERSION),
  row("GET", "object", ["tagging"], getObjectTagging, VERSION),
  row("PUT", "object", ["tagging"], putObjectTagging, VERSION),
  row("DELETE", "object", ["tagging"], deleteObjectTagging, VERSION),
  row("GET", "object", ["acl"], ofObject(getAcl), VERSION),
  row("PUT", "object", ["acl"], ofObject(putAcl), VERSION),
  ...["retention", "legal-hold"].flatMap((name) => [
    row("GET", "object", [name], refuseLock, VERSION),
    row("PUT", "object", [name], refuseLock, VERSION),
  ]),
  row("POST", "object", ["uploads"], createUpload),
  row("PUT", "object", ["uploadId", "partNumber"], (call) =>
    copies(call) ? uploadPartCopy(call) : uploadPart(call),
  ),
  row("GET", "object", ["uploadId"], listParts, { takes: ["max-parts", "part-number-marker"] }),
  row("DELETE", "object", ["uploadId"], abortUpload),
  row("POST", "object", ["uploadId"], completeUpload, { checksumIsOfObject: true }),
];

/** How a request is signed, and what clients say of themselves: of no matter to what is asked. */
const ANYWHERE = /^(x-id|x-amz-.*|awsaccesskeyid|signature|expires|accountid)$/i;

export function findOperation({ method, bucket, key, query }: S3Request): Operation {
  const level = bucket === "" ? "service" : key === "" ? "bucket" : "object";
  const rows = OPERATIONS.filter((each) => each.level === level && each.method === method);
  const names = [...query.keys()].filter((name) => !ANYWHERE.test(name));
  const fitting = rows
    .filter(({ by }) => by.every((name) => names.includes(name)))
    .toSorted((a, b) => b.by.length - a.by.length)
    .find(({ by, takes }) => names.every((name) => by.includes(name) || takes.includes(name)));
  if (fitting !== undefined) return fitting;
  if (rows.length === 0 && method !== "OPTIONS")
    throw refusal("MethodNotAllowed", { Method: method });
  const known = new Set(rows.flatMap(({ by, takes }) => [...by, ...takes]));
  const unknown = names.find((name) => !known.has(name)) ?? names.join(", ");
  const what =
    unknown === "" ? `${method} of this resource` : `The query ${unknown} with ${method}`;
  throw refusal("NotImplemented", {}, `${what} implies functionality that is not implemented`);
}
