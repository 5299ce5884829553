import { describe, expect, test } from "vitest";
import { readExpiry } from "../../../../bin/hydrant/keys/make.ts";
import { printKeys } from "../../../../bin/hydrant/keys/print.ts";

const NOW_MS = Date.UTC(2026, 10, 30, 12);

describe("when a key expires", () => {
  test.each([
    ["90d", NOW_MS + 90 * 86_400_000],
    ["12h", NOW_MS + 12 * 3_600_000],
    ["2027-03-01T00:00:00Z", Date.UTC(2027, 2, 1)],
  ])("%s is a time", (text, expected) => {
    expect(readExpiry(text, NOW_MS)).toBe(expected);
  });

  test.each(["0d", "-1d", "90", "90m", "soon", "2026-11-30T12:00:00Z"])("%s is none", (text) => {
    expect(() => readExpiry(text, NOW_MS)).toThrow("--expires must be a while such as 90d");
  });
});

test("keys are listed with how they stand, until when, and when they were used", () => {
  const expiresAtMs = NOW_MS + 60_000;
  const facts = { createdAtMs: NOW_MS - 86_400_000 };
  const printed = printKeys(
    [
      { id: "A", name: "logs", ...facts, expiresAtMs },
      { id: "B", ...facts, expiresAtMs: NOW_MS, lastUsedAtMs: NOW_MS - 3_600_000 },
      { id: "C", ...facts, isDisabled: true, expiresAtMs: NOW_MS },
    ],
    NOW_MS,
  );
  expect(printed.split("\n").map((row) => row.trim().split(/ {2,}/))).toEqual([
    ["name", "access key", "status", "created", "expires", "last used", "rate", "may"],
    [
      "logs",
      "A",
      "Active",
      "2026-11-29T12:00Z",
      "2026-11-30T12:01Z",
      "never",
      "no bound",
      "everything",
    ],
    [
      "B",
      "B",
      "Expired",
      "2026-11-29T12:00Z",
      "2026-11-30T12:00Z",
      "2026-11-30T11:00Z",
      "no bound",
      "everything",
    ],
    [
      "C",
      "C",
      "Inactive",
      "2026-11-29T12:00Z",
      "2026-11-30T12:00Z",
      "never",
      "no bound",
      "everything",
    ],
  ]);
});
