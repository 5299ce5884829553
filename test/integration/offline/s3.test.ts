/** Where the embedded S3 must behave as S3 does for delivery to be exact. */
import { createHash } from "node:crypto";
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  paginateListObjectsV2,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startS3, type RunningS3 } from "../../../offline/services/s3/server.ts";

const Bucket = "hydrant-test";
let running: RunningS3;
let s3: S3Client;

beforeAll(async () => {
  running = await startS3({ port: 0 });
  s3 = new S3Client({
    endpoint: running.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    forcePathStyle: true,
    maxAttempts: 1,
  });
  await fetch(`${running.endpoint}/${Bucket}`, { method: "PUT" });
});
afterAll(() => running.stop());

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => "succeeded",
    (error: Error) => error.name,
  );

describe("conditional writes", () => {
  it("lets exactly one of many racing puts win", async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        failure(
          s3.send(new PutObjectCommand({ Bucket, Key: "race", Body: `${n}`, IfNoneMatch: "*" })),
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === "succeeded")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "PreconditionFailed")).toHaveLength(39);
  });

  it("keeps the winner's bytes", async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: "kept", Body: "first", IfNoneMatch: "*" }));
    await failure(
      s3.send(new PutObjectCommand({ Bucket, Key: "kept", Body: "second", IfNoneMatch: "*" })),
    );
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: "kept" }));
    expect(await Body?.transformToString()).toBe("first");
  });

  it("replaces an object only while it has the named entity tag", async () => {
    const put = (Body: string, IfMatch?: string) =>
      s3.send(new PutObjectCommand({ Bucket, Key: "matched", Body, ...(IfMatch && { IfMatch }) }));
    const { ETag } = await put("one");
    await put("two", ETag);
    expect(await failure(put("three", ETag))).toBe("PreconditionFailed");
  });

  it("refuses to complete an upload over an object, and keeps the upload", async () => {
    const Key = "uploaded";
    const UploadId = await startUpload(Key);
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: "in the way" }));
    expect(await failure(complete(Key, UploadId, "*"))).toBe("PreconditionFailed");
    expect(await failure(complete(Key, UploadId))).toBe("succeeded");
    expect(await failure(complete(Key, UploadId))).toBe("NoSuchUpload");
  });
});

async function startUpload(Key: string): Promise<string> {
  const { UploadId } = await s3.send(
    new CreateMultipartUploadCommand({ Bucket, Key, ContentEncoding: "gzip" }),
  );
  await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: "part" }));
  return UploadId ?? "";
}

async function complete(Key: string, UploadId: string, IfNoneMatch?: string) {
  const { Parts } = await s3.send(new ListPartsCommand({ Bucket, Key, UploadId }));
  return await s3.send(
    new CompleteMultipartUploadCommand({
      Bucket,
      Key,
      UploadId,
      MultipartUpload: {
        Parts: Parts?.map(({ ETag, PartNumber }) => ({ ETag, PartNumber })) ?? [],
      },
      ...(IfNoneMatch && { IfNoneMatch }),
    }),
  );
}

describe("integrity", () => {
  const put = async (headers: Record<string, string>, body: Buffer) => {
    const response = await fetch(`${running.endpoint}/${Bucket}/checked`, {
      method: "PUT",
      headers,
      body,
    });
    return [response.status, /<Code>(.*)<\/Code>/.exec(await response.text())?.[1]];
  };
  const md5 = (text: string) => createHash("md5").update(text).digest("base64");

  it.each([
    ["content-md5", md5("hello"), md5("other")],
    ["x-amz-checksum-crc32", "NhCmhg==", "AAAAAA=="],
    ["x-amz-checksum-crc32c", "mnG7TA==", "AAAAAA=="],
    ["x-amz-checksum-sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00=", "AAAA"],
  ])("verifies %s", async (name, right, wrong) => {
    expect(await put({ [name]: right }, Buffer.from("hello"))).toEqual([200, undefined]);
    expect(await put({ [name]: wrong }, Buffer.from("hello"))).toEqual([400, "BadDigest"]);
  });

  it("refuses a chunked body whose trailing checksum does not fit", async () => {
    const body = Buffer.from("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n");
    const headers = { "content-encoding": "aws-chunked", "x-amz-decoded-content-length": "5" };
    expect(await put(headers, body)).toEqual([400, "BadDigest"]);
  });

  it("refuses a chunked body that ends early", async () => {
    expect(await put({ "content-encoding": "aws-chunked" }, Buffer.from("5\r\nhel"))).toEqual([
      400,
      "IncompleteBody",
    ]);
  });

  it("keeps the encoding that is left beside aws-chunked", async () => {
    await put({ "content-encoding": "aws-chunked,gzip" }, Buffer.from("5\r\nhello\r\n0\r\n\r\n"));
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "checked" }));
    expect(head).toMatchObject({ ContentEncoding: "gzip", ContentLength: 5 });
  });

  it("takes bodies far above a web server's usual limit", async () => {
    const Body = Buffer.alloc(20 * 1024 * 1024, 7);
    await s3.send(new PutObjectCommand({ Bucket, Key: "large", Body }));
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "large" }));
    expect(head.ContentLength).toBe(Body.length);
  });
});

describe("listing", () => {
  it("pages through mixed case in byte order without leaving a key out", async () => {
    const keys = ["B", "a", "A", "b", "_", "é", "z/1", "Z/1"].map((key) => `list/${key}`);
    for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket, Key, Body: "x" }));
    const listed: string[] = [];
    const pages = paginateListObjectsV2({ client: s3, pageSize: 2 }, { Bucket, Prefix: "list/" });
    for await (const { Contents } of pages)
      listed.push(...(Contents ?? []).map(({ Key }) => Key ?? ""));
    expect(listed).toEqual(keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  });
});
