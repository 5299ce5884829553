import { expect, test } from "vitest";
import { ACCOUNT_ID, harness, REGION, TRANSITION_MS } from "./harness.ts";

const LIMIT = 10;
const limited = () => harness({ shardsMaxCount: LIMIT });

function exceeded(current: number, additional: number) {
  return {
    error: {
      name: "LimitExceededException",
      message: expect.stringMatching(
        `^This request would exceed the shard limit for the account ${ACCOUNT_ID} in ${REGION}. Current shard count for the account: ${current}. Limit: ${LIMIT}. Number of additional shards that would have resulted from this request: ${additional}. Refer to the AWS`,
      ),
    },
  };
}

test("there are no more shards than there may be, whoever makes them", async () => {
  const { call, advance } = limited();
  const create = (StreamName: string, ShardCount: number) =>
    call("CreateStream", { StreamName, ShardCount });
  await create("a", 4);
  expect(await create("b", 7)).toEqual(exceeded(4, 7));
  await create("b", 5);
  advance(TRANSITION_MS);
  const scale = (StreamName: string, TargetShardCount: number) =>
    call("UpdateShardCount", { StreamName, TargetShardCount, ScalingType: "UNIFORM_SCALING" });
  expect(await scale("a", 6)).toEqual(exceeded(9, 2));
  const split = (NewStartingHashKey: string) =>
    call("SplitShard", {
      StreamName: "a",
      ShardToSplit: "shardId-000000000000",
      NewStartingHashKey,
    });
  expect(await split("1000")).not.toHaveProperty("error");
  advance(TRANSITION_MS);
  expect(await split("10")).toEqual(exceeded(10, 1));
  expect(await create("a", 1)).toMatchObject({ error: { name: "ResourceInUseException" } });
  // What makes room is not refused.
  expect(await scale("b", 3)).not.toHaveProperty("error");
  advance(TRANSITION_MS);
  expect(await create("c", 2)).not.toHaveProperty("error");
  expect((await call("DescribeLimits", {})).value).toMatchObject({ ShardLimit: LIMIT });
});

test("creations at once do not go beyond it together", async () => {
  const { call } = limited();
  const names = ["a", "b", "c", "d", "e"];
  const made = await Promise.all(
    names.map((StreamName) => call("CreateStream", { StreamName, ShardCount: 4 })),
  );
  const { value } = await call("DescribeLimits", {});
  expect(value.OpenShardCount).toBeLessThanOrEqual(LIMIT);
  expect(value.OpenShardCount).toBe(4 * made.filter(({ error }) => error === undefined).length);
  // Whoever tries again finds what room there is.
  for (const StreamName of names) await call("CreateStream", { StreamName, ShardCount: 4 });
  expect((await call("DescribeLimits", {})).value.OpenShardCount).toBe(8);
});
