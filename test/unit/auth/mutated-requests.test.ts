/** More of them by `npm run fuzz -- sigv4`. */
import { expect, test } from "vitest";
import { drive } from "../../fuzz/drive.ts";
import { signedRequests } from "../../fuzz/targets/sigv4.ts";

const COUNT = 100_000;

test("of 100,000 requests, those that were changed after they were signed do not get in", async () => {
  const { became } = await drive(signedRequests(), {
    seed: 20_261_130,
    goesOn: (index) => index < COUNT,
  });
  expect(became["refused"]).toBeGreaterThan(0.97 * COUNT);
  expect(became["taken"]).toBeGreaterThan(0.01 * COUNT);
});
