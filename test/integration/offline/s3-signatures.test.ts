/** Which signatures the local S3 takes: those of the local key must be right, others it cannot judge. */
import { createHash, createHmac } from "node:crypto";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUCKET as Bucket, codeOf, startLocalS3, type LocalS3 } from "../../helpers/local-s3.ts";

const Key = "signed/ü +~*(1)";
const path = `/signed/%C3%BC%20%2B~%2A%281%29`;
let s3: LocalS3;
beforeAll(async () => {
  s3 = await startLocalS3();
  await s3.client.send(new PutObjectCommand({ Bucket, Key, Body: "bytes" }));
});
afterAll(() => s3.stop());

describe("a signed request", () => {
  const get = async (accessKeyId: string, secretAccessKey: string, systemClockOffset = 0) => {
    const client = new S3Client({
      endpoint: s3.endpoint,
      region: "eu-west-1",
      credentials: { accessKeyId, secretAccessKey },
      forcePathStyle: true,
      maxAttempts: 1,
      systemClockOffset,
    });
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      return await Body?.transformToString();
    } catch (error) {
      return (error as Error).name;
    } finally {
      client.destroy();
    }
  };

  it("of the local key is served when it is right, in any region", async () => {
    expect(await get("test", "test")).toBe("bytes");
  });

  it("of the local key is refused when its secret or its time is wrong", async () => {
    expect(await get("test", "other")).toBe("SignatureDoesNotMatch");
    expect(await get("test", "test", -16 * 60_000)).toBe("RequestTimeTooSkewed");
  });

  it("of a key that is not known here is served, as is one that is not signed", async () => {
    expect(await get("AKIASOMEBODY", "else")).toBe("bytes");
    expect((await s3.send("GET", path)).text).toBe("bytes");
  });
});

describe("a signed URL", () => {
  const hash = (text: string) => createHash("sha256").update(text).digest("hex");
  const hmac = (key: string | Buffer, text: string) =>
    createHmac("sha256", key).update(text).digest();

  /** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
  function presign(method: string, secret: string, ageSeconds: number, expires: number): string {
    const date = new Date(Date.now() - ageSeconds * 1000)
      .toISOString()
      .replaceAll(/[-:]|\.\d+/g, "");
    const scope = `${date.slice(0, 8)}/us-east-1/s3/aws4_request`;
    const query = [
      "X-Amz-Algorithm=AWS4-HMAC-SHA256",
      `X-Amz-Credential=${encodeURIComponent(`test/${scope}`)}`,
      `X-Amz-Date=${date}`,
      `X-Amz-Expires=${expires}`,
      "X-Amz-SignedHeaders=host",
      "x-id=GetObject",
    ].join("&");
    const { host } = new URL(s3.endpoint);
    const canonical = [
      method,
      `/${Bucket}${path}`,
      query,
      `host:${host}`,
      "",
      "host",
      "UNSIGNED-PAYLOAD",
    ];
    const text = ["AWS4-HMAC-SHA256", date, scope, hash(canonical.join("\n"))].join("\n");
    const key = scope.split("/").reduce<string | Buffer>(hmac, `AWS4${secret}`);
    return `${path}?${query}&X-Amz-Signature=${hmac(key, text).toString("hex")}`;
  }

  it("is good for reading and writing as long as it says", async () => {
    expect((await s3.send("GET", presign("GET", "test", 50, 60))).text).toBe("bytes");
    expect((await s3.send("PUT", presign("PUT", "test", 0, 60), "bytes")).status).toBe(200);
    const late = await s3.send("GET", presign("GET", "test", 61, 60));
    expect([late.status, codeOf(late)]).toEqual([403, "AccessDenied"]);
    expect(late.text).toContain("Request has expired");
  });

  it("is good for nothing else", async () => {
    expect(codeOf(await s3.send("GET", presign("GET", "other", 0, 60)))).toBe(
      "SignatureDoesNotMatch",
    );
    expect(codeOf(await s3.send("PUT", presign("GET", "test", 0, 60), "x"))).toBe(
      "SignatureDoesNotMatch",
    );
    const changed = presign("GET", "test", 0, 60).replace("x-id=GetObject", "x-id=PutObject");
    expect(codeOf(await s3.send("GET", changed))).toBe("SignatureDoesNotMatch");
  });

  it("of the older kind ends, too", async () => {
    const url = (at: number) => `${path}?AWSAccessKeyId=test&Signature=x&Expires=${at}`;
    expect((await s3.send("GET", url(4_000_000_000))).text).toBe("bytes");
    expect(codeOf(await s3.send("GET", url(1_000_000_000)))).toBe("AccessDenied");
  });
});
