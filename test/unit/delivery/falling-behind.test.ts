/** A reader that is at work for long: takes more at once, and asks for lanes when that does not help. */
import { expect, test } from "vitest";
import { laneKey } from "../../../src/delivery/delivery-stream.ts";
import { LANE_BEHIND_AFTER_MS, SPAN_RAISED_AFTER_MS } from "../../../src/limits.ts";
import { answering, deliverWorld, ok } from "./deliver-world.ts";
import { TRANSFORM } from "./delivery-ports.ts";

const BUFFER_BYTES = 1000;
const SECOND_MS = 1000;

/** S3 takes `putMs` for an object, and `putBytes` come in the meantime. */
async function busyWorld(
  putMs: number,
  putBytes: number,
  over: Parameters<typeof deliverWorld>[0] = {},
) {
  const made = await deliverWorld(over, answering(ok));
  const put = (bytes: number) => made.put("x".repeat(bytes));
  let left = 40;
  const objects = {
    ...made.objects,
    async completeIfAbsent(...args: Parameters<typeof made.objects.completeIfAbsent>) {
      await pass();
      return made.objects.completeIfAbsent(...args);
    },
    async putIfAbsent(...args: Parameters<typeof made.objects.putIfAbsent>) {
      await pass();
      return made.objects.putIfAbsent(...args);
    },
  };
  async function pass() {
    await made.clock.sleep(putMs);
    if (left-- > 0) for (let sent = 0; sent < putBytes; sent += 100) await put(100);
  }
  for (let i = 0; i < 10; i++) await put(100);
  return {
    ...made,
    runBusy: (change: Parameters<typeof made.run>[0] = {}) => made.run({ objects, ...change }),
    sizes: () => made.contents().map(({ text }) => text.length),
    openCount: async () => (await made.deliveryStreams.get(made.stream.name))?.lanes?.open.length,
  };
}

test("takes one buffer at a time at first, and more once it has been at work for a while", async () => {
  const made = await busyWorld(SECOND_MS, 8 * BUFFER_BYTES);
  await made.runBusy();
  const sizes = made.sizes();
  const atFirst = SPAN_RAISED_AFTER_MS / SECOND_MS;
  expect(new Set(sizes.slice(0, atFirst))).toEqual(new Set([BUFFER_BYTES]));
  expect(Math.max(...sizes)).toBeGreaterThan(4 * BUFFER_BYTES);
  const head = await made.log.head(made.shard);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(head?.byteOffset);
});

test("with a transform a buffer stays a buffer; who falls behind asks for lanes, and how fast he was is noted", async () => {
  const made = await busyWorld(SECOND_MS, 2 * BUFFER_BYTES, { transform: TRANSFORM });
  await made.runBusy();
  expect(Math.max(...made.sizes())).toBe(BUFFER_BYTES);
  // Twice as much came as was delivered, and lanes are to be used to seven tenths: three.
  expect(await made.openCount()).toBe(3);
  const { lanes } = (await made.deliveryStreams.get(made.stream.name))!;
  expect(lanes?.readerBytesPerSecond).toBe(BUFFER_BYTES);
  for (const lane of lanes!.open) {
    expect(await made.readers.list(laneKey(made.stream, lane))).not.toEqual([]);
  }
});

test("who keeps up asks for nothing, nor who has less work than that", async () => {
  const slow = await busyWorld(SECOND_MS, BUFFER_BYTES, { transform: TRANSFORM });
  await slow.runBusy();
  expect(await slow.openCount()).toBe(1);
  const short = await busyWorld(LANE_BEHIND_AFTER_MS / 80, 2 * BUFFER_BYTES, {
    transform: TRANSFORM,
  });
  await short.runBusy();
  expect(await short.openCount()).toBe(1);
});

test("delivering does not fail where lanes cannot be opened", async () => {
  const made = await busyWorld(SECOND_MS, 2 * BUFFER_BYTES, { transform: TRANSFORM });
  let asked = 0;
  const deliveryStreams = {
    ...made.deliveryStreams,
    async update(): Promise<never> {
      asked += 1;
      throw new Error("busy");
    },
  };
  expect(await made.runBusy({ deliveryStreams })).toEqual({ kind: "done" });
  expect(asked).toBeGreaterThan(0);
});
