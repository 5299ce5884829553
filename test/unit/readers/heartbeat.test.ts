/** A heartbeat beside a piece of work. */
import { expect, test } from "vitest";
import { whileBeating } from "../../../src/readers/heartbeat.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";

test("beats while the work goes on, and not after it", async () => {
  const clock = steppingClock(0);
  const beats: number[] = [];
  const beat = async () => void beats.push(clock.now());
  const work = () => clock.sleep(25).then(() => "done");
  expect(await whileBeating({ clock, everyMs: 10, beat }, work)).toBe("done");
  expect(beats).toEqual([10, 20]);
  expect(clock.sleeperCount()).toBe(0);
});

test("begins at once where it is told to", async () => {
  const clock = steppingClock(0);
  const beats: number[] = [];
  const beat = async () => void beats.push(clock.now());
  const options = { clock, everyMs: 10, beat, beginsAtOnce: true } as const;
  await whileBeating(options, () => clock.sleep(15));
  expect(beats).toEqual([0, 10]);
});

test("returns only when the beat that is under way is over: what comes next must not be overtaken by it", async () => {
  const clock = steppingClock(0);
  let isOver = false;
  const beat = async () => {
    await clock.sleep(50);
    isOver = true;
  };
  await whileBeating({ clock, everyMs: 10, beat, beginsAtOnce: true }, () => clock.sleep(5));
  expect(isOver).toBe(true);
});

test("goes on beating when a beat fails, and leaves the work's failure as it is", async () => {
  const clock = steppingClock(0);
  let count = 0;
  const beat = () => Promise.reject(new Error(`beat ${++count}`));
  const work = async () => {
    await clock.sleep(35);
    throw new Error("the work's own");
  };
  await expect(whileBeating({ clock, everyMs: 10, beat }, work)).rejects.toThrow("the work's own");
  expect(count).toBe(3);
});
