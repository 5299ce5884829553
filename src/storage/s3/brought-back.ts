/**
 * What was removed from a bucket with versions since an instant, brought back: above the object that stood then lie nothing
 * but delete markers, and these are taken away. What was made since stays as it is.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/RemDelMarker.html
 */
import {
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from "@aws-sdk/client-s3";

/** One version of a key. */
interface Version {
  readonly key: string;
  readonly versionId: string;
  readonly atMs: number;
  readonly isMarker: boolean;
}

/** Of DeleteObjects: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
const DELETE_MAX_COUNT = 1000;

/** Answers how many objects came back. May be repeated. */
export async function bringBack(
  client: S3Client,
  bucket: string,
  instantMs: number,
): Promise<number> {
  let count = 0;
  let markers: Version[] = [];
  const remove = async () => {
    if (markers.length === 0) return;
    const Objects = markers.map(({ key, versionId }) => ({ Key: key, VersionId: versionId }));
    const { Errors = [] } = await client.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
    );
    const [failure] = Errors;
    if (failure) throw new Error(`${failure.Key}: ${failure.Code} ${failure.Message}`);
    markers = [];
  };
  for await (const versions of versionsByKey(client, bucket)) {
    const above = markersAbove(versions, instantMs);
    if (above.length > 0) count++;
    for (const marker of above) {
      markers.push(marker);
      if (markers.length === DELETE_MAX_COUNT) await remove();
    }
  }
  await remove();
  return count;
}

/** The markers of a key that hide what stood at that instant; none if it is not hidden, or nothing stood. */
function markersAbove(versions: readonly Version[], instantMs: number): readonly Version[] {
  const newestFirst = versions.toSorted((a, b) => b.atMs - a.atMs);
  const stood = newestFirst.findIndex(({ atMs }) => atMs <= instantMs);
  if (stood === -1 || newestFirst[stood]!.isMarker) return [];
  const above = newestFirst.slice(0, stood);
  return above.every(({ isMarker }) => isMarker) ? above : [];
}

/** All versions of one key after the other. A key's may go on on the next page. */
async function* versionsByKey(
  client: S3Client,
  bucket: string,
): AsyncGenerator<readonly Version[], undefined> {
  let gathered: readonly Version[] = [];
  let next: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
  for (;;) {
    const page = await client.send(new ListObjectVersionsCommand({ Bucket: bucket, ...next }));
    const known = Map.groupBy([...gathered, ...versionsOf(page)], ({ key }) => key);
    const keys = [...known.keys()].toSorted();
    const last = page.IsTruncated ? keys.pop() : undefined;
    for (const key of keys) yield known.get(key)!;
    if (!page.IsTruncated) return;
    gathered = last === undefined ? [] : known.get(last)!;
    next = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
  }
}

function versionsOf({ Versions = [], DeleteMarkers = [] }: ListObjectVersionsCommandOutput) {
  const all = [
    ...Versions.map((version) => ({ ...version, isMarker: false })),
    ...DeleteMarkers.map((marker) => ({ ...marker, isMarker: true })),
  ];
  return all.map(({ Key = "", VersionId = "", LastModified, isMarker }): Version => {
    return { key: Key, versionId: VersionId, atMs: LastModified?.getTime() ?? 0, isMarker };
  });
}
