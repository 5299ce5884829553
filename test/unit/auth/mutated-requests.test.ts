/** More of them by `npm run fuzz -- sigv4`. */
import { expect, test } from "vitest";
import { seededRandom } from "../../helpers/seeded-random.ts";
import { fuzzSigv4 } from "../../fuzz/sigv4.ts";

test("of 100,000 requests that were changed after they were signed, none gets in", async () => {
  const letIn: string[] = [];
  const count = await fuzzSigv4(seededRandom(20261130), 100_000, (line) => letIn.push(line));
  expect(letIn).toEqual([]);
  expect(count).toBe(0);
});
