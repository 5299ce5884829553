/** Objects of failed records among the objects in memory. Nothing a user runs uses it. */
import { createHash } from "node:crypto";
import type { ErrorObjects, ObjectTag } from "../../delivery/redrive/ports.ts";
import type { MemoryObjects, StoredObject } from "./objects.ts";

export interface MemoryErrorObjects extends ErrorObjects {
  tagOf(bucket: string, key: string): ObjectTag | undefined;
}

/** `modifiedAtMs`: of all of them. */
export function memoryErrorObjects(objects: MemoryObjects, modifiedAtMs = 0): MemoryErrorObjects {
  const tags = new Map<string, ObjectTag>();
  const etagOf = ({ body }: StoredObject) => createHash("md5").update(body).digest("hex");
  return {
    async list({ bucket, prefix, after = "", limit }) {
      return objects
        .list(bucket)
        .filter(({ key }) => key.startsWith(prefix) && key > after)
        .toSorted((a, b) => (a.key < b.key ? -1 : 1))
        .slice(0, limit)
        .map((object) => ({
          key: object.key,
          etag: etagOf(object),
          byteCount: object.body.length,
          modifiedAtMs,
        }));
    },
    async get({ bucket, key, etag }) {
      const object = objects.get(bucket, key);
      return object && etagOf(object) === etag ? object.body : undefined;
    },
    async tag({ bucket, key, etag }, tag) {
      const object = objects.get(bucket, key);
      if (object && etagOf(object) === etag) tags.set(`${bucket}/${key}`, tag);
    },
    async move({ bucket, key, etag }, toKey) {
      const object = objects.get(bucket, key);
      if (object === undefined || etagOf(object) !== etag) return;
      objects.rename(bucket, key, toKey);
      const tag = tags.get(`${bucket}/${key}`);
      tags.delete(`${bucket}/${key}`);
      if (tag) tags.set(`${bucket}/${toKey}`, tag);
    },
    tagOf: (bucket, key) => tags.get(`${bucket}/${key}`),
    refusalOf: (error) => objects.refusalOf(error),
  };
}
