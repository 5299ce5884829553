/**
 * Writes one object from what its format takes, chunks of record bytes or rows, in bounded memory however large it
 * becomes. No content, no object.
 *
 * A flush that writes a single object ends it with `finishDirect`. One that must make several appear together
 * ends each with `stage`, notes what that answers, and only then completes them: from there on, repeating the
 * completion is all that a crash can ask for. The first object under a key always stays.
 */
import { S3_PART_BYTES } from "../../../limits.ts";
import type { ByteSink, Encoder } from "../../compression/compressor.ts";
import type { ErrorOutputType } from "../../naming/prefix.ts";
import { REDRIVEN_PREFIX } from "../../redrive/redrive.ts";
import { openPartUploads } from "./part-uploads.ts";
import type {
  CompleteOutcome,
  ObjectStore,
  ObjectTarget,
  PutOutcome,
  UploadedPart,
  UploadRef,
} from "../../ports.ts";

/** Always this, whatever the records hold: https://docs.aws.amazon.com/firehose/latest/dev/basic-deliver.html */
const CONTENT_TYPE = "application/octet-stream";

/** What has so much of it, or nothing. */
export interface Sized {
  readonly length: number;
}

export interface ObjectFormat<Content extends Sized> {
  readonly contentEncoding?: string;
  /** @param seed the same for the same object */
  readonly open: (sink: ByteSink, seed: string) => Encoder<Content>;
}

export interface ObjectWriterOptions<Content extends Sized> {
  readonly objects: ObjectStore;
  readonly target: Pick<ObjectTarget, "bucket" | "key" | "roleArn" | "kmsKeyArn">;
  readonly format: ObjectFormat<Content>;
  /** Smaller ones are for tests; S3 takes no parts below 5 MiB. */
  readonly partBytes?: number;
}

/** An upload with all its parts and not yet an object; plain JSON. */
export interface StagedObject extends UploadRef {
  readonly parts: readonly UploadedPart[];
  /** Present: it holds failed records. */
  readonly errorOutputType?: ErrorOutputType;
}

/** Calls must not overlap, and nothing follows an end or an abort. */
export interface ObjectWriter<Content extends Sized> {
  write(content: Content): Promise<void>;
  /** `empty`: nothing was written, so there is no object. */
  finishDirect(): Promise<PutOutcome | "empty">;
  /** `undefined`: nothing was written. */
  stage(): Promise<StagedObject | undefined>;
  /** Gives up and cleans up as far as that is possible; it never rejects. */
  abort(): Promise<void>;
}

export function openObjectWriter<Content extends Sized>(
  options: ObjectWriterOptions<Content>,
): ObjectWriter<Content> {
  const { objects, format } = options;
  const target: ObjectTarget = {
    ...options.target,
    contentType: CONTENT_TYPE,
    ...(format.contentEncoding !== undefined && { contentEncoding: format.contentEncoding }),
  };
  const uploads = openPartUploads(objects, target, options.partBytes ?? S3_PART_BYTES);
  const encoder = format.open((bytes) => uploads.append(bytes), target.key);
  let isEmpty = true;

  return {
    write(content) {
      if (content.length > 0) isEmpty = false;
      return encoder.write(content);
    },
    async finishDirect() {
      if (isEmpty) {
        await encoder.destroy();
        return "empty";
      }
      await encoder.end();
      const whole = uploads.whole();
      if (whole !== undefined) return objects.putIfAbsent(target, whole);
      const { upload, parts } = await uploads.finish();
      const outcome = await completeStaged(objects, { ...upload, parts });
      if (outcome === "lost") throw new Error(`the upload of ${target.key} is gone, send it again`);
      return outcome;
    },
    async stage() {
      if (isEmpty) {
        await encoder.destroy();
        return undefined;
      }
      await encoder.end();
      const { upload, parts } = await uploads.finish();
      return { ...upload, parts };
    },
    async abort() {
      await encoder.destroy();
      const upload = await uploads.settle();
      if (upload !== undefined) await abortQuietly(objects, upload);
    },
  };
}

/** Makes a staged object appear; may be repeated. `lost`: it must be written anew. */
export async function completeStaged(
  objects: ObjectStore,
  { parts, ...upload }: StagedObject,
): Promise<CompleteOutcome> {
  // A redrive may have gone through it before whoever made it appear could note that.
  const movedTo = upload.errorOutputType && REDRIVEN_PREFIX + upload.key;
  const outcome = await objects.completeIfAbsent(upload, parts, movedTo);
  // S3 keeps (and bills) the parts of an upload that lost against an existing object.
  if (outcome === "exists") await abortQuietly(objects, upload);
  return outcome;
}

/** What stays behind is ended by the bucket's lifecycle rule for incomplete uploads. */
async function abortQuietly(objects: ObjectStore, upload: UploadRef): Promise<void> {
  try {
    await objects.abort(upload);
  } catch {
    // The outcome or the error that led here matters more to the caller.
  }
}
