import { expect, it } from "vitest";
import { HASH_KEY_MAX } from "../../../src/log/hash-key.ts";
import { scalingSteps } from "../../../src/streams/scaling.ts";
import { initialShards } from "../../../src/streams/shard-map.ts";

it.each([3, 5, 7, 10, 100, 333])(
  "doubles %i shards by splitting each one, although the widths do not divide",
  (count) => {
    const open = initialShards(count, 0);
    const steps = scalingSteps(open, { targetShardCount: 2 * count, nextIndex: count, nowMs: 0 });
    expect(steps.map(({ parentIndexes }) => parentIndexes)).toEqual(open.map((s) => [s.index]));
    const children = steps.flatMap((step) => step.children);
    expect(children).toHaveLength(2 * count);
    expect(children.every(({ closed }) => closed === undefined)).toBe(true);
  },
);

it("leaves no shard of a few keys when it scales to a width that does not divide", () => {
  const open = initialShards(6, 0);
  const steps = scalingSteps(open, { targetShardCount: 3, nextIndex: 6, nowMs: 0 });
  const children = steps.flatMap((step) => step.children);
  expect(children.map((child) => [child.parentIndex, child.adjacentParentIndex])).toEqual([
    [0, 1],
    [2, 3],
    [4, 5],
  ]);
  expect(children.at(-1)?.range.end).toBe(HASH_KEY_MAX);
});
