/** What every `RedriveStore` promises. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { RedriveStore } from "../../src/delivery/redrive/ports.ts";
import { REDRIVE_READER, type Redrive, redriveShard } from "../../src/delivery/redrive/redrive.ts";
import type { LogStore } from "../../src/log/store.ts";
import type { ReaderStore } from "../../src/readers/store.ts";
import type { SweepNotes } from "../../src/readers/sweep-notes.ts";

export interface RedriveStores {
  readonly redrives: RedriveStore;
  readonly log: Pick<LogStore, "head">;
  readonly readers: Pick<ReaderStore<unknown>, "list">;
  readonly notes: Pick<SweepNotes, "list">;
}

const newRedrive = (generation = randomUUID().slice(0, 8)): Redrive => ({
  streamName: "logs",
  generation,
  redriveId: randomUUID(),
  state: "RUNNING",
  selection: { kinds: ["processing-failed"] },
  bucket: "logs",
  prefixes: ["processing-failed/"],
  request: "hash",
  startedAtMs: 4_102_444_800_000,
});

export function testRedriveStore(make: () => RedriveStores): void {
  test("a redrive is created once, with what wakes it, and found under its stream", async () => {
    const { redrives, log, readers } = make();
    const redrive = newRedrive();
    const other = newRedrive(redrive.generation);
    expect(await redrives.create(redrive)).toBe("created");
    expect(await redrives.create(redrive)).toBe("created");
    expect(await redrives.create({ ...redrive, request: "other" })).toBe("exists");
    await redrives.create(other);
    await redrives.create(newRedrive());
    expect(await redrives.get(redrive)).toEqual(redrive);
    expect(await redrives.get({ ...redrive, redriveId: "none" })).toBeUndefined();
    const ids = (await redrives.list(redrive)).map(({ redriveId }) => redriveId);
    expect(ids.toSorted()).toEqual([redrive.redriveId, other.redriveId].toSorted());
    const shard = redriveShard(redrive);
    expect(await log.head(shard)).toMatchObject({ blockIndex: 1 });
    expect(await readers.list(shard)).toMatchObject([
      { readerId: REDRIVE_READER, checkpoint: { blockIndex: 0 } },
    ]);
  });

  test("a redrive is not created in a room that another one has entered since", async () => {
    const { redrives } = make();
    const first = newRedrive();
    const second = newRedrive(first.generation);
    const empty = await redrives.room(first);
    expect(await redrives.create(first, empty)).toBe("created");
    expect(await redrives.create(first, empty)).toBe("created");
    expect(await redrives.create(second, empty)).toBe("crowded");
    expect(await redrives.get(second)).toBeUndefined();
    expect(await redrives.create(second, await redrives.room(second))).toBe("created");
  });

  test("the sweep is to look at it from the first", async () => {
    const { redrives, notes } = make();
    const redrive = newRedrive();
    await redrives.create(redrive);
    const subjects = (await notes.list()).map(({ subject }) => subject);
    expect(subjects).toContain(redriveShard(redrive));
  });

  test("it is replaced as it was read, and not otherwise", async () => {
    const { redrives } = make();
    const redrive = newRedrive();
    await redrives.create(redrive);
    const stopped: Redrive = { ...redrive, state: "STOPPED" };
    expect(await redrives.update(redrive, stopped)).toBe("updated");
    expect(await redrives.update(redrive, stopped)).toBe("updated");
    expect(await redrives.update(redrive, { ...redrive, state: "FAILED" })).toBe("conflict");
    expect(await redrives.get(redrive)).toEqual(stopped);
  });

  test("closing it removes what wakes it, and nothing else", async () => {
    const { redrives, log, readers } = make();
    const redrive = newRedrive();
    await redrives.create(redrive);
    await redrives.close(redrive);
    await redrives.close(redrive);
    expect(await log.head(redriveShard(redrive))).toBeUndefined();
    expect(await readers.list(redriveShard(redrive))).toEqual([]);
    expect(await redrives.get(redrive)).toEqual(redrive);
  });
}
