/** The ports of redrives: what they are, and the objects they read. */
import type { Created, Room } from "../room.ts";
import type { Refusal } from "../ports.ts";
import type { ErrorObject, Redrive, RedriveIdentity } from "./redrive.ts";

export interface RedriveStore {
  /**
   * With the reader and the shard that wake it, and a note of that shard for the sweep, all or nothing: whoever creates it may
   * die before he rings. The same redrive again is `created`.
   *
   * @param room as it was before they were counted; absent: however many there are
   */
  create(redrive: Redrive, room?: Room): Promise<Created>;
  /** Of the stream, for the next one. */
  room(stream: { readonly streamName: string; readonly generation: string }): Promise<Room>;
  get(redrive: RedriveIdentity): Promise<Redrive | undefined>;
  /** All of a stream that are known still, in no order. */
  list(stream: {
    readonly streamName: string;
    readonly generation: string;
  }): Promise<readonly Redrive[]>;
  /** Replaces one that still stands as `before` says. */
  update(before: Redrive, after: Redrive): Promise<"updated" | "conflict">;
  /** Removes the reader and the shard that wake it. May be repeated. */
  close(redrive: RedriveIdentity): Promise<void>;
}

export interface ListedObject {
  readonly key: string;
  readonly etag: string;
  readonly byteCount: number;
  /** To the second. */
  readonly modifiedAtMs: number;
}

export interface HandledObject extends ErrorObject {
  readonly roleArn: string;
  /** What the copy is encrypted with; absent: what the bucket says. */
  readonly kmsKeyArn?: string;
}

export interface ObjectTag {
  readonly key: string;
  readonly value: string;
}

/** Written and removed alone by what a redrive is asked to do with them at its end. */
export interface ErrorObjects {
  /** The next ones below a prefix, in the byte order of their keys. Fewer than `limit`: there are no more. */
  list(options: {
    readonly bucket: string;
    /** As the stream names it. */
    readonly roleArn: string;
    readonly prefix: string;
    readonly after?: string;
    readonly limit: number;
  }): Promise<readonly ListedObject[]>;
  /** `undefined`: it is not there, or is another one by now. */
  get(object: ErrorObject & { readonly roleArn: string }): Promise<Uint8Array | undefined>;
  /** Beside the tags that it has. May be repeated; nothing, where it is not there, or is another one by now. */
  tag(object: HandledObject, tag: ObjectTag): Promise<void>;
  /** First it is there, then not here any more. May be repeated, likewise. */
  move(object: HandledObject, toKey: string): Promise<void>;
  /** Of an error that was thrown. */
  refusalOf(error: unknown): Refusal | undefined;
}
