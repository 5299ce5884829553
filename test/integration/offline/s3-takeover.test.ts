/** What earlier versions kept in a database of another layout is there after the next start. */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompleteMultipartUploadCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openPersistence } from "../../../offline/services/fauxqs.ts";
import { startLocalS3 } from "../../helpers/local-s3.ts";

const Bucket = "older-data";
const directory = mkdtempSync(join(tmpdir(), "hydrant-takeover-"));
const older = join(directory, "fauxqs.db");
const large = Buffer.alloc(3_000_000, "large ");

beforeAll(() => {
  const { db, close } = openPersistence(directory);
  const insert = (table: string, row: Readonly<Record<string, string | number | Buffer>>) =>
    db
      .prepare(
        `INSERT INTO ${table} (${Object.keys(row).join(", ")}) VALUES (${Object.keys(row).fill("?").join(", ")})`,
      )
      .run(...Object.values(row));
  const at = "2026-11-22T10:00:00.000Z";
  const described = {
    content_type: "text/csv",
    metadata: '{"kind":"log"}',
    content_language: "de",
  };
  insert("s3_buckets", { name: Bucket, creation_date: at });
  insert("s3_objects", {
    ...described,
    bucket: Bucket,
    key: "a/ü",
    body: large,
    content_length: large.length,
    etag: '"d41d8cd98f00b204e9800998ecf8427e-2"',
    last_modified: at,
    parts:
      '[{"partNumber":1,"offset":0,"length":2000000},{"partNumber":2,"offset":2000000,"length":1000000}]',
    checksum_algorithm: "CRC32",
    checksum_value: "AAAAAA==-2",
    checksum_type: "COMPOSITE",
  });
  insert("s3_multipart_uploads", {
    ...described,
    upload_id: "u-1",
    bucket: Bucket,
    key: "b",
    initiated: at,
  });
  insert("s3_multipart_parts", {
    upload_id: "u-1",
    part_number: 1,
    body: Buffer.from("part"),
    etag: '"0b67b8a0f0d1a3f2a3a4b1d5c6e7f809"',
    last_modified: at,
  });
  close.call({ db });
  copyFileSync(older, `${older}.copy`);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it("keeps objects, and uploads that were under way", async () => {
  const s3 = await startLocalS3(directory);
  expect(existsSync(older)).toBe(false);
  const head = await s3.client.send(
    new HeadObjectCommand({ Bucket, Key: "a/ü", ChecksumMode: "ENABLED" }),
  );
  expect(head).toMatchObject({
    ContentLength: large.length,
    ContentType: "text/csv",
    ContentLanguage: "de",
    Metadata: { kind: "log" },
    ETag: '"d41d8cd98f00b204e9800998ecf8427e-2"',
    LastModified: new Date("2026-11-22T10:00:00Z"),
    ChecksumCRC32: "AAAAAA==-2",
  });
  const response = await fetch(`${s3.endpoint}/${Bucket}/a/%C3%BC?partNumber=2`);
  const bytes = Buffer.from(await response.arrayBuffer());
  expect([response.status, bytes.equals(large.subarray(2_000_000))]).toEqual([206, true]);
  const Parts = [{ PartNumber: 1, ETag: '"0b67b8a0f0d1a3f2a3a4b1d5c6e7f809"' }];
  await s3.client.send(
    new CompleteMultipartUploadCommand({
      Bucket,
      Key: "b",
      UploadId: "u-1",
      MultipartUpload: { Parts },
    }),
  );
  expect(await (await fetch(`${s3.endpoint}/${Bucket}/b`)).text()).toBe("part");
  await fetch(`${s3.endpoint}/${Bucket}/a/%C3%BC`, { method: "DELETE" });
  s3.stop();
});

it("does not bring back what has gone since, should the old file still lie there", async () => {
  copyFileSync(`${older}.copy`, older);
  const s3 = await startLocalS3(directory);
  expect((await fetch(`${s3.endpoint}/${Bucket}/a/%C3%BC`)).status).toBe(404);
  expect(await (await fetch(`${s3.endpoint}/${Bucket}/b`)).text()).toBe("part");
  expect(existsSync(older)).toBe(false);
  s3.stop();
});
