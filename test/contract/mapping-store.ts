/** What every `MappingStore` promises. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { EventSourceMapping } from "../../src/consumer/mapping.ts";
import type { MappingStore } from "../../src/consumer/ports.ts";
import { changedMapping, eventSourceMapping } from "../helpers/event-source-mapping.ts";

export function testMappingStore(make: () => MappingStore): void {
  const mappings = make();

  function mapping(members: Partial<EventSourceMapping> = {}): EventSourceMapping {
    return eventSourceMapping({
      uuid: randomUUID(),
      streamName: `contract-${randomUUID()}`,
      start: { kind: "time", timestampMs: 1_795_428_000_000 },
      filterPatterns: ['{"data":{"city":["Köln"]}}'],
      ...members,
    });
  }

  test("a mapping comes back as it was", async () => {
    const one = mapping();
    expect(await mappings.create(one)).toEqual({ kind: "created" });
    expect(await mappings.get(one.uuid)).toEqual(one);
    expect(await mappings.get(randomUUID())).toBeUndefined();
  });

  test("a function has one mapping on a source, whichever of several comes first", async () => {
    const first = mapping();
    const rivals = [first, ...[1, 2, 3].map(() => ({ ...first, uuid: randomUUID() }))];
    const results = await Promise.all(rivals.map((rival) => mappings.create(rival)));
    const winner = rivals[results.findIndex(({ kind }) => kind === "created")]!;
    expect(results.filter(({ kind }) => kind === "created")).toHaveLength(1);
    expect(results.filter(({ kind }) => kind === "exists")).toEqual(
      Array.from({ length: 3 }, () => ({ kind: "exists", uuid: winner.uuid })),
    );
    for (const rival of rivals) {
      expect(await mappings.get(rival.uuid)).toEqual(rival === winner ? winner : undefined);
    }
    expect(await mappings.create(winner)).toEqual({ kind: "created" });
  });

  test("another function may have one on the same source, and the same function on another", async () => {
    const one = mapping();
    await mappings.create(one);
    const other = mapping({
      eventSourceArn: one.eventSourceArn,
      functionArn: `${one.functionArn}-2`,
    });
    expect(await mappings.create(other)).toEqual({ kind: "created" });
    expect(await mappings.create(mapping())).toEqual({ kind: "created" });
  });

  test("of changes that race from one revision a single one is made", async () => {
    const one = mapping();
    await mappings.create(one);
    const changes = [1, 2, 3, 4].map((batchSize) => changedMapping(one, { batchSize }));
    const results = await Promise.all(changes.map((change) => mappings.update(change)));
    const made = results.findIndex(({ kind }) => kind === "updated");
    expect(results.map(({ kind }) => kind).toSorted()).toEqual([
      "conflict",
      "conflict",
      "conflict",
      "updated",
    ]);
    expect(await mappings.get(one.uuid)).toEqual(changes[made]);
  });

  test("a change of what is not there is a conflict", async () => {
    expect(await mappings.update(changedMapping(mapping(), {}))).toEqual({ kind: "conflict" });
  });

  test("a change of the function frees the old one and takes the new one", async () => {
    const one = mapping();
    await mappings.create(one);
    const functionArn = `${one.functionArn}-2`;
    const moved = changedMapping(one, { functionArn });
    expect(await mappings.update(moved)).toEqual({ kind: "updated" });
    expect(await mappings.get(one.uuid)).toEqual(moved);
    expect(await mappings.create({ ...one, uuid: randomUUID() })).toEqual({ kind: "created" });
    expect(await mappings.create({ ...moved, uuid: randomUUID() })).toEqual({
      kind: "exists",
      uuid: one.uuid,
    });
  });

  test("a change to a function that has a mapping there is refused, and changes nothing", async () => {
    const one = mapping();
    const other = { ...mapping(), eventSourceArn: one.eventSourceArn, functionArn: "other" };
    await mappings.create(one);
    await mappings.create(other);
    expect(await mappings.update(changedMapping(one, { functionArn: "other" }))).toEqual({
      kind: "exists",
      uuid: other.uuid,
    });
    expect(await mappings.get(one.uuid)).toEqual(one);
  });

  test("a removed mapping is gone, also when it is removed again, and may be made anew", async () => {
    const one = mapping();
    await mappings.create(one);
    await mappings.remove(one);
    await mappings.remove(one);
    expect(await mappings.get(one.uuid)).toBeUndefined();
    const again = { ...one, uuid: randomUUID() };
    expect(await mappings.create(again)).toEqual({ kind: "created" });
    await mappings.remove(one);
    expect(await mappings.get(again.uuid)).toEqual(again);
    expect(await mappings.create({ ...one, uuid: randomUUID() })).toEqual({
      kind: "exists",
      uuid: again.uuid,
    });
  });

  test("a mapping that was removed is not made again by a repetition of its creation", async () => {
    const one = mapping();
    await mappings.create(one);
    await mappings.noteResult(one.uuid, { kind: "ok" });
    await mappings.remove(one);
    expect(await mappings.create(one)).toEqual({ kind: "removed" });
    expect(await mappings.get(one.uuid)).toBeUndefined();
    expect(await mappings.lastResult(one.uuid)).toEqual({ kind: "none" });
    expect(await mappings.update(changedMapping(one, {}))).toEqual({ kind: "conflict" });
    const before = one.uuid.slice(0, -1);
    const listed = await mappings.list({ after: before, limit: 1 });
    expect(listed.map(({ uuid }) => uuid)).not.toContain(one.uuid);
    const other = { ...one, uuid: randomUUID() };
    expect(await mappings.create(other)).toEqual({ kind: "created" });
    expect(await mappings.create(one)).toEqual({ kind: "removed" });
    expect(await mappings.get(other.uuid)).toEqual(other);
  });

  test("what was removed is left out of a page, and takes no place in it", async () => {
    const stem = randomUUID().slice(0, 35);
    const made = ["a", "b", "c", "d"].map((end) => mapping({ uuid: stem + end }));
    for (const one of made) await mappings.create(one);
    for (const one of made.slice(0, 3)) await mappings.remove(one);
    expect(await mappings.list({ after: stem, limit: 1 })).toEqual([made[3]]);
  });

  test("a creation that comes again is still the same where its function was changed meanwhile", async () => {
    const one = mapping();
    await mappings.create(one);
    await mappings.update(changedMapping(one, { functionArn: `${one.functionArn}-2` }));
    await mappings.create({ ...one, uuid: randomUUID() });
    expect(await mappings.create(one)).toEqual({ kind: "created" });
  });

  test("mappings are listed in the order of their uuids, from one that need not be there", async () => {
    // What other tests left has random uuids; only what lies between these two is looked at.
    const stem = randomUUID().slice(0, 35);
    const made = ["c", "a", "e"].map((end) => mapping({ uuid: stem + end }));
    for (const one of made) await mappings.create(one);
    const uuids = async (after: string, limit: number) =>
      (await mappings.list({ after, limit })).map(({ uuid }) => uuid.slice(35));
    expect(await uuids(stem, 3)).toEqual(["a", "c", "e"]);
    expect(await uuids(`${stem}b`, 2)).toEqual(["c", "e"]);
    expect(await uuids(`${stem}a`, 1)).toEqual(["c"]);
    expect(await mappings.list({ limit: 1 })).toHaveLength(1);
    expect(await mappings.count(2)).toBe(2);
    expect(await mappings.count(1_000_000)).toBeGreaterThanOrEqual(3);
    expect(await mappings.list({ after: "g", limit: 5 })).toEqual([]);
  });

  test("the last result is kept beside the mapping, whatever changes, and goes with it", async () => {
    const one = mapping();
    await mappings.create(one);
    expect(await mappings.lastResult(one.uuid)).toEqual({ kind: "none" });
    const problem = { kind: "problem", message: "PROBLEM: Function call failed" } as const;
    await mappings.noteResult(one.uuid, problem);
    const changed = changedMapping(one, { status: "disabled" });
    expect(await mappings.update(changed)).toEqual({ kind: "updated" });
    expect(await mappings.lastResult(one.uuid)).toEqual(problem);
    expect(await mappings.get(one.uuid)).toEqual(changed);
    await mappings.remove(changed);
    await mappings.noteResult(one.uuid, { kind: "ok" });
    expect(await mappings.lastResult(one.uuid)).toEqual({ kind: "none" });
    expect(await mappings.get(one.uuid)).toBeUndefined();
  });
}
