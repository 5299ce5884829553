/** A worker that dies is missed within a minute, one that lives is never doubled: the queue of the simulation, in virtual time. */
import { expect, test } from "vitest";
import { whileHidden } from "../../src/readers/hidden-message.ts";
import { createQueue, type Message, VISIBILITY_TIMEOUT_MS } from "./queue.ts";
import type { Process } from "./scheduler.ts";
import { createStage } from "./stage.ts";

type Worker = typeof whileHidden<void>;

/** One message, and a worker that takes `workMs` for it unless it dies after `dieAfterMs`. */
async function run(seed: number, worker: Worker, workMs: number, dieAfterMs = Infinity) {
  const stage = createStage({ seed, weather: "calm", world: "delivery", isLimited: false });
  const { scheduler } = stage;
  const shownAtMs: number[] = [];
  let diedAtMs: number | undefined;
  const queue = createQueue<string>({
    ...stage,
    labelOf: (content) => content,
    offer(message: Message<string>) {
      shownAtMs.push(scheduler.now());
      void work(message, stage.spawn("worker"));
      return true;
    },
  });

  async function work(message: Message<string>, process: Process) {
    const clock = scheduler.clockOf(process);
    const isFirst = shownAtMs.length === 1;
    if (isFirst && dieAfterMs < Infinity) {
      scheduler.after(undefined, dieAfterMs, "death", () => {
        diedAtMs = scheduler.now();
        stage.crash(process);
      });
    }
    await worker({ clock, hide: queue.hideFrom(process, message) }, () => clock.sleep(workMs));
    queue.remove(message);
    stage.end(process);
  }

  queue.push("work", 0);
  const endMs = scheduler.now() + 3 * VISIBILITY_TIMEOUT_MS;
  await scheduler.run({ isOver: () => scheduler.now() >= endMs });
  const [, second] = shownAtMs;
  return { shownCount: shownAtMs.length, missedAfterMs: (second ?? Infinity) - (diedAtMs ?? 0) };
}

const SEEDS = Array.from({ length: 40 }, (_, i) => i + 1);
/** A mutant: hidden for as long as its function may run, whether it lives or not. */
const withoutHeartbeat: Worker = (_, work) => work();
/** A mutant: hidden for a minute, however long the work takes. */
const withOneBeat: Worker = async ({ hide }, work) => {
  await hide(60);
  return work();
};

test.each(SEEDS)("with seed %i", async (seed) => {
  // From a second, within which the first act has been done, to the function's limit.
  const dieAfterMs = 1000 + 22_000 * (seed - 1);
  const { missedAfterMs, shownCount } = await run(seed, whileHidden, 900_000, dieAfterMs);
  expect(missedAfterMs).toBeLessThanOrEqual(60_000);
  expect(shownCount).toBe(2);
  expect(await run(seed, whileHidden, dieAfterMs)).toMatchObject({ shownCount: 1 });
});

test("the mutants are caught", async () => {
  const late = await run(1, withoutHeartbeat, 900_000, 1000);
  expect(late.missedAfterMs).toBeGreaterThan(900_000);
  expect((await run(1, withOneBeat, 100_000)).shownCount).toBeGreaterThan(1);
});
