import { expect, it } from "vitest";
import { tokenSecret } from "../../../src/operations/token-secret.ts";
import { systemRandom } from "../../../src/random.ts";
import { memorySecrets } from "../../../src/storage/memory/secrets.ts";

it("is the same in every process, and asked for once in each", async () => {
  const secrets = memorySecrets();
  let askedCount = 0;
  const counting = {
    keepOnce(name: string, candidate: Uint8Array) {
      askedCount++;
      return secrets.keepOnce(name, candidate);
    },
  };
  const [one, other] = [tokenSecret(counting, systemRandom), tokenSecret(counting, systemRandom)];
  const secret = await one();
  expect(secret).toHaveLength(32);
  expect(await one()).toEqual(secret);
  expect(await other()).toEqual(secret);
  expect(askedCount).toBe(2);
});

it("is asked for again after the store failed", async () => {
  const secrets = memorySecrets();
  let isDown = true;
  const ask = tokenSecret(
    {
      keepOnce: async (name, candidate) => {
        if (isDown) throw new Error("no answer");
        return secrets.keepOnce(name, candidate);
      },
    },
    systemRandom,
  );
  await expect(ask()).rejects.toThrow("no answer");
  isDown = false;
  expect(await ask()).toHaveLength(32);
});
