/** A plan keeps the target that it was made for, unless it is certain that nothing of it exists. */
import { describe, expect, test } from "vitest";
import type { S3Destination } from "../../../src/delivery/delivery-stream.ts";
import type { ObjectStore } from "../../../src/delivery/ports.ts";
import { answering, deliverWorld, ok } from "./deliver-world.ts";
import { DESTINATION, TRANSFORM } from "./delivery-ports.ts";

const MENDED: Partial<S3Destination> = { bucketArn: "arn:aws:s3:::mended", prefix: "mended/" };

async function world(over: Partial<S3Destination> = {}) {
  const rig = await deliverWorld(
    { prefix: "before/", ...over },
    answering((text) => (text === "bad" ? { result: "ProcessingFailed" } : ok(text))),
  );
  const { deliveryStreams, stream, objects } = rig;
  await rig.put("abc");
  return {
    ...rig,
    /** Once the reader has backed off. */
    async runAgain() {
      await rig.clock.sleep(60_000);
      return rig.run({}, { isRepeated: true });
    },
    update: (to: Partial<S3Destination> = MENDED) =>
      deliveryStreams.update(stream, {
        ...stream,
        versionId: 2,
        destination: { ...DESTINATION, ...to },
      }),
    /** The next call of that kind has its effect, and nobody learns of it. */
    losing(call: "putIfAbsent" | "completeIfAbsent"): ObjectStore {
      return {
        ...objects,
        async [call](...args: [never, never]) {
          await objects[call](...args);
          throw new Error("no answer");
        },
      };
    },
    keys: () => objects.list().map(({ bucket, key }) => `${bucket}/${key.split("-20")[0]}`),
  };
}

describe("after an update of the stream, a pending plan", () => {
  test("of which an object may stand is ended as it was begun", async () => {
    const { run, runAgain, update, losing, keys } = await world();
    await run({ objects: losing("putIfAbsent") });
    await update();
    await runAgain();
    expect(keys()).toEqual(["logs/before/2026/11/23/10/access-logs-1"]);
  });

  test("whose transform was settled is completed as it was settled", async () => {
    const { run, runAgain, update, losing, keys } = await world({ transform: TRANSFORM });
    await run({ objects: losing("completeIfAbsent") });
    await update();
    await runAgain();
    expect(keys()).toEqual(["logs/before/2026/11/23/10/access-logs-1"]);
  });

  test.each([{}, { transform: TRANSFORM }])(
    "that its bucket refused from the first is made for the new target: %o",
    async (over) => {
      const { run, runAgain, update, keys, objects } = await world(over);
      objects.refuse("logs", "refused");
      expect(await run()).toMatchObject({ kind: "retry" });
      await runAgain();
      await update();
      await runAgain();
      objects.refuse("logs", undefined);
      await runAgain();
      expect(keys()).toEqual(["mended/mended/2026/11/23/10/access-logs-2"]);
    },
  );

  test("some of whose objects stand when the others are refused is completed as it was settled", async () => {
    const { run, runAgain, update, keys, objects, put } = await world({ transform: TRANSFORM });
    await put("bad");
    const closing: ObjectStore = {
      ...objects,
      async completeIfAbsent(...args) {
        const outcome = await objects.completeIfAbsent(...args);
        objects.refuse("logs", "refused");
        return outcome;
      },
    };
    await run({ objects: closing });
    await runAgain();
    await update();
    objects.refuse("logs", undefined);
    await runAgain();
    expect(keys()).toEqual([
      "logs/before/2026/11/23/10/access-logs-1",
      expect.stringMatching(/^logs\/before\/processing-failed\/.*access-logs-1$/),
    ]);
  });

  test("some of whose objects stand, and one of whose uploads was lost, keeps its target", async () => {
    const { run, runAgain, update, keys, objects, put } = await world({ transform: TRANSFORM });
    await put("bad");
    let completed = 0;
    const losing: ObjectStore = {
      ...objects,
      completeIfAbsent: async (...args) =>
        completed++ === 0 ? objects.completeIfAbsent(...args) : "lost",
    };
    await run({ objects: losing });
    objects.refuse("logs", "refused");
    await runAgain();
    await update();
    objects.refuse("logs", undefined);
    await runAgain();
    expect(keys().every((key) => key.startsWith("logs/before/"))).toBe(true);
    expect(keys()).toHaveLength(2);
  });

  test("whose transform was not settled is made for the new target, whatever kept it", async () => {
    const { run, runAgain, update, keys, objects } = await world({ transform: TRANSFORM });
    await run({ objects: { ...objects, startUpload: () => Promise.reject(new Error("died")) } });
    await update();
    await runAgain();
    expect(keys()).toEqual(["mended/mended/2026/11/23/10/access-logs-2"]);
  });

  test("that was refused only when it was tried again keeps its target", async () => {
    const { run, runAgain, update, losing, keys, objects } = await world();
    await run({ objects: losing("putIfAbsent") });
    objects.refuse("logs", "refused");
    await runAgain();
    await update();
    objects.refuse("logs", undefined);
    await runAgain();
    expect(keys()).toEqual(["logs/before/2026/11/23/10/access-logs-1"]);
  });

  test("whose bucket is gone is made for the new target, whatever it may have held", async () => {
    const { run, runAgain, update, keys, objects } = await world();
    await run({ objects: { ...objects, putIfAbsent: () => Promise.reject(new Error("died")) } });
    objects.refuse("logs", "no bucket");
    await runAgain();
    await update();
    await runAgain();
    expect(keys()).toEqual(["mended/mended/2026/11/23/10/access-logs-2"]);
  });
});
