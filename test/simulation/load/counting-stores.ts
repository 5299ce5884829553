/**
 * Buckets for gigabytes: of objects only the sizes are kept, and a body that is like one that stands is kept once. S3
 * takes its time, and so does zlib: GZIP is counted, not computed, at what a whole core does at level 6 (see "The deliver
 * function's memory" in `docs/performance.md`), when the bytes are put.
 */
import type { ObjectStore, ObjectTarget, UploadRef } from "../../../src/delivery/ports.ts";
import type { BodyStore } from "../../../src/log/store.ts";
import type { Random } from "../../../src/random.ts";
import { memoryBodies } from "../../../src/storage/memory/bodies.ts";
import type { Scheduler } from "../scheduler.ts";

const GZIP_BYTES_PER_MS = 39_700;
/** Of S3, beside the way. */
const REQUEST_MS = 25;

export interface CountingObjects extends ObjectStore {
  figures(): { readonly objectCount: number; readonly byteCount: number };
}

export type Sleep = (durationMs: number) => Promise<void>;

export function sleepOf(scheduler: () => Scheduler): Sleep {
  return (durationMs) =>
    new Promise((resolve) => {
      scheduler().after(undefined, durationMs, "has taken its time", resolve);
    });
}

export function countingObjects(sleep: Sleep): CountingObjects {
  const sizes = new Map<string, number>();
  const uploads = new Map<string, { readonly target: ObjectTarget; byteCount: number }>();
  const nameOf = ({ bucket, key }: Pick<ObjectTarget, "bucket" | "key">) => `${bucket}/${key}`;
  const take = (byteCount: number) => sleep(REQUEST_MS + byteCount / GZIP_BYTES_PER_MS);
  let byteCount = 0;

  function appear(name: string, size: number): "written" | "exists" {
    if (sizes.has(name)) return "exists";
    sizes.set(name, size);
    byteCount += size;
    return "written";
  }

  return {
    refusalOf: () => undefined,
    figures: () => ({ objectCount: sizes.size, byteCount }),
    async putIfAbsent(target, body) {
      await take(body.length);
      return appear(nameOf(target), body.length);
    },
    async startUpload(target) {
      await take(0);
      const uploadId = `upload-${uploads.size}`;
      uploads.set(uploadId, { target, byteCount: 0 });
      return { bucket: target.bucket, key: target.key, uploadId };
    },
    async uploadPart({ uploadId }: UploadRef, partNumber, body) {
      const { length } = body;
      await take(length);
      uploads.get(uploadId)!.byteCount += length;
      return { partNumber, etag: `"${partNumber}"` };
    },
    async completeIfAbsent(upload) {
      await take(0);
      return appear(nameOf(upload), uploads.get(upload.uploadId)!.byteCount);
    },
    abort: () => take(0),
  };
}

export function sharedBodies(random: Random, sleep: Sleep): BodyStore {
  const bodies = new Map<string, Uint8Array>();
  const kinds = new Map<number, Uint8Array>();
  const keys = memoryBodies(random);
  const NOTHING = new Uint8Array();
  return {
    async put(body, retentionMs) {
      await sleep(REQUEST_MS);
      const alike = kinds.get(body.length);
      const isAlike = alike !== undefined && Buffer.compare(alike, body) === 0;
      const kept = isAlike ? alike : new Uint8Array(body);
      kinds.set(body.length, kept);
      const key = await keys.put(NOTHING, retentionMs);
      bodies.set(key!, kept);
      return key;
    },
    async get(key) {
      await sleep(REQUEST_MS);
      const body = bodies.get(key);
      if (body === undefined) throw new Error(`no body under ${key}`);
      return body;
    },
    keep: (key, retentionMs) => keys.keep(key, retentionMs),
  };
}
