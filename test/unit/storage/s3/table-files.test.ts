import {
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { mockClient } from "aws-sdk-client-mock";
import { afterEach, expect, test } from "vitest";
import { oneClient } from "../../../../src/storage/s3/bucket-clients.ts";
import { s3TableFiles } from "../../../../src/storage/s3/table-files.ts";

const s3 = mockClient(S3Client);
afterEach(() => s3.reset());

const PLACE = { bucket: "lake", key: "t/data/x.parquet", roleArn: "arn:aws:iam::1:role/r" };
const clients = oneClient(new S3Client({}));
const refusal = (name: string, httpStatusCode: number) =>
  new S3ServiceException({ name, $fault: "client", $metadata: { httpStatusCode } });

test("a file is written once, whatever became of the answer", async () => {
  s3.on(PutObjectCommand).resolvesOnce({}).rejectsOnce(refusal("PreconditionFailed", 412));
  const files = s3TableFiles(clients, () => true);
  await files.put(PLACE, Buffer.from("a"));
  await files.put(PLACE, Buffer.from("a"));
  expect(s3.commandCalls(PutObjectCommand)[0]!.args[0].input).toMatchObject({
    Bucket: "lake",
    Key: "t/data/x.parquet",
    IfNoneMatch: "*",
  });
});

test("a file that is not there is none, and any other refusal is thrown", async () => {
  const files = s3TableFiles(clients, () => true);
  s3.on(GetObjectCommand).rejectsOnce(refusal("NoSuchKey", 404));
  expect(await files.get(PLACE)).toBeUndefined();
  s3.on(GetObjectCommand).rejectsOnce(refusal("AccessDenied", 403));
  await expect(files.get(PLACE)).rejects.toThrow(/./);
});

test("where no tables may lie nothing is read and nothing written, but under a role that is assumed", async () => {
  const asked: string[] = [];
  const files = s3TableFiles(clients, (arn) => asked.push(arn) < 0);
  await expect(files.get(PLACE)).rejects.toMatchObject({ name: "AccessDenied" });
  await expect(files.put(PLACE, Buffer.from("a"))).rejects.toMatchObject({ name: "AccessDenied" });
  expect(s3.calls()).toHaveLength(0);
  expect(asked[0]).toBe("arn:aws:s3:::lake/t/data/x.parquet");
  s3.on(PutObjectCommand).resolves({});
  const assumed = { ...clients, roleAt: () => "arn:aws:iam::1:role/r" };
  await s3TableFiles(assumed, () => false).put(PLACE, Buffer.from("a"));
});
