import { describe, expect, test } from "vitest";
import { stopRedrivesOf, endRedrive } from "../../../../src/delivery/redrive/lifecycle.ts";
import { redriveShard } from "../../../../src/delivery/redrive/redrive.ts";
import { REPLAY_REFUSED_MAX_MS } from "../../../../src/limits.ts";
import { mortality, wrapped } from "../../../helpers/faulty-ports.ts";
import { START_MS } from "../deliver-world.ts";
import { redriveWorld } from "./world.ts";

const sorted = (text: string) => text.split(";").filter(Boolean).toSorted();

describe("a redrive", () => {
  test("delivers what failed once it is mended, each record once, and leaves the objects of failed records", async () => {
    const { deliverAll, broken, start, finish, good, failed, tally } = await redriveWorld();
    await deliverAll("a", "bad b", "c");
    await deliverAll("bad d", "bad e");
    expect(failed()).toHaveLength(2);
    broken.words = [];
    const ended = await finish(await start());
    expect(sorted(good())).toEqual(["a", "bad b", "bad d", "bad e", "c"]);
    expect(failed()).toHaveLength(2);
    expect(ended).toMatchObject({
      state: "COMPLETED",
      tally: tally({
        foundCount: 2,
        foundBytes: expect.any(Number) as number,
        doneCount: 2,
        redrivenCount: 2,
        recordCount: 3,
        writtenCount: 2,
      }),
    });
  });

  test("that comes again, or with another pipeline, delivers nothing a second time", async () => {
    const { deliverAll, broken, start, finish, good, deliveryStreams, stream } =
      await redriveWorld();
    await deliverAll("a", "bad b");
    broken.words = [];
    await finish(await start());
    const destination = { ...stream.destination, prefix: "elsewhere/" };
    const { transform: _none, ...plain } = destination;
    await deliveryStreams.update(stream, { ...stream, versionId: 2, destination: plain });
    const again = await start({}, { redriveId: "d2" });
    expect((await finish(again)).tally).toMatchObject({ alreadyCount: 1, redrivenCount: 0 });
    expect(sorted(good())).toEqual(["a", "bad b"]);
  });

  test("puts what fails again under a name of its own, counts the attempts, and that can be redriven in turn", async () => {
    const { deliverAll, broken, start, finish, good, failed, clock } = await redriveWorld();
    await deliverAll("bad a", "bad worse b");
    const before = failed()[0]!.lines;
    expect(before.map(({ attemptsMade }) => attemptsMade)).toEqual([1, 1]);
    broken.words = ["worse"];
    const first = await finish(await start());
    expect(first.tally).toMatchObject({ foundCount: 1, recordCount: 2, failedAgainCount: 1 });
    expect(failed()).toHaveLength(2);
    expect(failed()[1]!.lines).toMatchObject([
      {
        rawData: Buffer.from("bad worse b").toString("base64"),
        attemptsMade: 2,
        arrivalTimestamp: START_MS,
      },
    ]);
    broken.words = [];
    await clock.sleep(60_000);
    const second = await finish(await start({}, { redriveId: "d2" }));
    expect(second.tally).toMatchObject({ foundCount: 2, alreadyCount: 1, redrivenCount: 1 });
    expect(sorted(good())).toEqual(["bad a", "bad worse b"]);
  });

  test.each(["GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"] as const)(
    "reads objects of failed records that are compressed: %s",
    async (compression) => {
      const { deliverAll, broken, start, finish, deliveryStreams, stream, good } =
        await redriveWorld({ compression });
      await deliverAll(...Array.from({ length: 500 }, (_, i) => `bad ${i}`));
      broken.words = [];
      const destination = { ...stream.destination, compression: "UNCOMPRESSED" as const };
      await deliveryStreams.update(stream, { ...stream, versionId: 2, destination });
      expect((await finish(await start())).tally).toMatchObject({ recordCount: 500 });
      expect(sorted(good())).toHaveLength(500);
    },
  );

  test("goes by kind, by the time in the name, by prefix and by key", async () => {
    const { deliverAll, start, finish, failed, clock } = await redriveWorld();
    await deliverAll("bad a");
    await clock.sleep(3_600_000);
    await deliverAll("bad b");
    const found = async (selection: object, id: string) =>
      (await finish(await start(selection, { redriveId: id, isDryRun: true }))).tally?.foundCount;
    const laterMs = START_MS + 1_800_000;
    expect(await found({ kinds: ["processing-failed"] }, "1")).toBe(2);
    expect(await found({ kinds: ["format-conversion-failed"] }, "2")).toBe(0);
    expect(await found({ sinceMs: laterMs }, "3")).toBe(1);
    expect(await found({ untilMs: laterMs }, "4")).toBe(1);
    expect(await found({ prefix: "processing-failed/2026/11/23/11" }, "5")).toBe(1);
    expect(await found({ prefix: "elsewhere/" }, "6")).toBe(0);
    expect(await found({ keys: [failed()[1]!.key, "none"] }, "7")).toBe(1);
  });

  test("never goes through another stream's objects, not even by their keys", async () => {
    const { deliverAll, start, finish, objects, stream } = await redriveWorld();
    await deliverAll("bad a");
    const { key, body } = objects.list()[0]!;
    const others = key.replace(`/${stream.name}-`, "/others-");
    const target = { bucket: "logs", contentType: "", key: others };
    await objects.putIfAbsent(target, Buffer.from(body));
    expect(others).not.toBe(key);
    const { tally } = await finish(await start({ keys: [key, others] }));
    expect(tally).toMatchObject({ foundCount: 1 });
  });

  test("that is dry reads and counts, and delivers nothing", async () => {
    const { deliverAll, broken, start, finish, good, readers, stream } = await redriveWorld();
    await deliverAll("bad a", "bad b", "c");
    broken.words = [];
    const ended = await finish(await start({}, { isDryRun: true }));
    expect(ended).toMatchObject({ state: "COMPLETED", tally: { foundCount: 1, recordCount: 2 } });
    expect(good()).toBe("c;");
    expect(await readers.list(`redriven/${stream.name}/${stream.generation}` as never)).toEqual([]);
  });

  test("passes what holds something else, whole, and says how many there were", async () => {
    const { deliverAll, broken, start, finish, good, objects } = await redriveWorld();
    await deliverAll("bad a");
    const { key } = objects.list()[0]!;
    const strange = `${Buffer.from(objects.list()[0]!.body).toString()}{"no":"failure"}\n`;
    const target = { bucket: "logs", contentType: "" };
    await objects.putIfAbsent({ ...target, key: `${key}-x` }, Buffer.from(strange));
    await objects.putIfAbsent(
      { ...target, key: `${key}-y` },
      Buffer.from("\x1f\x8bno gzip", "latin1"),
    );
    broken.words = [];
    const { tally } = await finish(await start());
    expect(tally).toMatchObject({ foundCount: 3, redrivenCount: 1, ignoredCount: 2 });
    expect(good()).toBe("bad a;");
  });
});

describe("a redrive that is killed", () => {
  test("at any step delivers each record once, and is ended by the next wake-up", async () => {
    for (let step = 0; step < 40; step++) {
      const { deliverAll, broken, start, finish, wake, good, ...ports } = await redriveWorld();
      await deliverAll("bad a", "b");
      await deliverAll("bad c");
      broken.words = [];
      const redrive = await start();
      let calls = 0;
      const dying = <Port extends object>(port: Port): Port =>
        Object.fromEntries(
          Object.entries(port).map(([name, call]) => [
            name,
            typeof call !== "function" || name === "refusalOf"
              ? call
              : async (...args: unknown[]) => {
                  if (calls++ >= step) throw new Error("killed");
                  return (call as (...given: unknown[]) => unknown)(...args);
                },
          ]),
        ) as Port;
      await wake(redrive, {
        readers: dying(ports.readers),
        redriveReaders: dying(ports.redriveReaders),
        redrives: dying(ports.redrives),
        objects: dying(ports.objects),
      }).catch(() => {});
      await ports.clock.sleep(60_000);
      // Another one meets what the first left.
      const other = await start({}, { redriveId: "d2" });
      await finish(other);
      const ended = await finish(redrive);
      expect(sorted(good()), `killed at step ${step}`).toEqual(["b", "bad a", "bad c"]);
      expect(ended.tally).toMatchObject({ foundCount: 2, doneCount: 2 });
    }
  });
});

describe("what a redrive is asked to do with the objects that it has handled", () => {
  const keys = (world: Pick<Awaited<ReturnType<typeof redriveWorld>>, "objects">) =>
    world.objects.list().map(({ key }) => key);

  test.each(["TAG", "MOVE"] as const)(
    "%s: is done once all of their records are, also with those of a redrive before, wherever it dies",
    async (after) => {
      let stepCount = 0;
      // A tag can be put again at any time: one that is moved is not there any more.
      for (let step = after === "TAG" ? 1000 : 1, isOver = false; !isOver; step++) {
        for (const when of ["before", "after"] as const) {
          const world = await redriveWorld();
          const { deliverAll, broken, start, finish, wake, good, ...ports } = world;
          await deliverAll("bad a", "b");
          const [first] = keys(world).filter((key) => key.includes("failed/"));
          await deliverAll("bad c");
          broken.words = [];
          await finish(await start({ keys: [first!] }, { redriveId: "d1" }));
          const [old, young] = keys(world).filter((key) => key.includes("failed/"));
          const redrive = await start({}, { redriveId: "d2", after });
          const dies = mortality(step, when);
          const { refusalOf } = ports.errorObjects;
          const dying = <Port extends object>(port: Port) => wrapped(port, dies);
          const result = await wake(redrive, {
            readers: dying(ports.readers),
            redriveReaders: dying(ports.redriveReaders),
            redrives: dying(ports.redrives),
            errorObjects: { ...dying(ports.errorObjects), refusalOf },
          }).catch(() => undefined);
          isOver = result?.kind === "done";
          stepCount = step;
          await ports.clock.sleep(60_000);
          const { state, tally } = await finish(redrive);
          const what = `${when} step ${step}`;
          expect(state, what).toBe("COMPLETED");
          expect(sorted(good()), what).toEqual(["b", "bad a", "bad c"]);
          const { alreadyCount = 0, redrivenCount = 0 } = tally ?? {};
          expect({ ...tally, handledCount: alreadyCount + redrivenCount }, what).toMatchObject({
            foundCount: 2,
            doneCount: 2,
            handledCount: 2,
            ignoredCount: 0,
            goneCount: 0,
          });
          const found = keys(world);
          for (const key of [old!, young!]) {
            const isMoved = after === "MOVE";
            expect(found.includes(`redriven/${key}`), what).toBe(isMoved);
            expect(found.includes(key), what).toBe(!isMoved);
            expect(ports.errorObjects.tagOf("logs", key), what).toEqual(
              isMoved ? undefined : { key: "hydrant:redriven", value: "true" },
            );
          }
        }
      }
      expect(stepCount).toBeGreaterThan(30);
    },
  );

  test("MOVE: no redrive looks at what was moved, whatever it is asked for", async () => {
    const world = await redriveWorld();
    const { deliverAll, broken, start, finish, good } = world;
    await deliverAll("bad a");
    broken.words = [];
    await finish(await start({}, { after: "MOVE" }));
    const moved = keys(world).filter((key) => key.startsWith("redriven/"));
    expect(moved).toHaveLength(1);
    for (const [i, selection] of [{ keys: moved }, { prefix: "redriven/" }].entries()) {
      const { tally } = await finish(await start(selection, { redriveId: `d${2 + i}` }));
      expect(tally).toMatchObject({ foundCount: 0 });
    }
    expect(good()).toBe("bad a;");
  });
});

describe("a redrive that does not come to its end", () => {
  test("is stopped where it is", async () => {
    const { deliverAll, broken, start, wake, redrives, readers, good, ...ports } =
      await redriveWorld();
    await deliverAll("bad a");
    broken.words = [];
    const redrive = await start();
    const stopped = await endRedrive({ ...ports, redrives }, redrive, { state: "STOPPED" });
    expect(stopped).toMatchObject({ state: "STOPPED", endedAtMs: ports.clock.now() });
    expect(await readers.list(redriveShard(redrive))).toEqual([]);
    await wake(redrive);
    expect(good()).toBe("");
  });

  test("fails once its bucket has refused it for a while, and says why", async () => {
    const { deliverAll, broken, start, wake, redrives, objects, clock } = await redriveWorld();
    await deliverAll("bad a");
    broken.words = [];
    const redrive = await start();
    objects.refuse("logs", "refused");
    await wake(redrive);
    expect(await redrives.get(redrive)).toMatchObject({ state: "RUNNING" });
    await clock.sleep(REPLAY_REFUSED_MAX_MS);
    await wake(redrive);
    expect(await redrives.get(redrive)).toMatchObject({
      state: "FAILED",
      failure: { message: expect.stringMatching(/AccessDenied/) as string },
    });
  });

  test("ends with its delivery stream", async () => {
    const { start, redrives, stream, ...ports } = await redriveWorld();
    const redrive = await start();
    await stopRedrivesOf({ ...ports, redrives }, stream);
    expect(await redrives.get(redrive)).toMatchObject({ state: "FAILED" });
  });
});
