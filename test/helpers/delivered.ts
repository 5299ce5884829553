/** What stands in a bucket, read with the S3 client: objects with their headers, unpacked. */
import { gunzipSync } from "node:zlib";
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from "@aws-sdk/client-s3";

export interface DeliveredObject {
  readonly key: string;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly storedBytes: number;
  /** Uncompressed. */
  readonly body: Buffer;
}

export interface Delivered {
  keys(prefix: string): Promise<readonly string[]>;
  /** In the order of their keys. */
  objects(prefix: string): Promise<readonly DeliveredObject[]>;
  /** The same, of which few are held at a time. */
  each(prefix: string): AsyncGenerator<DeliveredObject>;
  /** All that stand below it. */
  remove(prefix: string): Promise<void>;
  close(): void;
}

const READS_AT_ONCE = 8;
/** The most that S3 takes. */
const DELETED_AT_ONCE = 1000;

/** @param s3Endpoint of a local stack or an emulator; empty: AWS's own, as whoever the machine is there */
export function openDelivered(s3Endpoint: string, bucket: string): Delivered {
  const client =
    s3Endpoint === ""
      ? new S3Client({ followRegionRedirects: true })
      : new S3Client({
          endpoint: s3Endpoint,
          region: "us-east-1",
          forcePathStyle: true,
          credentials: { accessKeyId: "test", secretAccessKey: "test" },
        });

  async function keys(prefix: string): Promise<readonly string[]> {
    const found: string[] = [];
    for await (const page of paginateListObjectsV2(
      { client },
      { Bucket: bucket, Prefix: prefix },
    )) {
      for (const { Key } of page.Contents ?? []) if (Key !== undefined) found.push(Key);
    }
    return found;
  }

  async function read(key: string): Promise<DeliveredObject> {
    const object = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const stored = Buffer.from((await object.Body?.transformToByteArray()) ?? []);
    return {
      key,
      contentType: object.ContentType,
      contentEncoding: object.ContentEncoding,
      storedBytes: stored.length,
      body: object.ContentEncoding === "gzip" ? gunzipSync(stored) : stored,
    };
  }

  async function* each(prefix: string) {
    const names = await keys(prefix);
    for (let start = 0; start < names.length; start += READS_AT_ONCE) {
      yield* await Promise.all(names.slice(start, start + READS_AT_ONCE).map(read));
    }
  }

  return {
    keys,
    async objects(prefix) {
      const objects: DeliveredObject[] = [];
      for await (const object of each(prefix)) objects.push(object);
      return objects;
    },
    each,
    async remove(prefix) {
      const Objects = (await keys(prefix)).map((Key) => ({ Key }));
      for (let start = 0; start < Objects.length; start += DELETED_AT_ONCE) {
        const part = Objects.slice(start, start + DELETED_AT_ONCE);
        await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: part } }));
      }
    },
    close: () => client.destroy(),
  };
}

/** Lines with their newlines; what follows the last newline counts as a line, too. */
export function linesOf(objects: readonly DeliveredObject[]): readonly string[] {
  return objects.flatMap(({ body }) => body.toString("latin1").match(/[^\n]*\n|[^\n]+$/g) ?? []);
}

export interface Comparison {
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly foreign: readonly string[];
}

export const EXACTLY_ONCE: Comparison = { lost: [], doubled: [], foreign: [] };

/** `sent` holds no line twice. */
export function compareLines(sent: readonly string[], delivered: readonly string[]): Comparison {
  const counts = new Map<string, number>();
  for (const line of delivered) counts.set(line, (counts.get(line) ?? 0) + 1);
  const known = new Set(sent);
  return {
    lost: sent.filter((line) => !counts.has(line)),
    doubled: [...counts].filter(([, count]) => count > 1).map(([line]) => line),
    foreign: [...counts.keys()].filter((line) => !known.has(line)),
  };
}
