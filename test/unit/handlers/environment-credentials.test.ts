import { afterEach, expect, test, vi } from "vitest";
import { defaultProvider } from "../../../handlers/environment-credentials.ts";

afterEach(() => void vi.unstubAllEnvs());

test("credentials are those that Lambda gives", async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "ASIA");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
  vi.stubEnv("AWS_SESSION_TOKEN", "token");
  const given = { accessKeyId: "ASIA", secretAccessKey: "secret", sessionToken: "token" };
  await expect(defaultProvider()()).resolves.toEqual(given);
  vi.stubEnv("AWS_SESSION_TOKEN", undefined);
  await expect(defaultProvider()()).resolves.not.toHaveProperty("sessionToken");
});

test("without them it says what is missing", async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "ASIA");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", undefined);
  await expect(defaultProvider()()).rejects.toThrow("AWS_SECRET_ACCESS_KEY are not set");
});
