/**
 * Listing in the order S3 promises: by the bytes of the key. A store that sorts by locale but pages by comparison
 * leaves keys out between pages.
 */
import type { ListOptions, ListPage, S3Store, StoredObject } from "./fauxqs.ts";

export function listInByteOrder(store: S3Store): S3Store["listObjects"] {
  const asShipped = store.listObjects.bind(store);
  return (bucket, options = {}) => {
    const objects = store.buckets.get(bucket);
    // The original words the refusal of an unknown bucket.
    return objects === undefined ? asShipped(bucket, options) : listPage(objects.values(), options);
  };
}

function listPage(all: Iterable<StoredObject>, options: ListOptions): ListPage {
  const { prefix = "", delimiter, maxKeys = 1000 } = options;
  const after = options.startAfter ?? options.marker ?? "";
  const matching = [...all].filter(({ key }) => key.startsWith(prefix));
  matching.sort((a, b) => compareBytes(a.key, b.key));
  const objects: StoredObject[] = [];
  const commonPrefixes = new Set<string>();
  for (const object of matching) {
    if (after !== "" && compareBytes(object.key, after) <= 0) continue;
    const group = groupOf(object.key, prefix, delimiter);
    if (group !== undefined) {
      if (commonPrefixes.has(group) || (after !== "" && compareBytes(group, after) <= 0)) continue;
    }
    if (objects.length + commonPrefixes.size >= maxKeys) {
      return { objects, commonPrefixes: [...commonPrefixes], isTruncated: true };
    }
    if (group === undefined) objects.push(object);
    else commonPrefixes.add(group);
  }
  return { objects, commonPrefixes: [...commonPrefixes], isTruncated: false };
}

function groupOf(key: string, prefix: string, delimiter: string | undefined): string | undefined {
  if (delimiter === undefined || delimiter === "") return undefined;
  const end = key.indexOf(delimiter, prefix.length);
  return end === -1 ? undefined : key.slice(0, end + delimiter.length);
}

const SURROGATE = /[\ud800-\udfff]/;

/** UTF-8 byte order; JavaScript's own comparison agrees unless surrogates are involved. */
export function compareBytes(a: string, b: string): number {
  if (SURROGATE.test(a) || SURROGATE.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
}
