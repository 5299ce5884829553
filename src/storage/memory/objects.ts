/**
 * The twin of S3 for unit tests and simulation: conditional writes, multipart uploads and their ends behave as
 * S3's do. `withFaults` puts failures around any object store, before an effect or after it.
 */
import { createHash } from "node:crypto";
import type {
  ObjectStore,
  ObjectTarget,
  Refusal,
  UploadedPart,
  UploadRef,
} from "../../delivery/ports.ts";

export interface StoredObject extends ObjectTarget {
  readonly body: Uint8Array;
}

export interface MemoryObjects extends ObjectStore {
  /** In the order of their appearance. */
  list(bucket?: string): readonly StoredObject[];
  get(bucket: string, key: string): StoredObject | undefined;
  /** There instead of here. */
  rename(bucket: string, key: string, toKey: string): void;
  /** Begun, neither completed nor aborted. */
  openUploads(): readonly UploadRef[];
  /** From now on the bucket's calls are refused so; `undefined`: no more. What stands in it stays. */
  refuse(bucket: string, refusal: Refusal | undefined): void;
}

/** What a bucket's calls are refused with. */
class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(`the bucket says: ${refusal}`);
    this.name = refusal === "refused" ? "AccessDenied" : "NoSuchBucket";
    this.refusal = refusal;
  }
}

interface OpenUpload {
  readonly target: ObjectTarget;
  readonly parts: Map<number, { readonly etag: string; readonly body: Uint8Array }>;
}

/** `partMinBytes`: what every part but the last must hold; tests may pass less than S3's 5 MiB. */
export function memoryObjects({ partMinBytes = 5 * 1024 * 1024 } = {}): MemoryObjects {
  const objects = new Map<string, StoredObject>();
  const uploads = new Map<string, OpenUpload>();
  const refusals = new Map<string, Refusal>();
  let startedCount = 0;

  function enter(bucket: string): void {
    const refusal = refusals.get(bucket);
    if (refusal !== undefined) throw new Refused(refusal);
  }

  function openUpload({ bucket, key, uploadId }: UploadRef): OpenUpload | undefined {
    const upload = uploads.get(uploadId);
    const isSame = upload?.target.bucket === bucket && upload.target.key === key;
    return isSame ? upload : undefined;
  }

  return {
    refusalOf: (error) => (error instanceof Refused ? error.refusal : undefined),
    refuse(bucket, refusal) {
      if (refusal === undefined) refusals.delete(bucket);
      else refusals.set(bucket, refusal);
    },

    rename(bucket, key, toKey) {
      enter(bucket);
      const object = objects.get(objectId({ bucket, key }));
      if (object === undefined) return;
      objects.delete(objectId({ bucket, key }));
      objects.set(objectId({ bucket, key: toKey }), { ...object, key: toKey });
    },

    async putIfAbsent(target, body) {
      enter(target.bucket);
      const id = objectId(target);
      if (objects.has(id)) return "exists";
      objects.set(id, { ...target, body: copyOf(body) });
      return "written";
    },

    async startUpload(target) {
      enter(target.bucket);
      startedCount += 1;
      const uploadId = `upload-${startedCount}`;
      uploads.set(uploadId, { target, parts: new Map() });
      return { bucket: target.bucket, key: target.key, uploadId };
    },

    async uploadPart(ref, partNumber, body) {
      enter(ref.bucket);
      const upload = openUpload(ref);
      if (upload === undefined) throw new Error(`NoSuchUpload: ${ref.uploadId}`);
      // As in S3, the same bytes sent twice have one etag: a repeated request that comes late spoils nothing.
      const etag = `"${createHash("md5").update(body).digest("hex")}"`;
      upload.parts.set(partNumber, { etag, body: copyOf(body) });
      return { partNumber, etag };
    },

    async completeIfAbsent(ref, parts, movedTo = ref.key) {
      enter(ref.bucket);
      const upload = openUpload(ref);
      const exists = objects.has(objectId(ref));
      const isMoved = objects.has(objectId({ ...ref, key: movedTo }));
      if (upload === undefined) return exists || isMoved ? "exists" : "lost";
      if (exists) return "exists";
      const body = joinParts(upload, parts, partMinBytes);
      objects.set(objectId(ref), { ...upload.target, body });
      uploads.delete(ref.uploadId);
      return "written";
    },

    async abort(ref) {
      enter(ref.bucket);
      if (openUpload(ref) !== undefined) uploads.delete(ref.uploadId);
    },

    list(bucket) {
      const all = [...objects.values()];
      return bucket === undefined ? all : all.filter((object) => object.bucket === bucket);
    },
    get: (bucket, key) => objects.get(objectId({ bucket, key })),
    openUploads() {
      return [...uploads].map(
        ([
          uploadId,
          {
            target: { bucket, key },
          },
        ]) => ({
          bucket,
          key,
          uploadId,
        }),
      );
    },
  };
}

export type ObjectOperation = Exclude<keyof ObjectStore, "refusalOf">;

/** Called around each operation; what it throws reaches the caller in place of the answer. */
export interface ObjectFaults {
  /** The operation then has no effect. */
  before?(operation: ObjectOperation, at: { readonly key: string }): void | Promise<void>;
  /** The operation took effect, and its answer is lost. */
  after?(operation: ObjectOperation, at: { readonly key: string }): void | Promise<void>;
}

export function withFaults(objects: ObjectStore, faults: ObjectFaults): ObjectStore {
  async function around<T>(
    operation: ObjectOperation,
    at: { readonly key: string },
    act: () => Promise<T>,
  ): Promise<T> {
    await faults.before?.(operation, at);
    const answer = await act();
    await faults.after?.(operation, at);
    return answer;
  }
  return {
    refusalOf: (error) => objects.refusalOf(error),
    putIfAbsent: (target, body) =>
      around("putIfAbsent", target, () => objects.putIfAbsent(target, body)),
    startUpload: (target) => around("startUpload", target, () => objects.startUpload(target)),
    uploadPart: (upload, partNumber, body) =>
      around("uploadPart", upload, () => objects.uploadPart(upload, partNumber, body)),
    completeIfAbsent: (upload, parts) =>
      around("completeIfAbsent", upload, () => objects.completeIfAbsent(upload, parts)),
    abort: (upload) => around("abort", upload, () => objects.abort(upload)),
  };
}

/** `slice` would not do: a Buffer's is a view of the same bytes. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

function objectId({ bucket, key }: { readonly bucket: string; readonly key: string }): string {
  return JSON.stringify([bucket, key]);
}

function joinParts(
  upload: OpenUpload,
  named: readonly UploadedPart[],
  partMinBytes: number,
): Uint8Array {
  if (named.length === 0) throw new Error("MalformedXML: an upload has at least one part");
  const bodies = named
    .toSorted((a, b) => a.partNumber - b.partNumber)
    .map(({ partNumber, etag }) => {
      const part = upload.parts.get(partNumber);
      if (part?.etag !== etag) throw new Error(`InvalidPart: ${partNumber} with etag ${etag}`);
      return part.body;
    });
  for (const body of bodies.slice(0, -1)) {
    if (body.byteLength < partMinBytes) {
      throw new Error(
        `EntityTooSmall: a part holds at least ${partMinBytes}, not ${body.byteLength} bytes`,
      );
    }
  }
  return new Uint8Array(Buffer.concat(bodies));
}
