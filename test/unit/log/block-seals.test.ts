import { describe, expect, test } from "vitest";
import { createBlockSeals, KeyUnusable, streamOfShard } from "../../../src/log/block-seals.ts";
import type { KeyService } from "../../../src/log/keys.ts";
import type { ShardKey } from "../../../src/log/store.ts";
import { DATA_KEY_MAX_AGE_MS, KEY_REFUSAL_MAX_AGE_MS } from "../../../src/limits.ts";
import { memoryKeys } from "../../../src/storage/memory/keys.ts";
import { seededRandom } from "../../helpers/seeded-random.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";

const SHARD = "firehose/logs/0123456789abcdef/0000" as ShardKey;
const STREAM = streamOfShard(SHARD);
const KEY = "arn:aws:kms:us-east-1:000000000000:key/one";
const PLACE = { shard: SHARD, index: 0 };

function setUp(over: (keys: KeyService) => Partial<KeyService> = () => ({})) {
  const random = seededRandom(1);
  const keys = memoryKeys(random);
  const clock = steppingClock(1000);
  const asked: string[] = [];
  const service = { ...keys, ...over(keys) };
  const seals = createBlockSeals(
    {
      newDataKey(stream, keyArn) {
        asked.push(`new ${keyArn}`);
        return service.newDataKey(stream, keyArn);
      },
      unwrap(stream, wrapped) {
        asked.push("unwrap");
        return service.unwrap(stream, wrapped);
      },
    },
    clock,
    random,
  );
  async function sealed() {
    const answer = await seals.sealerFor(STREAM, KEY);
    if (answer.kind !== "key") throw new Error(answer.kind);
    const { bytes, envelopeAt } = answer.key.seal(Buffer.from("records"));
    return { bytes, envelope: envelopeAt(PLACE) };
  }
  return { keys, clock, asked, seals, sealed };
}

test("a shard's stream is what its lanes share", () => {
  expect(STREAM).toBe("firehose/logs/0123456789abcdef");
});

describe("a data key", () => {
  test("seals many blocks, and is opened once for them", async () => {
    const { asked, seals, sealed } = setUp();
    const blocks = [await sealed(), await sealed(), await sealed()];
    for (const { bytes, envelope } of blocks) {
      expect(Buffer.from(await seals.open(PLACE, envelope, bytes)).toString()).toBe("records");
    }
    expect(asked).toEqual([`new ${KEY}`, "unwrap"]);
  });

  test("is asked for once by calls that come together", async () => {
    const { asked, seals } = setUp();
    const sealers = await Promise.all([1, 2, 3].map(() => seals.sealerFor(STREAM, KEY)));
    expect(new Set(sealers.map((answer) => answer.kind === "key" && answer.key)).size).toBe(1);
    expect(asked).toHaveLength(1);
  });

  test("is another one for another stream, for another key, and after some minutes", async () => {
    const { asked, clock, seals } = setUp();
    await seals.sealerFor(STREAM, KEY);
    await seals.sealerFor("firehose/other/0123456789abcdef", KEY);
    await seals.sealerFor(STREAM, undefined);
    expect(asked).toHaveLength(3);
    await clock.sleep(DATA_KEY_MAX_AGE_MS - 1);
    await seals.sealerFor(STREAM, KEY);
    expect(asked).toHaveLength(3);
    await clock.sleep(1);
    await seals.sealerFor(STREAM, KEY);
    expect(asked).toHaveLength(4);
  });

  test("is not opened for another stream", async () => {
    const { seals, sealed } = setUp();
    const { bytes, envelope } = await sealed();
    const place = { shard: "firehose/other/0123456789abcdef/0000" as ShardKey, index: 0 };
    await expect(seals.open(place, envelope, bytes)).rejects.toBeInstanceOf(KeyUnusable);
  });
});

describe("a key that is refused", () => {
  test("is asked for again after a second, and works when it can be used again", async () => {
    const { keys, asked, clock, seals } = setUp();
    keys.refuse(KEY, "DisabledException");
    const refused = { kind: "refused", reason: "DisabledException", detail: `${KEY} is refused` };
    expect(await seals.sealerFor(STREAM, KEY)).toEqual(refused);
    keys.refuse(KEY);
    expect(await seals.sealerFor(STREAM, KEY)).toEqual(refused);
    expect(asked).toHaveLength(1);
    await clock.sleep(KEY_REFUSAL_MAX_AGE_MS);
    expect(await seals.sealerFor(STREAM, KEY)).toMatchObject({ kind: "key" });
  });

  test("is asked for at once by whoever wants to know how it is now", async () => {
    const { keys, seals } = setUp();
    expect(await seals.sealerFor(STREAM, KEY)).toMatchObject({ kind: "key" });
    keys.refuse(KEY, "AccessDeniedException");
    expect(await seals.askAgain(STREAM, KEY)).toMatchObject({ reason: "AccessDeniedException" });
    keys.refuse(KEY);
    expect(await seals.askAgain(STREAM, KEY)).toMatchObject({ kind: "key" });
  });

  test("leaves its blocks unread until then", async () => {
    const { keys, clock, seals, sealed } = setUp();
    const { bytes, envelope } = await sealed();
    keys.refuse(KEY, "KMSInvalidStateException");
    await expect(seals.open(PLACE, envelope, bytes)).rejects.toThrow(
      `the key of block 0 of ${SHARD} cannot be used: KMSInvalidStateException: ${KEY} is refused`,
    );
    keys.refuse(KEY);
    await clock.sleep(KEY_REFUSAL_MAX_AGE_MS);
    expect(Buffer.from(await seals.open(PLACE, envelope, bytes)).toString()).toBe("records");
  });
});

test("a keeper that is too busy, or does not answer, is asked again by the next call", async () => {
  const answers: (() => Promise<never> | Promise<{ kind: "busy" }>)[] = [
    async () => ({ kind: "busy" }),
    async () => {
      throw new Error("no answer");
    },
  ];
  const { seals } = setUp((keys) => ({
    newDataKey: (...asked) => answers.shift()?.() ?? keys.newDataKey(...asked),
  }));
  expect(await seals.sealerFor(STREAM, KEY)).toEqual({ kind: "busy" });
  await expect(seals.sealerFor(STREAM, KEY)).rejects.toThrow("no answer");
  expect(await seals.sealerFor(STREAM, KEY)).toMatchObject({ kind: "key" });
});
