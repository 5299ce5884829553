import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { claimData, readAccountId } from "../../../offline/account.ts";

describe("the account of a local stack", () => {
  it.each([undefined, ""])("is 000000000000 for %j", (text) => {
    expect(readAccountId(text)).toBe("000000000000");
  });

  it("is what the setting says", () => {
    expect(readAccountId("123456789012")).toBe("123456789012");
  });

  it.each(["12345678901", "1234567890123", "12345678901a", "١٢٣٤٥٦٧٨٩٠١٢", " 123456789012"])(
    "is not %j",
    (text) => {
      expect(() => readAccountId(text)).toThrow(
        `HYDRANT_ACCOUNT_ID must be the 12 digits of an account id, got ${text}`,
      );
    },
  );
});

describe("a data folder", () => {
  const scratch = mkdtempSync(join(tmpdir(), "hydrant-account-"));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it("belongs to the account that made it", () => {
    const folder = join(scratch, "new");
    claimData(folder, "123456789012");
    claimData(folder, "123456789012");
    expect(() => claimData(folder, "000000000000")).toThrow(
      `the data in ${folder} are those of account 123456789012, not 000000000000; set HYDRANT_ACCOUNT_ID=123456789012`,
    );
  });
});
