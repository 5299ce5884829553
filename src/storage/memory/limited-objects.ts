/** S3 within a capacity: so many requests a second to a prefix, which is what stands before a key's last slash. */
import type { ObjectStore } from "../../delivery/ports.ts";
import type { BodyStore } from "../../log/store.ts";
import { bodyPrefix } from "../body-key.ts";
import { isBusy, type LimitedClient, sender } from "./limited.ts";

const LOG_BUCKET = "log";

export function limitedBodies(bodies: BodyStore, client: LimitedClient): BodyStore {
  const { capacity } = client;
  const send = sender(client);
  return {
    async put(body, retentionMs) {
      try {
        return await send(() => {
          capacity.putObject(LOG_BUCKET, bodyPrefix(retentionMs));
          return bodies.put(body, retentionMs);
        });
      } catch (error) {
        if (isBusy(error)) return undefined;
        throw error;
      }
    },
    get: (key) =>
      send(() => {
        capacity.getObject(LOG_BUCKET, key);
        return bodies.get(key);
      }),
    keep: (key, retentionMs) =>
      send(() => {
        capacity.putObject(LOG_BUCKET, bodyPrefix(retentionMs));
        return bodies.keep(key, retentionMs);
      }),
  };
}

export function limitedObjects(objects: ObjectStore, client: LimitedClient): ObjectStore {
  const { capacity } = client;
  const send = sender(client);
  const put = <Answer>(
    { bucket, key }: { readonly bucket: string; readonly key: string },
    act: () => Promise<Answer>,
  ) =>
    send(() => {
      capacity.putObject(bucket, key);
      return act();
    });
  return {
    refusalOf: (error) => objects.refusalOf(error),
    putIfAbsent: (target, body) => put(target, () => objects.putIfAbsent(target, body)),
    startUpload: (target) => put(target, () => objects.startUpload(target)),
    uploadPart: (upload, partNumber, body) =>
      put(upload, () => objects.uploadPart(upload, partNumber, body)),
    completeIfAbsent: (upload, parts, movedTo) =>
      put(upload, () => objects.completeIfAbsent(upload, parts, movedTo)),
    abort: (upload) => send(() => objects.abort(upload)),
  };
}
