/** What the store keeps of objects, uploads and parts; as JSON, so that it can grow. */
import type { ChecksumAlgorithm } from "./integrity.ts";

/** One run of pieces. */
export interface Body {
  readonly id: number;
  readonly length: number;
}

/** What a client gives with an object and gets back with it. */
export interface Described {
  readonly contentType: string;
  /** Headers as they came: those of `x-amz-meta-` and a few of HTTP's and S3's own. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface ObjectFacts extends Described {
  /** Without quotes. */
  readonly etag: string;
  readonly lastModifiedMs: number;
  readonly length: number;
  readonly bodies: readonly Body[];
  /** Of an object that was uploaded in parts, in order. */
  readonly parts?: readonly {
    readonly number: number;
    readonly length: number;
    readonly checksum?: string;
  }[];
  readonly checksum?: {
    readonly algorithm: ChecksumAlgorithm;
    readonly value: string;
    readonly type: ChecksumType;
  };
}

export type ChecksumType = "FULL_OBJECT" | "COMPOSITE";

export interface StoredObject extends ObjectFacts {
  readonly key: string;
}

export interface UploadFacts extends Described {
  readonly initiatedAtMs: number;
  readonly tags?: string;
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType };
}

export interface StoredUpload extends UploadFacts {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
}

export interface StoredPart {
  readonly number: number;
  readonly etag: string;
  readonly lastModifiedMs: number;
  readonly body: Body;
  readonly checksum?: string;
}
