/** Objects as clients of all kinds write, read, copy, upload and remove them. */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { mkdtempSync, rmSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUCKET as Bucket, codeOf, startLocalS3, type LocalS3 } from "../../helpers/local-s3.ts";

const MIB = 1024 * 1024;
let s3: LocalS3;
beforeAll(async () => {
  s3 = await startLocalS3();
});
afterAll(() => s3.stop());

const put = (Key: string, Body: string | Uint8Array = Key) =>
  s3.client.send(new PutObjectCommand({ Bucket, Key, Body }));
const textOf = async (Key: string) => (await s3.send("GET", `/${encodeURIComponent(Key)}`)).text;

describe("a read", () => {
  const text = "0123456789";
  beforeAll(() => put("read", text));
  const get = (headers: Record<string, string>) => s3.send("GET", "/read", "", headers);

  it.each([
    ["bytes=2-4", 206, "234", "bytes 2-4/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=-3", 206, "789", "bytes 7-9/10"],
    ["bytes=-99", 206, text, "bytes 0-9/10"],
    ["bytes=8-99", 206, "89", "bytes 8-9/10"],
    ["bytes=4-2", 200, text, undefined],
    ["bytes=1-2,4-5", 200, text, undefined],
    ["lines=1-2", 200, text, undefined],
  ])("of %s is %i %s", async (range, status, body, contentRange) => {
    const answer = await get({ range });
    expect([answer.status, answer.text]).toEqual([status, body]);
    expect(answer.headers["content-range"]).toBe(contentRange);
    expect(answer.headers["content-length"]).toBe(String(body.length));
    const head = await s3.send("HEAD", "/read", "", { range });
    expect([head.status, head.text]).toEqual([status, ""]);
    expect(head.headers["content-length"]).toBe(String(body.length));
  });

  it.each(["bytes=10-", "bytes=99-100", "bytes=-0"])("of %s is 416", async (range) => {
    const answer = await get({ range });
    expect([answer.status, codeOf(answer)]).toEqual([416, "InvalidRange"]);
    expect(answer.headers["content-range"]).toBe("bytes */10");
  });

  it.each([
    ["if-match", "etag", 200],
    ["if-match", '"other"', 412],
    ["if-none-match", "etag", 304],
    ["if-none-match", '"other"', 200],
    ["if-modified-since", "modified", 304],
    ["if-modified-since", "Thu, 01 Jan 1970 00:00:00 GMT", 200],
    ["if-unmodified-since", "modified", 200],
    ["if-unmodified-since", "Thu, 01 Jan 1970 00:00:00 GMT", 412],
  ])("with %s: %s is %i, and so is a head", async (name, given, status) => {
    const { headers } = await get({});
    const its = { etag: headers["etag"], modified: headers["last-modified"] };
    const condition = { [name]: given in its ? String(its[given as "etag"]) : given };
    expect((await get(condition)).status).toBe(status);
    expect((await s3.send("HEAD", "/read", "", condition)).status).toBe(status);
  });

  it("carries what its query asks the answer to say", async () => {
    const { headers } = await s3.send(
      "GET",
      "/read?response-content-type=text%2Fcsv&response-content-disposition=attachment",
    );
    expect(headers).toMatchObject({
      "content-type": "text/csv",
      "content-disposition": "attachment",
    });
  });

  it("cannot be asked to say what no header holds", async () => {
    for (const value of ["%0d%0aset-cookie:a", "%E6%97%A5"]) {
      const answer = await s3.send("GET", `/read?response-content-type=${value}`);
      expect(codeOf(answer)).toBe("InvalidArgument");
    }
  });

  it("is of the bucket in the host's name, too", async () => {
    const { port } = new URL(s3.endpoint);
    const answers = await Promise.all(
      [`${Bucket}.localhost:${port}`, `${Bucket}.s3.localhost`].map(
        (host) =>
          new Promise((resolve, reject) => {
            const options = { port, host: "127.0.0.1", path: "/read", headers: { host } };
            httpRequest(options, (incoming) => {
              let body = "";
              incoming.on("data", (chunk: Buffer) => (body += chunk.toString()));
              incoming.on("end", () => resolve(body));
            })
              .on("error", reject)
              .end();
          }),
      ),
    );
    expect(answers).toEqual([text, text]);
  });
});

describe("a header in the URL", () => {
  it("counts as one, as those who sign URLs expect", async () => {
    await s3.send(
      "PUT",
      "/in-url?x-amz-meta-a=b&x-amz-tagging=t%3D1&x-amz-checksum-crc32=AAAAAA%3D%3D",
      "x",
    );
    const { headers, text } = await s3.send("GET", "/in-url");
    expect(headers).toMatchObject({ "x-amz-meta-a": "b", "x-amz-tagging-count": "1" });
    expect(text).toBe("x");
    const refused = await s3.send("PUT", "/in-url?x-amz-acl=public-read", "y");
    expect(codeOf(refused)).toBe("AccessControlListNotSupported");
  });
});

describe("a key", () => {
  it.each(["a b+c/ü=%20&x?#.txt", "//double//", "\u0001control", "😀", "a\tb", "x".repeat(1024)])(
    "may be %j",
    async (Key) => {
      await put(Key, "odd");
      expect(await textOf(Key)).toBe("odd");
      await s3.client.send(new DeleteObjectCommand({ Bucket, Key }));
      await expect(s3.client.send(new HeadObjectCommand({ Bucket, Key }))).rejects.toThrow();
    },
  );

  it("of more than 1,024 bytes is refused", async () => {
    expect(codeOf(await s3.send("PUT", `/${"x".repeat(1025)}`))).toBe("KeyTooLongError");
  });
});

describe("several deleted at once", () => {
  const deletion = (keys: string, more = "") =>
    s3.send("POST", "?delete", `<Delete>${keys}${more}</Delete>`);

  it.each([
    ["&#34;quoted&#34;", '"quoted"'],
    ["&#x22;hex&#x22;", '"hex"'],
    ['<![CDATA["raw" & <b>]]>', '"raw" & <b>'],
    ["&lt;named&gt;&amp;", "<named>&"],
    ["&#10;line", "\nline"],
  ])("finds the key that is written %s", async (written, key) => {
    await put(key);
    await put("bystander");
    const { status, text } = await deletion(`<Object><Key>${written}</Key></Object>`);
    expect([status, text.includes("<Deleted>")]).toEqual([200, true]);
    expect((await s3.send("HEAD", `/${encodeURIComponent(key)}`)).status).toBe(404);
    expect(await textOf("bystander")).toBe("bystander");
  });

  it("says nothing of what went well when it is to be quiet", async () => {
    const { text } = await deletion("<Object><Key>none</Key></Object>", "<Quiet>true</Quiet>");
    expect(text).not.toContain("<Deleted>");
  });

  it("reports what it could not, and does the rest", async () => {
    await put("kept");
    await put("gone");
    const { text } = await deletion(
      "<Object><Key>kept</Key><VersionId>other</VersionId></Object><Object><Key>gone</Key><VersionId>null</VersionId></Object>",
    );
    expect(text).toContain("<Code>NoSuchVersion</Code>");
    expect(await textOf("kept")).toBe("kept");
    expect((await s3.send("HEAD", "/gone")).status).toBe(404);
  });

  it.each(["", "<Delete/>", "<Delete><Object><Key>a</Object></Delete>", "<Other/>"])(
    "refuses %j",
    async (body) => {
      expect(codeOf(await s3.send("POST", "?delete", body))).toBe("MalformedXML");
    },
  );
});

describe("a copy", () => {
  it("keeps what was said of the object, or says something else", async () => {
    const Metadata = { kind: "log" };
    await s3.client.send(
      new PutObjectCommand({
        Bucket,
        Key: "source +%",
        Body: "x",
        Metadata,
        ContentType: "text/csv",
      }),
    );
    const CopySource = `${Bucket}/${encodeURIComponent("source +%")}`;
    const head = (Key: string) => s3.client.send(new HeadObjectCommand({ Bucket, Key }));
    await s3.client.send(new CopyObjectCommand({ Bucket, Key: "kept", CopySource }));
    expect(await head("kept")).toMatchObject({ Metadata, ContentType: "text/csv" });
    await s3.client.send(
      new CopyObjectCommand({
        Bucket,
        Key: "changed",
        CopySource,
        MetadataDirective: "REPLACE",
        Metadata: { kind: "other" },
        ContentType: "text/plain",
      }),
    );
    expect(await head("changed")).toMatchObject({
      Metadata: { kind: "other" },
      ContentType: "text/plain",
    });
  });

  it("of an object to itself needs a change", async () => {
    await put("self");
    const headers = { "x-amz-copy-source": `/${Bucket}/self` };
    expect(codeOf(await s3.send("PUT", "/self", "", headers))).toBe("InvalidRequest");
    const changed = { ...headers, "x-amz-metadata-directive": "REPLACE" };
    expect((await s3.send("PUT", "/self", "", changed)).status).toBe(200);
    expect(await textOf("self")).toBe("self");
  });

  it.each([
    [{ "x-amz-copy-source-if-match": '"other"' }, "PreconditionFailed"],
    [{ "x-amz-copy-source": `/${Bucket}/never` }, "NoSuchKey"],
    [{ "x-amz-copy-source": "/never-made/key" }, "NoSuchBucket"],
    [{ "x-amz-copy-source": "nonsense" }, "InvalidArgument"],
  ])("with %j is refused", async (headers, code) => {
    await put("from");
    const source = { "x-amz-copy-source": `/${Bucket}/from` };
    expect(codeOf(await s3.send("PUT", "/copied", "", { ...source, ...headers }))).toBe(code);
  });
});

describe("an upload in parts", () => {
  const begin = async (Key: string, more: object = {}) => {
    const command = new CreateMultipartUploadCommand({ Bucket, Key, ...more });
    return { Bucket, Key, UploadId: (await s3.client.send(command)).UploadId ?? "" };
  };
  const big = Buffer.alloc(5 * MIB, "abcdefgh");

  it("is completed by entity tags in any of XML's writings", async () => {
    const upload = await begin("numeric");
    const { ETag = "" } = await s3.client.send(
      new UploadPartCommand({ ...upload, PartNumber: 1, Body: "only part" }),
    );
    const etag = `&#34;${ETag.replaceAll('"', "")}&#x22;`;
    const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part></CompleteMultipartUpload>`;
    expect((await s3.send("POST", `/numeric?uploadId=${upload.UploadId}`, body)).status).toBe(200);
    expect(await textOf("numeric")).toBe("only part");
  });

  it("is listed with its parts until it is aborted, and lists no objects", async () => {
    await put("listed/object");
    const upload = await begin("listed/upload");
    const second = await begin("listed/upload");
    await s3.client.send(new UploadPartCommand({ ...upload, PartNumber: 2, Body: "two" }));
    const uploads = async () => {
      const command = new ListMultipartUploadsCommand({ Bucket, Prefix: "listed/" });
      return ((await s3.client.send(command)).Uploads ?? []).map(({ Key, UploadId }) => [
        Key,
        UploadId,
      ]);
    };
    const both = [upload, second].map(({ UploadId }) => ["listed/upload", UploadId]);
    expect(new Set(await uploads())).toEqual(new Set(both));
    const { Parts } = await s3.client.send(new ListPartsCommand(upload));
    expect(Parts).toMatchObject([{ PartNumber: 2, Size: 3 }]);
    for (const each of [upload, second])
      await s3.client.send(new AbortMultipartUploadCommand(each));
    expect(await uploads()).toEqual([]);
    await expect(s3.client.send(new ListPartsCommand(upload))).rejects.toThrow(/upload/);
  });

  it("pages through uploads, also of one key", async () => {
    const made = [];
    for (const Key of ["paged/a", "paged/b", "paged/b", "paged/b", "paged/c"])
      made.push(await begin(Key));
    const seen: (string | undefined)[] = [];
    let markers = {};
    for (;;) {
      const command = new ListMultipartUploadsCommand({
        Bucket,
        Prefix: "paged/",
        MaxUploads: 2,
        ...markers,
      });
      const page = await s3.client.send(command);
      seen.push(...(page.Uploads ?? []).map(({ UploadId }) => UploadId));
      if (!page.IsTruncated) break;
      markers = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
    }
    expect(seen).toHaveLength(made.length);
    expect(new Set(seen)).toEqual(new Set(made.map(({ UploadId }) => UploadId)));
  });

  it("becomes one object of all kinds of parts, each of which can be read", async () => {
    await put("part-source", Buffer.concat([Buffer.from("skip"), big]));
    const upload = await begin("joined", { ChecksumAlgorithm: "CRC32" });
    const one = await s3.client.send(
      new UploadPartCommand({ ...upload, PartNumber: 3, Body: big, ChecksumAlgorithm: "CRC32" }),
    );
    const { CopyPartResult } = await s3.client.send(
      new UploadPartCopyCommand({
        ...upload,
        PartNumber: 5,
        CopySource: `${Bucket}/part-source`,
        CopySourceRange: `bytes=4-${big.length + 3}`,
      }),
    );
    const last = await s3.client.send(
      new UploadPartCommand({ ...upload, PartNumber: 9, Body: "end", ChecksumAlgorithm: "CRC32" }),
    );
    const Parts = [
      { PartNumber: 3, ETag: one.ETag, ChecksumCRC32: one.ChecksumCRC32 },
      { PartNumber: 5, ETag: CopyPartResult?.ETag },
      { PartNumber: 9, ETag: last.ETag, ChecksumCRC32: last.ChecksumCRC32 },
    ];
    const done = await s3.client.send(
      new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }),
    );
    expect(done.ETag).toMatch(/^"[0-9a-f]{32}-3"$/);
    expect(done.ChecksumCRC32).toMatch(/-3$/);
    const get = async (more: object) => {
      const object = await s3.client.send(new GetObjectCommand({ Bucket, Key: "joined", ...more }));
      return { ...object, bytes: Buffer.from((await object.Body?.transformToByteArray()) ?? []) };
    };
    expect((await get({})).bytes.equals(Buffer.concat([big, big, Buffer.from("end")]))).toBe(true);
    const part = await get({ PartNumber: 9 });
    expect([part.bytes.toString(), part.PartsCount]).toEqual(["end", 3]);
    const across = await get({ Range: `bytes=${2 * big.length - 2}-${2 * big.length}` });
    expect(across.bytes.toString()).toBe("ghe");
    const attributes = await s3.client.send(
      new GetObjectAttributesCommand({
        Bucket,
        Key: "joined",
        ObjectAttributes: ["ETag", "ObjectSize", "ObjectParts", "Checksum"],
      }),
    );
    expect(attributes).toMatchObject({
      ObjectSize: 2 * big.length + 3,
      ObjectParts: { TotalPartsCount: 3 },
      Checksum: { ChecksumType: "COMPOSITE" },
    });
  });

  it.each([
    [
      "part that is too small",
      [
        [1, "a"],
        [2, "b"],
      ],
      [1, 2],
      "EntityTooSmall",
    ],
    ["part that was not sent", [[1, "a"]], [2], "InvalidPart"],
    [
      "order that goes down",
      [
        [1, "a"],
        [2, "b"],
      ],
      [2, 1],
      "InvalidPartOrder",
    ],
    ["empty list", [[1, "a"]], [], "MalformedXML"],
  ] as const)("is refused for a %s, and stays", async (_, sent, listed, code) => {
    const upload = await begin("refused");
    const tags = new Map<number, string>();
    for (const [PartNumber, Body] of sent) {
      const part = await s3.client.send(new UploadPartCommand({ ...upload, PartNumber, Body }));
      tags.set(PartNumber, part.ETag ?? "");
    }
    const parts = listed.map(
      (number) =>
        `<Part><PartNumber>${number}</PartNumber><ETag>${tags.get(number) ?? "x"}</ETag></Part>`,
    );
    const body = `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`;
    const answer = await s3.send("POST", `/refused?uploadId=${upload.UploadId}`, body);
    expect(codeOf(answer)).toBe(code);
    expect((await s3.client.send(new ListPartsCommand(upload))).Parts).toHaveLength(sent.length);
  });

  it.each(["0", "10001", "x"])("has no part number %s", async (number) => {
    const { UploadId } = await begin("numbered");
    const answer = await s3.send("PUT", `/numbered?uploadId=${UploadId}&partNumber=${number}`, "x");
    expect(codeOf(answer)).toBe("InvalidArgument");
  });
});

describe("checksums", () => {
  it.each(["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const)(
    "%s is verified, kept and shown on demand",
    async (ChecksumAlgorithm) => {
      const Key = `sum-${ChecksumAlgorithm}`;
      const stored = await s3.client.send(
        new PutObjectCommand({ Bucket, Key, Body: "summed", ChecksumAlgorithm }),
      );
      const name = `Checksum${ChecksumAlgorithm}` as const;
      const head = await s3.client.send(
        new HeadObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" }),
      );
      expect(head[name]).toBe(stored[name]);
      expect(head[name]).toBeTruthy();
      const header = `x-amz-checksum-${ChecksumAlgorithm.toLowerCase()}`;
      const wrong = await s3.send("PUT", `/${Key}`, "other", { [header]: head[name] ?? "" });
      expect(codeOf(wrong)).toBe("BadDigest");
      expect(await textOf(Key)).toBe("summed");
    },
  );

  it("are checked on every kind of body", async () => {
    const headers = { "content-md5": Buffer.alloc(16).toString("base64") };
    expect(codeOf(await s3.send("POST", "?delete", "<Delete/>", headers))).toBe("BadDigest");
    expect(codeOf(await s3.send("PUT", "/x", "", { "content-md5": "short" }))).toBe(
      "InvalidDigest",
    );
  });
});

describe("data on disk", () => {
  it("is what it was after the next start, pieces of replaced objects gone", async () => {
    const directory = mkdtempSync(join(tmpdir(), "hydrant-s3-"));
    const first = await startLocalS3(directory);
    const large = "0123456789".repeat(MIB / 2);
    await first.send("PUT", "/large", "replaced");
    await first.send("PUT", "/large", large, { "x-amz-meta-a": "b", "x-amz-tagging": "t=1" });
    first.stop();
    const second = await startLocalS3(directory);
    const { text, headers } = await second.send("GET", "/large");
    expect(text === large).toBe(true);
    expect(headers).toMatchObject({ "x-amz-meta-a": "b", "x-amz-tagging-count": "1" });
    second.stop();
    rmSync(directory, { recursive: true });
  });

  it("lets a reader finish what is replaced under it", async () => {
    const old = Buffer.alloc(8 * MIB, "o");
    await put("moving", old);
    const { Body } = await s3.client.send(new GetObjectCommand({ Bucket, Key: "moving" }));
    await put("moving", Buffer.alloc(8 * MIB, "n"));
    await s3.client.send(new DeleteObjectCommand({ Bucket, Key: "moving" }));
    const read = Buffer.from((await Body?.transformToByteArray()) ?? []);
    expect(read.equals(old)).toBe(true);
  });
});

describe("a form", () => {
  it("uploads its file under the key that it names", async () => {
    const form = new FormData();
    form.set("key", "forms/${filename}");
    form.set("Content-Type", "text/csv");
    form.set("x-amz-meta-from", "form");
    form.set("success_action_status", "201");
    form.set("file", new Blob(["a,b\r\n\r\n--x\r\n"]), "table.csv");
    const response = await fetch(`${s3.endpoint}/${Bucket}`, { method: "POST", body: form });
    expect([response.status, await response.text()]).toMatchObject([
      201,
      expect.stringContaining("<Key>forms/table.csv</Key>"),
    ]);
    const { text, headers } = await s3.send("GET", "/forms/table.csv");
    expect(text).toBe("a,b\r\n\r\n--x\r\n");
    expect(headers).toMatchObject({ "content-type": "text/csv", "x-amz-meta-from": "form" });
  });
});
