/** Listings, page by page, against what they should be by their description. */
import {
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUCKET as Bucket, codeOf, startLocalS3, type LocalS3 } from "../../helpers/local-s3.ts";

let s3: LocalS3;
beforeAll(async () => {
  s3 = await startLocalS3();
});
afterAll(() => s3.stop());

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** What a listing holds, in the order in which it goes through it. */
function entriesOf(keys: readonly string[], prefix: string, delimiter: string): readonly string[] {
  const entries = keys
    .filter((key) => key.startsWith(prefix))
    .map((key) => {
      const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
      return end === -1 ? `key ${key}` : `prefix ${key.slice(0, end + delimiter.length)}`;
    });
  return [...new Set(entries)];
}

interface Page {
  readonly Contents?: readonly { readonly Key?: string | undefined }[] | undefined;
  readonly Versions?: readonly { readonly Key?: string | undefined }[] | undefined;
  readonly CommonPrefixes?: readonly { readonly Prefix?: string | undefined }[] | undefined;
}

/** An SDK gives objects and prefixes apart; they were in one order. */
function merged({ Contents, Versions, CommonPrefixes = [] }: Page): readonly string[] {
  const objects = (Contents ?? Versions ?? []).map(({ Key = "" }) => [Key, `key ${Key}`] as const);
  const prefixes = CommonPrefixes.map(({ Prefix = "" }) => [Prefix, `prefix ${Prefix}`] as const);
  return [...objects, ...prefixes].toSorted(([a], [b]) => byBytes(a, b)).map(([, entry]) => entry);
}

type Asked = { Bucket: string; Prefix: string; Delimiter: string; MaxKeys: number };

const LISTINGS: Readonly<Record<string, (asked: Asked) => Promise<readonly string[]>>> = {
  async V2(asked) {
    const seen: string[] = [];
    for (let token: string | undefined; ;) {
      const page = await s3.client.send(
        new ListObjectsV2Command({ ...asked, ...(token && { ContinuationToken: token }) }),
      );
      expect(page.KeyCount).toBeLessThanOrEqual(asked.MaxKeys);
      seen.push(...merged(page));
      if (!page.IsTruncated) return seen;
      token = page.NextContinuationToken;
    }
  },
  async V1(asked) {
    const seen: string[] = [];
    for (let marker = ""; ;) {
      const page = await s3.client.send(new ListObjectsCommand({ ...asked, Marker: marker }));
      seen.push(...merged(page));
      if (!page.IsTruncated) return seen;
      // As S3 has it: without a delimiter the last key serves.
      marker = page.NextMarker ?? page.Contents?.at(-1)?.Key ?? "";
    }
  },
  async versions(asked) {
    const seen: string[] = [];
    for (let marker = ""; ;) {
      const page = await s3.client.send(
        new ListObjectVersionsCommand({ ...asked, KeyMarker: marker }),
      );
      seen.push(...merged(page));
      if (!page.IsTruncated) return seen;
      marker = page.NextKeyMarker ?? "";
    }
  },
};

describe.each(Object.keys(LISTINGS))("the listing %s", (version) => {
  it("holds every key or its common prefix once, in byte order, whatever the page's size", async () => {
    // Few characters, so that keys meet; among them some that order differently by bytes and by UTF-16, and the last of all.
    const letters = fc.constantFrom("a", "b", "B", "/", "é", "\u{ff5e}", "😀", "\u{10ffff}");
    const key = fc.string({ unit: letters, minLength: 1, maxLength: 6 });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(key, { maxLength: 25 }),
        fc.string({ unit: letters, maxLength: 2 }),
        fc.constantFrom("", "/", "b/", "a"),
        fc.integer({ min: 1, max: 7 }),
        async (drawn, prefix, delimiter, MaxKeys) => {
          const base = `${version}/${run++}/`;
          const keys = drawn.map((each) => base + each).toSorted(byBytes);
          for (const Key of keys)
            await s3.client.send(new PutObjectCommand({ Bucket, Key, Body: "." }));
          const Prefix = base + prefix;
          const listed = await LISTINGS[version]?.({
            Bucket,
            Prefix,
            Delimiter: delimiter,
            MaxKeys,
          });
          expect(listed).toEqual(entriesOf(keys, Prefix, delimiter));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("a listing", () => {
  it("of more keys under one prefix than are read at a time leaves none out behind it", async () => {
    for (let n = 0; n < 450; n++) await s3.send("PUT", `/many/group/${n}`);
    for (const key of ["many/a", "many/z"]) await s3.send("PUT", `/${key}`);
    const asked = { Bucket, Prefix: "many/", Delimiter: "/" };
    const page = await s3.client.send(new ListObjectsV2Command(asked));
    expect(merged(page)).toEqual(["key many/a", "prefix many/group/", "key many/z"]);
  });

  it("encodes keys that XML cannot hold, so that one does not spoil it for all", async () => {
    const key = "odd/\u0001 +%ü&<.txt";
    await s3.client.send(new PutObjectCommand({ Bucket, Key: key, Body: "." }));
    await s3.client.send(new PutObjectCommand({ Bucket, Key: "odd/plain", Body: "." }));
    const { status, text } = await s3.send("GET", "?list-type=2&prefix=odd/&encoding-type=url");
    expect(status).toBe(200);
    expect(text).toContain("<EncodingType>url</EncodingType>");
    const keys = [...text.matchAll(/<Key>(.*?)<\/Key>/g)].map(([, encoded = ""]) =>
      decodeURIComponent(encoded),
    );
    expect(keys).toEqual([key, "odd/plain"]);
    const plain = await s3.send("GET", "?prefix=odd/");
    expect([plain.status, plain.text.includes("&#x1;")]).toEqual([200, true]);
  });

  it("starts behind a key, and tells owners when asked", async () => {
    for (const key of ["s/1", "s/2", "s/3"]) await s3.send("PUT", `/${key}`);
    const asked = { Bucket, Prefix: "s/", StartAfter: "s/1", FetchOwner: true };
    const { Contents = [] } = await s3.client.send(new ListObjectsV2Command(asked));
    expect(Contents.map(({ Key }) => Key)).toEqual(["s/2", "s/3"]);
    expect(Contents[0]?.Owner?.ID).toBeTruthy();
  });

  it.each(["max-keys=x", "max-keys=-1", "list-type=2&continuation-token=%21", "encoding-type=xml"])(
    "refuses ?%s",
    async (query) => {
      expect(codeOf(await s3.send("GET", `?${query}`))).toBe("InvalidArgument");
    },
  );

  it("of no keys is empty, and whole", async () => {
    const { text } = await s3.send("GET", "?max-keys=0");
    expect(text).toContain("<IsTruncated>false</IsTruncated>");
    expect(text).not.toContain("<Contents>");
  });
});
