import { expect, it } from "vitest";
import { amzDate, signatureTrouble } from "../../../offline/services/signed-at.ts";

const NOW_MS = Date.UTC(2026, 10, 30, 8, 0, 0);
const MINUTE_MS = 60_000;

it.each([
  ["just now", 0],
  ["15 minutes ago", -15],
  ["5 minutes ahead", 5],
])("takes what was signed %s", (_, minutes) => {
  expect(signatureTrouble(amzDate(NOW_MS + minutes * MINUTE_MS), NOW_MS)).toBeUndefined();
});

it("says when a signature expired, and when it would be current", () => {
  expect(signatureTrouble(amzDate(NOW_MS - 15 * MINUTE_MS - 1000), NOW_MS)).toBe(
    "Signature expired: 20261130T074459Z is now earlier than 20261130T074500Z (20261130T080000Z - 15 min.)",
  );
  expect(signatureTrouble(amzDate(NOW_MS + 5 * MINUTE_MS + 1000), NOW_MS)).toBe(
    "Signature not yet current: 20261130T080501Z is still later than 20261130T080500Z (20261130T080000Z + 5 min.)",
  );
});

it("leaves what is no date to those who check signatures", () => {
  expect(signatureTrouble(undefined, NOW_MS)).toBeUndefined();
  expect(signatureTrouble("yesterday", NOW_MS)).toBeUndefined();
});
