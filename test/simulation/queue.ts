/**
 * The work queue as SQS keeps it: messages show after their delay, hide while somebody has them, and show again
 * unless they are deleted in time. Showing means that a worker is found for them.
 */
import type { WakeUp } from "../../src/readers/store.ts";
import type { Random } from "../../src/random.ts";
import type { Faults } from "./faults.ts";
import type { Process, Scheduler } from "./scheduler.ts";
import type { Wire } from "./wire.ts";

/** As the deliver queue is configured. */
export const VISIBILITY_TIMEOUT_MS = 930_000;

export interface Message {
  readonly wakeUp: WakeUp;
  receiveCount: number;
  isDeleted: boolean;
  /** Ends the wait for the next showing. */
  cancelShowing: () => void;
}

export interface SimulatedQueue {
  /** The queue as a process sees it. */
  sendFrom(process: Process): (wakeUp: WakeUp, delaySeconds: number) => Promise<void>;
  handBackFrom(process: Process): (message: Message, delaySeconds: number) => Promise<void>;
  /** What Lambda does with a message that was served. */
  remove(message: Message): void;
  /** Without a wire: what other code paths put in. */
  push(wakeUp: WakeUp, delayMs: number): void;
}

export interface QueueOptions {
  readonly scheduler: Scheduler;
  readonly wire: Wire;
  readonly faults: Faults;
  readonly random: Random;
  /** Gives a message to a worker; false when none is free, then it shows again soon. */
  readonly offer: (message: Message) => boolean;
}

const BUSY_RETRY_MS = 1000;

export function createQueue(options: QueueOptions): SimulatedQueue {
  const { scheduler, wire, faults, random, offer } = options;

  function showAfter(message: Message, delayMs: number): void {
    message.cancelShowing();
    message.cancelShowing = scheduler.after(undefined, delayMs, "message shows", () => {
      if (message.isDeleted) return;
      if (!offer(message)) return showAfter(message, BUSY_RETRY_MS);
      const isShownTwice = faults.strikes("timerDoubled");
      showAfter(message, isShownTwice ? 0 : VISIBILITY_TIMEOUT_MS);
    });
  }

  function push(wakeUp: WakeUp, delayMs: number): void {
    const cancelShowing = () => {};
    showAfter({ wakeUp, receiveCount: 0, isDeleted: false, cancelShowing }, delayMs);
  }

  return {
    push,
    sendFrom: (process) => (wakeUp, delaySeconds) =>
      wire.call(process, "queue", `send ${wakeUp.readerId}@${wakeUp.blockIndex}`, async () => {
        if (faults.strikes("timerLost")) return;
        const delayMs = delaySeconds * 1000;
        const isEarly = faults.strikes("timerEarly");
        push(wakeUp, isEarly ? random.fraction() * delayMs : delayMs);
        if (faults.strikes("timerDoubled")) push(wakeUp, delayMs * random.fraction() * 2);
      }),
    handBackFrom: (process) => (message, delaySeconds) =>
      wire.call(process, "queue", "hand back", async () => {
        if (!message.isDeleted) showAfter(message, delaySeconds * 1000);
      }),
    remove(message) {
      message.isDeleted = true;
      message.cancelShowing();
    },
  };
}
