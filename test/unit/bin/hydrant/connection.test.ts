import { describe, expect, test } from "vitest";
import { connectionFrom } from "../../../../bin/hydrant/connection.ts";
import { signedHeaders } from "../../../../bin/hydrant/sign.ts";
import { createVerifier } from "../../../../src/auth/sigv4.ts";
import { steppingClock } from "../../../helpers/stepping-clock.ts";
import { memoryAccessKeys } from "../../../../src/storage/memory/access-keys.ts";

const NOW_MS = Date.UTC(2026, 10, 23, 10);
const ENVIRONMENT = { AWS_ACCESS_KEY_ID: "KEY", AWS_SECRET_ACCESS_KEY: "secret" };

describe("who calls", () => {
  test("is the local key at a loopback endpoint, unless the environment says otherwise", () => {
    for (const host of ["127.0.0.1:4566", "localhost", "[::1]:80"]) {
      expect(connectionFrom(`http://${host}`, {})).toMatchObject({
        accessKeyId: "test",
        secretAccessKey: "test",
        region: "us-east-1",
      });
    }
    expect(
      connectionFrom("http://127.0.0.1", { ...ENVIRONMENT, AWS_REGION: "eu-west-1" }),
    ).toMatchObject({ accessKeyId: "KEY", secretAccessKey: "secret", region: "eu-west-1" });
  });

  test("must be said at any other endpoint", () => {
    for (const host of ["example.com", "127.0.0.1.example.com", "localhost.example.com"]) {
      expect(() => connectionFrom(`https://${host}`, { AWS_ACCESS_KEY_ID: "KEY" })).toThrow(
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set",
      );
    }
    expect(connectionFrom("https://example.com", ENVIRONMENT).accessKeyId).toBe("KEY");
  });

  test("cannot call what is no URL", () => {
    expect(() => connectionFrom("4566", {})).toThrow("--endpoint-url must be a URL, got 4566");
  });
});

describe("a signature", () => {
  const body = '{"UUID":"ü"}';
  const connection = connectionFrom("https://api.example.com/prod", ENVIRONMENT);

  async function verify(secret: string, sentBody = body) {
    const sent = signedHeaders(
      connection,
      "hydrant",
      { "content-type": "application/x-amz-json-1.1", "x-amz-target": "Hydrant_20261122.List" },
      body,
      NOW_MS,
    );
    const headers = new Map(
      Object.entries({ ...sent, host: "api.example.com" }).map(([name, value]) => [name, [value]]),
    );
    const verifier = createVerifier({
      keys: memoryAccessKeys({ id: "KEY", secret, createdAtMs: 0 }),
      region: "us-east-1",
      clock: steppingClock(NOW_MS),
    });
    const request = { method: "POST", paths: ["/prod"], query: [], headers, body: sentBody };
    return verifier.verify(request, "hydrant");
  }

  test("is taken for the key's", async () => {
    expect((await verify("secret")).accessKey.id).toBe("KEY");
  });

  test("is not taken for another secret's or another body's", async () => {
    await expect(verify("other")).rejects.toThrow("does not match");
    await expect(verify("secret", "{}")).rejects.toThrow("does not match");
  });
});
