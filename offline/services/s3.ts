/**
 * S3 on the loopback: fauxqs with its gaps closed. Bodies of any size, checksums, conditional writes, ListParts
 * and byte order. All hooks are synchronous and so are the handlers behind them: between the check of a
 * condition and the write nothing else runs, which is what makes a conditional put atomic.
 */
import type { IncomingHttpHeaders } from "node:http";
import { listen } from "../listen.ts";
import { NO_ORIGINS, type AllowedOrigins } from "../origins.ts";
import { appFor, newS3Store, openPersistence, type S3Store } from "./fauxqs.ts";
import { guardPages, XML_REFUSAL } from "./pages.ts";
import { checkIntegrity, unwrapBody } from "./s3-integrity.ts";
import { listInByteOrder } from "./s3-listing.ts";
import {
  NO_SUCH_KEY,
  PRECONDITION_FAILED,
  refusalXml,
  escapeXml,
  type Refusal,
} from "./s3-errors.ts";

/** S3 takes 5 GiB per request; what a laptop holds in memory is less. */
const MAX_BODY_BYTES = 1024 ** 3;

export interface RunningS3 {
  readonly endpoint: string;
  /** Refuses and drops every connection, as an outage does, until `resume`. */
  pause(): void;
  resume(): Promise<void>;
  stop(): void;
}

interface S3Request {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly params: unknown;
  readonly query: unknown;
  body?: unknown;
}

/** Without `directory` everything stays in memory. */
export async function startS3(options: {
  readonly port: number;
  /** Beside the loopback. */
  readonly host?: string;
  /** Absent: only those of this machine. */
  readonly origins?: AllowedOrigins;
  readonly directory?: string;
}): Promise<RunningS3> {
  const store = newS3Store();
  store.listObjects = listInByteOrder(store);
  const app = appFor({ s3: store });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "*",
    { parseAs: "buffer", bodyLimit: MAX_BODY_BYTES },
    (_, body, done) => {
      done(null, body);
    },
  );
  app.addHook("preHandler", (request, reply, done) => {
    const answer = beforeHandler(store, request);
    if (answer === undefined) return done();
    void reply.code(answer.status).header("content-type", "application/xml").send(answer.xml);
  });
  await app.ready();
  guardPages(app.server, options.origins ?? NO_ORIGINS, XML_REFUSAL);
  const port = await listen(app.server, options.port, "HYDRANT_S3_PORT", options.host);
  app.server.keepAliveTimeout = 65_000;
  const persistence =
    options.directory === undefined ? undefined : openPersistence(options.directory);
  if (persistence !== undefined) {
    persistence.loadS3(store);
    store.persistence = persistence;
  }
  const pause = () => {
    app.server.close();
    app.server.closeAllConnections();
  };
  return {
    endpoint: `http://127.0.0.1:${port}`,
    pause,
    async resume() {
      await listen(app.server, port, "HYDRANT_S3_PORT", options.host);
    },
    stop() {
      pause();
      persistence?.close();
    },
  };
}

interface Answer {
  readonly status: number;
  readonly xml: string;
}

function beforeHandler(store: S3Store, request: S3Request): Answer | undefined {
  const { bucket = "", "*": key = "" } = request.params as { bucket?: string; "*"?: string };
  const query = request.query as Readonly<Record<string, string | undefined>>;
  if (key === "") return undefined;
  if (request.method === "GET" && query["uploadId"] !== undefined) {
    return listParts(store, bucket, key, query["uploadId"]);
  }
  if (request.method !== "PUT" && request.method !== "POST") return undefined;
  if (request.method === "PUT") {
    // A put without a body arrives as no body at all.
    const body = unwrapBody(
      request.headers,
      Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    );
    if (!Buffer.isBuffer(body)) return refuse(body);
    request.body = body;
    const damage = checkIntegrity(request.headers, body);
    if (damage !== undefined) return refuse(damage);
  }
  const refusal = checkConditions(store, request, bucket, key, query);
  return refusal === undefined ? undefined : refuse(refusal);
}

/** PutObject, CopyObject and CompleteMultipartUpload take conditions; parts do not. */
function checkConditions(
  store: S3Store,
  { method, headers }: S3Request,
  bucket: string,
  key: string,
  query: Readonly<Record<string, string | undefined>>,
): Refusal | undefined {
  const { uploadId } = query;
  if (method === "PUT" && uploadId !== undefined) return undefined;
  // Completing needs a live upload; the handler words the refusal of any other.
  if (method === "POST" && (uploadId === undefined || !store.multipartUploads.has(uploadId)))
    return undefined;
  const current = store.buckets.get(bucket)?.get(key);
  if (headers["if-none-match"] === "*" && current !== undefined) return PRECONDITION_FAILED;
  const wanted = headers["if-match"];
  if (wanted === undefined) return undefined;
  if (current === undefined) return NO_SUCH_KEY;
  const bare = (etag: string) => etag.replaceAll('"', "");
  return wanted === "*" || bare(wanted) === bare(current.etag) ? undefined : PRECONDITION_FAILED;
}

function listParts(store: S3Store, bucket: string, key: string, uploadId: string): Answer {
  const upload = store.multipartUploads.get(uploadId);
  if (upload === undefined || upload.bucket !== bucket || upload.key !== key) {
    return refuse({
      status: 404,
      code: "NoSuchUpload",
      message:
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    });
  }
  const parts = [...upload.parts.values()].toSorted((a, b) => a.partNumber - b.partNumber);
  const rows = parts.map(
    ({ partNumber, etag, lastModified, body }) =>
      `<Part><PartNumber>${partNumber}</PartNumber><ETag>${escapeXml(etag)}</ETag><LastModified>${lastModified.toISOString()}</LastModified><Size>${body.length}</Size></Part>`,
  );
  const names = `<Bucket>${escapeXml(bucket)}</Bucket><Key>${escapeXml(key)}</Key><UploadId>${escapeXml(uploadId)}</UploadId>`;
  return {
    status: 200,
    xml: `<?xml version="1.0" encoding="UTF-8"?>\n<ListPartsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${names}<MaxParts>10000</MaxParts><IsTruncated>false</IsTruncated>${rows.join("")}</ListPartsResult>`,
  };
}

function refuse(refusal: Refusal): Answer {
  return { status: refusal.status, xml: refusalXml(refusal) };
}
