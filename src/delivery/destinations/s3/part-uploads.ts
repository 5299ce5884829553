/**
 * Cuts a stream of bytes into parts of one size and uploads them while more bytes come in. At most
 * `PARTS_IN_MEMORY` parts are held: one being filled, the others on their way. Nothing is sent to the store
 * before the first part is full and a further byte arrives, so small contents can still go in one request.
 */
import type { ObjectStore, ObjectTarget, UploadedPart, UploadRef } from "../../ports.ts";

const PARTS_IN_MEMORY = 3;
const FIRST_BUFFER_BYTES = 64 * 1024;

export interface Upload {
  readonly upload: UploadRef;
  readonly parts: readonly UploadedPart[];
}

export interface PartUploads {
  /** Copies the bytes; one call at a time. */
  append(bytes: Uint8Array): Promise<void>;
  /** Everything appended, unless an upload was begun. */
  whole(): Uint8Array | undefined;
  /** Uploads what is left, too, and waits for all parts. Needs at least one byte. */
  finish(): Promise<Upload>;
  /** Waits for what is under way, whatever becomes of it, and answers the upload if one was begun. */
  settle(): Promise<UploadRef | undefined>;
}

export function openPartUploads(
  objects: ObjectStore,
  target: ObjectTarget,
  partBytes: number,
): PartUploads {
  let filling = Buffer.allocUnsafeSlow(Math.min(FIRST_BUFFER_BYTES, partBytes));
  let filledBytes = 0;
  const spares: Buffer<ArrayBuffer>[] = [];
  let begun: Promise<UploadRef> | undefined;
  const uploads: Promise<UploadedPart>[] = [];
  let underWayCount = 0;

  /** Parts end in any order; the oldest is the one waited for, which keeps this simple and costs little. */
  async function sendFilled(): Promise<void> {
    begun ??= objects.startUpload(target);
    const upload = await begun;
    const buffer = filling;
    const partNumber = uploads.length + 1;
    const sent = objects.uploadPart(upload, partNumber, buffer.subarray(0, filledBytes));
    // A failure is met when the part is waited for.
    sent.then(
      () => spares.push(buffer),
      () => {},
    );
    uploads.push(sent);
    underWayCount += 1;
    if (underWayCount === PARTS_IN_MEMORY) {
      await uploads[uploads.length - underWayCount];
      underWayCount -= 1;
    }
    filling = spares.pop() ?? Buffer.allocUnsafeSlow(partBytes);
    filledBytes = 0;
  }

  function grow(neededBytes: number): void {
    const size = Math.min(Math.max(neededBytes, filling.byteLength * 2), partBytes);
    const larger = Buffer.allocUnsafeSlow(size);
    larger.set(filling.subarray(0, filledBytes));
    filling = larger;
  }

  return {
    async append(bytes) {
      for (let from = 0; from < bytes.byteLength;) {
        if (filledBytes === partBytes) await sendFilled();
        const piece = bytes.subarray(from, from + partBytes - filledBytes);
        if (filledBytes + piece.byteLength > filling.byteLength) {
          grow(filledBytes + piece.byteLength);
        }
        filling.set(piece, filledBytes);
        filledBytes += piece.byteLength;
        from += piece.byteLength;
      }
    },
    whole() {
      return begun === undefined ? filling.subarray(0, filledBytes) : undefined;
    },
    async finish() {
      if (filledBytes > 0) await sendFilled();
      const parts = await Promise.all(uploads);
      return { upload: await begun!, parts };
    },
    async settle() {
      await Promise.allSettled(uploads);
      return begun?.catch(() => undefined);
    },
  };
}
