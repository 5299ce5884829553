/** Creating and deleting delivery streams with a source when processes die, and when both happen at once. */
import { describe, expect, test } from "vitest";
import {
  createWithSource,
  deleteWithSource,
  joinBackup,
  settleTransition,
  type SourceLifecyclePorts,
} from "../../../../src/delivery/source/lifecycle.ts";
import { STEP_GRACE_MS } from "../../../../src/streams/lifecycle.ts";
import { seededRandom } from "../../../helpers/seeded-random.ts";
import { mortality, ProcessDied, slow, wrapped } from "../../../helpers/faulty-ports.ts";
import { DESTINATION } from "../delivery-ports.ts";
import { sourceWorld } from "./world.ts";

/** The ports of a process that dies at its call number `at`, before or after the call has its effect. */
function mortal(
  ports: SourceLifecyclePorts,
  at: number,
  when: "before" | "after",
): SourceLifecyclePorts {
  const around = mortality(at, when);
  const { log, readers, deliveryStreams } = ports;
  return {
    ...ports,
    log: wrapped(log, around),
    readers: wrapped(readers, around),
    deliveryStreams: wrapped(deliveryStreams, around),
  };
}

const CALLS = 14;
const deaths = Array.from({ length: CALLS }, (_, i) => i + 1).flatMap((at) =>
  (["before", "after"] as const).map((when) => [when, at] as const),
);

describe("a source backup that joins", () => {
  const BACKUP = { ...DESTINATION, prefix: "", bucketArn: "arn:aws:s3:::originals" };
  const numbered = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => ({ key: `key ${i}`, data: `record ${from + i}\n` }));
  const named = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => `record ${from + i}`).toSorted();

  async function created(shardCount: number) {
    const made = await sourceWorld(shardCount);
    const before = await made.create();
    await made.put(numbered(0, 6));
    await made.clock.sleep(1000);
    const destination = { ...before.destination, backup: BACKUP };
    const after = { ...before, versionId: 2, destination };
    const lines = (bucket?: string) =>
      made
        .contents(bucket)
        .flatMap((object) => object.lines)
        // Where there is a delimiter as well.
        .filter((line) => line !== "")
        .toSorted();
    return { ...made, before, after, lines };
  }

  test("has what is put from then on, of a stream that stays ACTIVE", async () => {
    const made = await created(3);
    expect(await joinBackup(made.lifecycle, made.before, made.after)).toBe("updated");
    expect(await made.deliveryStreams.get("archive")).toEqual(made.after);
    await made.put(numbered(6, 6));
    await made.settle();
    expect(made.lines()).toEqual(named(0, 12));
    expect(made.lines("originals")).toEqual(named(6, 6));
  });

  test("is refused for a stream that stands otherwise", async () => {
    const made = await created(1);
    await made.deliveryStreams.update(made.before, { ...made.before, tags: { a: "b" } });
    expect(await joinBackup(made.lifecycle, made.before, made.after)).toBe("conflict");
    expect(await made.readerIds()).toHaveLength(1);
  });

  test("joins nothing where the source is gone", async () => {
    const made = await created(1);
    const lifecycle = { ...made.lifecycle, view: async () => undefined };
    expect(await joinBackup(lifecycle, made.before, made.after)).toBe("updated");
    expect(await made.deliveryStreams.get("archive")).toEqual(made.after);
  });

  test.each(deaths)("is joined by whoever meets it: died %s call %i", async (when, at) => {
    const made = await created(2);
    const dying = mortal(made.lifecycle, at, when);
    const outcome = await joinBackup(dying, made.before, made.after).catch((error: unknown) => {
      expect(error).toBeInstanceOf(ProcessDied);
    });
    await made.clock.sleep(1000);
    await made.put(numbered(6, 6));
    await made.settle();
    await made.split(0);
    await made.put(numbered(12, 6));
    await made.clock.sleep(STEP_GRACE_MS);
    const standing = (await made.deliveryStreams.get("archive"))!;
    const settled = await settleTransition(made.lifecycle, standing);
    expect(settled?.transition).toBeUndefined();
    await made.settle();
    expect(made.lines()).toEqual(named(0, 18));
    const isThere = settled?.destination.backup !== undefined;
    if (outcome !== undefined) expect(isThere).toBe(true);
    expect(made.lines("originals")).toEqual(isThere ? named(6, 12) : []);
  });
});

describe("creating", () => {
  test("shows as such until every shard has its reader, at the latest record", async () => {
    const made = await sourceWorld(3);
    await made.put([{ key: "a", data: "before" }]);
    const stream = made.deliveryStream();
    expect(await createWithSource(made.lifecycle, stream, await made.view())).toBe("created");
    expect((await made.deliveryStreams.get("archive"))?.transition).toBeUndefined();
    expect(await made.readerIds()).toHaveLength(3);
  });

  test("a name that is taken changes nothing", async () => {
    const made = await sourceWorld(1);
    const standing = await made.create();
    const readers = await made.readerIds();
    const rival = made.deliveryStream();
    expect(await createWithSource(made.lifecycle, rival, await made.view())).toBe("exists");
    expect(await made.deliveryStreams.get("archive")).toEqual(standing);
    expect(await made.readerIds()).toEqual(readers);
  });

  test("leaves nothing behind when a reader cannot be opened", async () => {
    const made = await sourceWorld(3);
    let opened = 0;
    const readers: typeof made.lifecycle.readers = {
      ...made.lifecycle.readers,
      open: (...args) =>
        opened++ === 1 ? Promise.reject(new Error("busy")) : made.readers.open(...args),
    };
    const stream = made.deliveryStream();
    const creating = createWithSource({ ...made.lifecycle, readers }, stream, await made.view());
    await expect(creating).rejects.toThrow("busy");
    expect(await made.deliveryStreams.get("archive")).toBeUndefined();
    expect(await made.readerIds()).toEqual([]);
  });

  test.each(deaths)("is finished by whoever meets it: died %s call %i", async (when, at) => {
    const made = await sourceWorld(2);
    const stream = made.deliveryStream();
    const dying = mortal(made.lifecycle, at, when);
    await createWithSource(dying, stream, await made.view()).catch((error: unknown) => {
      expect(error).toBeInstanceOf(ProcessDied);
    });
    const records = Array.from({ length: 12 }, (_, i) => ({
      key: `key ${i}`,
      data: `record ${i}`,
    }));
    await made.put(records.slice(0, 6));
    await made.settle();
    await made.split(0);
    await made.put(records.slice(6));
    await made.clock.sleep(STEP_GRACE_MS);
    const standing = await made.deliveryStreams.get("archive");
    if (standing === undefined) return expect(await made.readerIds()).toEqual([]);
    const settled = await settleTransition(made.lifecycle, standing);
    expect(settled?.transition).toBeUndefined();
    await made.settle();
    const lines = made.contents().flatMap((object) => object.lines);
    expect(lines.toSorted()).toEqual(records.map(({ data }) => data).toSorted());
  });

  test("for a data stream that is gone by then is given up", async () => {
    const made = await sourceWorld(1);
    const stream = made.deliveryStream();
    await made.deliveryStreams.create(stream, [], []);
    await made.dataStreams.remove(made.stream);
    await made.clock.sleep(STEP_GRACE_MS);
    expect(await settleTransition(made.lifecycle, stream)).toBeUndefined();
    expect(await made.deliveryStreams.get("archive")).toBeUndefined();
  });

  test("is left alone while its maker may be at it", async () => {
    const made = await sourceWorld(1);
    const stream = made.deliveryStream();
    await made.deliveryStreams.create(stream, [], []);
    await made.clock.sleep(STEP_GRACE_MS - 1);
    expect(await settleTransition(made.lifecycle, stream)).toEqual(stream);
    expect(await made.readerIds()).toEqual([]);
  });
});

describe("deleting", () => {
  test("removes the readers of closed shards, too, and nobody else's", async () => {
    const made = await sourceWorld(2);
    const stream = await made.create();
    const other = await made.create({}, "other");
    await made.split(0);
    await made.settle();
    expect(await deleteWithSource(made.lifecycle, stream)).toBe("removed");
    const left = await made.readerIds();
    expect(left).toHaveLength(4);
    expect(left.every((reader) => reader.endsWith(other.generation))).toBe(true);
  });

  test.each(deaths)("is finished by whoever meets it: died %s call %i", async (when, at) => {
    const made = await sourceWorld(2);
    const stream = await made.create();
    await deleteWithSource(mortal(made.lifecycle, at, when), stream).catch((error: unknown) => {
      expect(error).toBeInstanceOf(ProcessDied);
    });
    await made.clock.sleep(STEP_GRACE_MS);
    const standing = await made.deliveryStreams.get("archive");
    if (standing?.transition === undefined && standing !== undefined) {
      await deleteWithSource(made.lifecycle, standing);
    } else if (standing !== undefined) await settleTransition(made.lifecycle, standing);
    expect(await made.deliveryStreams.get("archive")).toBeUndefined();
    expect(await made.readerIds()).toEqual([]);
  });

  test("frees the name of a stream whose deletion was never finished", async () => {
    const made = await sourceWorld(1);
    const stream = await made.create();
    const transition = { kind: "deleting", sinceMs: made.clock.now() } as const;
    await made.deliveryStreams.update(stream, { ...stream, transition });
    const anew = made.deliveryStream();
    expect(await createWithSource(made.lifecycle, anew, await made.view())).toBe("exists");
    await made.clock.sleep(STEP_GRACE_MS);
    expect(await createWithSource(made.lifecycle, anew, await made.view())).toBe("created");
    expect(await made.readerIds()).toHaveLength(1);
  });

  test.each(Array.from({ length: 25 }, (_, seed) => seed))(
    "while it is being created leaves nothing behind: seed %i",
    async (seed) => {
      const made = await sourceWorld(3);
      const random = seededRandom(seed);
      const { clock } = made;
      const slowed = {
        ...made.lifecycle,
        log: slow(made.lifecycle.log, clock, random),
        readers: slow(made.lifecycle.readers, clock, random),
        deliveryStreams: slow(made.lifecycle.deliveryStreams, clock, random),
      };
      const stream = made.deliveryStream();
      const creating = createWithSource(slowed, stream, await made.view());
      await clock.sleep(40 + random.fraction() * 250);
      const standing = await made.deliveryStreams.get("archive");
      const deleting = deleteWithSource(slowed, standing ?? stream);
      await Promise.all([creating, deleting]);
      expect(await made.deliveryStreams.get("archive")).toBeUndefined();
      expect(await made.readerIds()).toEqual([]);
    },
  );
});
