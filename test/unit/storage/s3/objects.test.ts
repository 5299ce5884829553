import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  NoSuchUpload,
  NotFound,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, describe, expect, test } from "vitest";
import { oneClient } from "../../../../src/storage/s3/bucket-clients.ts";
import { s3Objects } from "../../../../src/storage/s3/objects.ts";

const client = new S3Client({ region: "us-east-1" });
const s3 = mockClient(client);
const objects = s3Objects(oneClient(client));
beforeEach(() => s3.reset());

const TARGET = {
  bucket: "logs",
  key: "2026/11/23/10/access-logs-1-x.gz",
  contentType: "application/octet-stream",
  contentEncoding: "gzip",
};
const UPLOAD = { bucket: TARGET.bucket, key: TARGET.key, uploadId: "u1" };

function refusal(name: string, httpStatusCode: number): S3ServiceException {
  return new S3ServiceException({
    name,
    message: name,
    $fault: "client",
    $metadata: { httpStatusCode },
  });
}

const PRECONDITION_FAILED = refusal("PreconditionFailed", 412);
const CONFLICT = refusal("ConditionalRequestConflict", 409);
const GONE = new NoSuchUpload({ message: "no such upload", $metadata: { httpStatusCode: 404 } });
const NOT_FOUND = new NotFound({ message: "not found", $metadata: { httpStatusCode: 404 } });
const FORBIDDEN = refusal("AccessDenied", 403);

/** The input of the only command that was sent. */
function sent(): unknown {
  expect(s3.calls()).toHaveLength(1);
  return s3.call(0).args[0].input;
}

describe("a conditional put", () => {
  test("asks S3 to write only if nothing is there", async () => {
    s3.on(PutObjectCommand).resolves({});
    const body = Buffer.from("contents");
    expect(await objects.putIfAbsent(TARGET, body)).toBe("written");
    expect(sent()).toEqual({
      Bucket: "logs",
      Key: TARGET.key,
      ContentType: "application/octet-stream",
      ContentEncoding: "gzip",
      Body: body,
      IfNoneMatch: "*",
    });
  });

  test("names no encoding when there is none", async () => {
    s3.on(PutObjectCommand).resolves({});
    const { contentEncoding: _, ...plain } = TARGET;
    await objects.putIfAbsent(plain, Buffer.from("x"));
    expect(sent()).not.toHaveProperty("ContentEncoding");
  });

  test("finds that the object exists", async () => {
    s3.on(PutObjectCommand).rejects(PRECONDITION_FAILED);
    expect(await objects.putIfAbsent(TARGET, Buffer.from("x"))).toBe("exists");
  });

  test.each([CONFLICT, FORBIDDEN, new Error("socket hang up")])("throws %s", async (error) => {
    s3.on(PutObjectCommand).rejects(error);
    await expect(objects.putIfAbsent(TARGET, Buffer.from("x"))).rejects.toBe(error);
  });
});

describe("an upload", () => {
  test("is begun with the object's headers and a checksum per part", async () => {
    s3.on(CreateMultipartUploadCommand).resolves({ UploadId: "u1" });
    expect(await objects.startUpload(TARGET)).toEqual(UPLOAD);
    expect(sent()).toEqual({
      Bucket: "logs",
      Key: TARGET.key,
      ContentType: "application/octet-stream",
      ContentEncoding: "gzip",
      ChecksumAlgorithm: "CRC32",
    });
  });

  test("remembers each part's etag and checksum", async () => {
    s3.on(UploadPartCommand).resolves({ ETag: '"e7"', ChecksumCRC32: "AAAAAA==" });
    const body = Buffer.from("part");
    expect(await objects.uploadPart(UPLOAD, 7, body)).toEqual({
      partNumber: 7,
      etag: '"e7"',
      checksum: "AAAAAA==",
    });
    expect(sent()).toEqual({
      Bucket: "logs",
      Key: TARGET.key,
      UploadId: "u1",
      PartNumber: 7,
      Body: body,
      ChecksumAlgorithm: "CRC32",
    });
  });

  test("is completed with its parts in order, only if nothing is there", async () => {
    s3.on(CompleteMultipartUploadCommand).resolves({});
    const parts = [
      { partNumber: 2, etag: '"e2"', checksum: "c2" },
      { partNumber: 1, etag: '"e1"' },
    ];
    expect(await objects.completeIfAbsent(UPLOAD, parts)).toBe("written");
    expect(sent()).toEqual({
      Bucket: "logs",
      Key: TARGET.key,
      UploadId: "u1",
      IfNoneMatch: "*",
      MultipartUpload: {
        Parts: [
          { PartNumber: 1, ETag: '"e1"' },
          { PartNumber: 2, ETag: '"e2"', ChecksumCRC32: "c2" },
        ],
      },
    });
  });

  test("finds on completion that an object exists", async () => {
    s3.on(CompleteMultipartUploadCommand).rejects(PRECONDITION_FAILED);
    expect(await objects.completeIfAbsent(UPLOAD, [])).toBe("exists");
    expect(s3.commandCalls(HeadObjectCommand)).toHaveLength(0);
  });

  test("that is gone was completed before if its object stands", async () => {
    s3.on(CompleteMultipartUploadCommand).rejects(GONE);
    s3.on(HeadObjectCommand).resolves({});
    expect(await objects.completeIfAbsent(UPLOAD, [])).toBe("exists");
    expect(s3.commandCalls(HeadObjectCommand)[0]!.args[0].input).toEqual({
      Bucket: "logs",
      Key: TARGET.key,
    });
  });

  test("is lost when S3 does not know a part by its tag any more", async () => {
    s3.on(CompleteMultipartUploadCommand).rejects(refusal("InvalidPart", 400));
    expect(
      await s3Objects(oneClient(client)).completeIfAbsent(UPLOAD, [{ partNumber: 1, etag: '"a"' }]),
    ).toBe("lost");
  });

  test("that is gone without an object is lost", async () => {
    s3.on(CompleteMultipartUploadCommand).rejects(GONE);
    s3.on(HeadObjectCommand).rejects(NOT_FOUND);
    expect(await objects.completeIfAbsent(UPLOAD, [])).toBe("lost");
  });

  test("is not called lost when S3 does not let us look", async () => {
    s3.on(CompleteMultipartUploadCommand).rejects(GONE);
    s3.on(HeadObjectCommand).rejects(FORBIDDEN);
    await expect(objects.completeIfAbsent(UPLOAD, [])).rejects.toBe(FORBIDDEN);
  });

  test("throws a conflict, to be completed again", async () => {
    s3.on(CompleteMultipartUploadCommand).rejects(CONFLICT);
    await expect(objects.completeIfAbsent(UPLOAD, [])).rejects.toBe(CONFLICT);
  });

  test("is aborted, also when it is gone already", async () => {
    s3.on(AbortMultipartUploadCommand).rejects(GONE);
    await objects.abort(UPLOAD);
    expect(sent()).toEqual({ Bucket: "logs", Key: TARGET.key, UploadId: "u1" });
    s3.on(AbortMultipartUploadCommand).rejects(FORBIDDEN);
    await expect(objects.abort(UPLOAD)).rejects.toBe(FORBIDDEN);
  });
});

describe("a key of KMS", () => {
  const KEY = "arn:aws:kms:us-east-1:123456789012:key/one";
  const ENCRYPTED = { ServerSideEncryption: "aws:kms", SSEKMSKeyId: KEY };

  test("goes with a put, and with an upload's beginning", async () => {
    s3.on(PutObjectCommand).resolves({});
    s3.on(CreateMultipartUploadCommand).resolves({ UploadId: "u1" });
    const target = { ...TARGET, kmsKeyArn: KEY };
    await objects.putIfAbsent(target, Buffer.from("x"));
    expect(await objects.startUpload(target)).toEqual(UPLOAD);
    for (const call of s3.calls()) expect(call.args[0].input).toMatchObject(ENCRYPTED);
  });
});
