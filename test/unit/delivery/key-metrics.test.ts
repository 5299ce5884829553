/** What a run measures that its stream's key holds up. */
import { expect, test } from "vitest";
import { streamIdOf } from "../../../src/delivery/delivery-stream.ts";
import { failureMetrics } from "../../../src/delivery/key-metrics.ts";
import { createBlockSeals } from "../../../src/log/block-seals.ts";
import { groupCommit } from "../../../src/log/group-commit.ts";
import { systemRandom } from "../../../src/random.ts";
import { memoryKeys } from "../../../src/storage/memory/keys.ts";
import { deliverWorld } from "./deliver-world.ts";

test("a flush that waits for a key counts as what KMS said of it, and any other failure does not", async () => {
  const world = await deliverWorld();
  const { clock, stream, shard, run } = world;
  const keys = memoryKeys(systemRandom);
  const seals = () => createBlockSeals(keys, clock, systemRandom);
  const answer = await seals().sealerFor(streamIdOf(stream), undefined);
  if (answer.kind !== "key") throw new Error(`the key is ${answer.kind}`);
  const records = [{ data: Buffer.from("a") }];
  await groupCommit(world)(shard, { records, retentionMs: 86_400_000, sealer: answer.key });
  await clock.sleep(60_000);
  keys.refuse("", "DisabledException");
  const held = await run({ seals: seals() });
  if (held.kind !== "retry") throw new Error(`the run is ${held.kind}`);
  expect(failureMetrics(stream.name, held.error)).toMatchObject({
    set: { namespace: "Hydrant/Firehose", units: { KMSKeyDisabled: "Count" } },
    dimensions: { DeliveryStreamName: "access-logs" },
    values: { KMSKeyDisabled: 1 },
  });
  expect(failureMetrics(undefined, held.error)).toBeUndefined();
  expect(failureMetrics(stream.name, new Error("something else"))).toBeUndefined();
  keys.refuse("");
  await clock.sleep(60_000);
  expect(await run({ seals: seals() })).toEqual({ kind: "done" });
});
