import { describe, expect, test } from "vitest";
import { derivedUuid } from "../../../src/derived-uuid.ts";
import { BACKUP_READER, DELIVERY_READER, laneKey } from "../../../src/delivery/delivery-stream.ts";
import { answering, deliverWorld, HINTS, ok, START_MS } from "./deliver-world.ts";
import { DESTINATION, TRANSFORM } from "./delivery-ports.ts";

describe("a flush", () => {
  test("writes the records back to back under AWS's name and moves the checkpoint", async () => {
    const { put, run, contents, objects, readers, shard } = await deliverWorld();
    await put("abc", "def");
    await put("ghi");
    expect(await run()).toEqual({ kind: "done" });
    const [object, ...others] = contents();
    expect(others).toEqual([]);
    expect(object?.text).toBe("abcdefghi");
    expect(object?.key).toMatch(
      /^2026\/11\/23\/10\/access-logs-1-2026-11-23-10-11-12-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    );
    expect(objects.list()[0]?.contentType).toBe("application/octet-stream");
    const reader = await readers.get(shard, DELIVERY_READER);
    expect(reader?.checkpoint).toEqual({ blockIndex: 2, byteOffset: 9 });
  });

  test("names the objects of one second in the order of the log", async () => {
    const { put, run, contents } = await deliverWorld();
    const texts = Array.from({ length: 20 }, (_, i) => String(i).padStart(1000, "-"));
    for (const text of texts) await put(text);
    await run();
    const byName = contents().toSorted((a, b) => (a.key < b.key ? -1 : 1));
    expect(byName.map(({ text }) => text)).toEqual(texts);
    expect(new Set(byName.map(({ key }) => key.slice(0, 50))).size).toBe(1);
  });

  test("that a version before began is ended under the name that it had then", async () => {
    const { put, run, contents, objects, clock, readers, shard, stream } = await deliverWorld();
    await put("abc");
    const savePlan: typeof readers.savePlan = (lease, plan, order) => {
      const { namesSort: _later, ...before } = plan;
      return readers.savePlan(lease, before, order);
    };
    const killed = { ...objects, putIfAbsent: () => Promise.reject(new Error("killed")) };
    await run({ readers: { ...readers, savePlan }, objects: killed });
    await clock.sleep(60_000);
    await run({}, { isRepeated: true });
    const place = [stream.name, stream.generation, DELIVERY_READER, 0];
    expect(contents()[0]?.key).toContain(derivedUuid(...place, 0, 1, ""));
    expect((await readers.get(shard, DELIVERY_READER))?.plan).toBeUndefined();
  });

  test("puts the delimiter after every record when there is one", async () => {
    const { put, run, contents } = await deliverWorld({ delimiter: "\n" });
    await put("a", "b");
    await run();
    expect(contents()[0]?.text).toBe("a\nb\n");
  });

  test("stops at the size, and goes on while the rest is as large", async () => {
    const { put, run, contents } = await deliverWorld();
    for (let i = 0; i < 5; i++) await put("x".repeat(600));
    await run();
    expect(contents().map(({ text }) => text.length)).toEqual([1200, 1200]);
  });

  test("rings for what is left below the size", async () => {
    const rings: number[] = [];
    const { put, run, log } = await deliverWorld();
    await put("x".repeat(1000));
    await put("rest");
    await run({ log: { ...log, ring: async (_shard, openedAtMs) => void rings.push(openedAtMs) } });
    expect(rings).toEqual([START_MS]);
  });

  test("does nothing for a wake-up whose checkpoint has passed", async () => {
    const { put, run, contents, log } = await deliverWorld();
    await put("one");
    await run();
    await put("two");
    expect(
      await run({ log: { ...log, head: () => Promise.reject(new Error("not asked")) } }),
    ).toEqual({
      kind: "done",
    });
    expect(contents()).toHaveLength(1);
  });

  test("goes on from there when that wake-up is repeated", async () => {
    const { put, run, contents } = await deliverWorld();
    await put("one");
    await run();
    await put("x".repeat(1000));
    await run({}, { isRepeated: true });
    expect(contents()).toHaveLength(2);
  });

  test("closes a hole after the fill timeout and passes it", async () => {
    const { put, run, contents, log, shard } = await deliverWorld();
    await log.reserve(shard, { recordCount: 1, byteCount: 4 });
    await put("next");
    await run();
    expect(contents()).toMatchObject([{ text: "next" }]);
    for await (const entry of log.read({ shard, from: 0, to: 1 }))
      expect(entry.kind).toBe("tombstone");
  });

  test("writes no object for nothing but tombstones or empty records", async () => {
    const { put, run, contents, readers, log, shard } = await deliverWorld();
    await log.reserve(shard, { recordCount: 1, byteCount: 4 });
    await log.fill(shard, 0, START_MS + 86_400_000);
    await put("");
    await run();
    expect(contents()).toEqual([]);
    expect((await readers.get(shard, DELIVERY_READER))?.checkpoint).toEqual({
      blockIndex: 2,
      byteOffset: 4,
    });
  });

  test("leaves out what has expired", async () => {
    const { put, run, contents, clock } = await deliverWorld();
    await put("old");
    await clock.sleep(86_400_001);
    await put("new");
    await run({}, { deadlineMs: START_MS + 2 * 86_400_000 });
    expect(contents()).toMatchObject([{ text: "new" }]);
  });

  test("of the source backup keeps the records as they came, in its own bucket", async () => {
    const backup = {
      ...DESTINATION,
      ...HINTS,
      bucketArn: "arn:aws:s3:::originals",
      prefix: "raw/",
    };
    const { put, run, objects } = await deliverWorld(
      { backup, transform: TRANSFORM },
      answering(() => ok("changed")),
    );
    await put("original");
    await run();
    await run({}, { readerId: BACKUP_READER });
    const texts = objects.list().map(({ bucket, body }) => [bucket, Buffer.from(body).toString()]);
    expect(texts).toEqual([
      ["logs", "changed"],
      ["originals", "original"],
    ]);
  });

  test("of a stream that was deleted, or created anew, does nothing", async () => {
    const { put, run, contents, deliveryStreams, stream, shard } = await deliverWorld();
    await put("discarded");
    await deliveryStreams.remove(stream, [shard], 0);
    expect(await run()).toEqual({ kind: "done" });
    const anew = { ...stream, generation: "fedcba9876543210" };
    await deliveryStreams.create(anew, [laneKey(anew, 0)], []);
    expect(await run()).toEqual({ kind: "done" });
    expect(contents()).toEqual([]);
  });
});

describe("a flush that fails", () => {
  test("is asked for again after its back-off, and nobody else tries meanwhile", async () => {
    const { put, run, contents, objects, clock } = await deliverWorld();
    await put("kept");
    const down = { ...objects, putIfAbsent: () => Promise.reject(new Error("S3 is down")) };
    const failed = await run({ objects: down });
    expect(failed).toMatchObject({ kind: "retry", error: new Error("S3 is down") });
    const atMs = failed.kind === "retry" ? failed.atMs : 0;
    expect(await run()).toEqual({ kind: "retry", atMs });
    expect(contents()).toEqual([]);
    await clock.sleep(atMs - clock.now());
    expect(await run({}, { isRepeated: true })).toEqual({ kind: "done" });
    expect(contents()).toMatchObject([{ text: "kept" }]);
  });

  test("is not in the way of a wake-up that comes while its lease is just being released", async () => {
    const { put, run, contents, readers, shard, clock } = await deliverWorld();
    await put("one");
    const claim = { token: "holder", nowMs: START_MS, untilMs: START_MS + 30_000 };
    const held = await readers.acquire(shard, DELIVERY_READER, claim);
    if (held.kind !== "acquired") throw new Error(held.kind);
    void clock.sleep(200).then(() => readers.release(held.lease));
    expect(await run()).toEqual({ kind: "done" });
    expect(contents()).toHaveLength(1);
  });

  test("after the PUT and before the checkpoint meets its own object, though more has arrived", async () => {
    const { put, run, contents, readers, clock } = await deliverWorld();
    await put("once");
    await run({ readers: { ...readers, advance: () => Promise.reject(new Error("killed")) } });
    await put("later");
    await clock.sleep(60_000);
    await run({}, { isRepeated: true });
    expect(contents().map(({ text }) => text)).toEqual(["once", "later"]);
  });

  test("by losing its lease changes nothing after that", async () => {
    const { put, run, contents, readers, shard, objects } = await deliverWorld();
    await put("once");
    const stolen = {
      ...objects,
      async putIfAbsent(...input: Parameters<typeof objects.putIfAbsent>) {
        const later = START_MS + 10_000_000;
        await readers.acquire(shard, DELIVERY_READER, {
          token: "thief",
          nowMs: later,
          untilMs: later,
        });
        return objects.putIfAbsent(...input);
      },
    };
    expect(await run({ objects: stolen })).toEqual({ kind: "done" });
    const reader = await readers.get(shard, DELIVERY_READER);
    expect(reader?.checkpoint.blockIndex).toBe(0);
    expect(reader?.plan?.span.to.blockIndex).toBe(1);
    expect(contents()).toHaveLength(1);
  });
});
