/**
 * A queue as SQS keeps it: messages show after their delay, hide while somebody has them, for as long as the queue says
 * or that worker, and show again unless they are deleted in time. Showing means that a worker is found for them.
 */
import type { Random } from "../../src/random.ts";
import type { HideMessage } from "../../src/readers/hidden-message.ts";
import type { Faults } from "./faults.ts";
import type { Process, Scheduler } from "./scheduler.ts";
import type { Wire } from "./wire.ts";

/** As the queues of work are configured. */
export const VISIBILITY_TIMEOUT_MS = 930_000;

export interface Message<Content> {
  readonly id: string;
  readonly content: Content;
  receiveCount: number;
  isDeleted: boolean;
  /** Ends the wait for the next showing. */
  cancelShowing: () => void;
}

export interface SimulatedQueue<Content> {
  /** The queue as a process sees it. */
  sendFrom(process: Process): (content: Content, delaySeconds: number) => Promise<void>;
  hideFrom(process: Process, message: Message<Content>): HideMessage;
  /** What Lambda does with a message that was served. */
  remove(message: Message<Content>): void;
  /** Without a wire: what other code paths put in. */
  push(content: Content, delayMs: number): void;
}

export interface QueueOptions<Content> {
  readonly scheduler: Scheduler;
  readonly wire: Wire;
  readonly faults: Faults;
  readonly random: Random;
  readonly labelOf: (content: Content) => string;
  /** Told when a message comes (1) and when it is gone (-1). */
  readonly onCount?: (content: Content, change: 1 | -1) => void;
  /** What it is sent is never lost: nothing else stands for it. */
  readonly losesNothing?: true;
  /** Gives a message to a worker; false when none is free. */
  readonly offer: (message: Message<Content>) => boolean;
  /** What finds no worker waits in order for the next that is free, as for pollers; absent: it shows again a while later. */
  readonly keepsOrder?: boolean;
}

const BUSY_RETRY_MS = 1000;
const POLL_MS = 10;

export function createQueue<Content>(options: QueueOptions<Content>): SimulatedQueue<Content> {
  const { scheduler, wire, faults, random, labelOf, offer, onCount, losesNothing } = options;
  const waiting: Message<Content>[] = [];
  let pushed = 0;

  function showAfter(message: Message<Content>, delayMs: number): void {
    message.cancelShowing();
    message.cancelShowing = scheduler.after(undefined, delayMs, "message shows", () => {
      if (message.isDeleted) return;
      if (options.keepsOrder) {
        waiting.push(message);
        if (waiting.length === 1) poll();
      } else if (!show(message)) showAfter(message, BUSY_RETRY_MS);
    });
  }

  function show(message: Message<Content>): boolean {
    if (!offer(message)) return false;
    const isShownTwice = faults.strikes("timerDoubled");
    showAfter(message, isShownTwice ? 0 : VISIBILITY_TIMEOUT_MS);
    return true;
  }

  function poll(): void {
    const taken = waiting.findIndex((message) => !message.isDeleted && !show(message));
    waiting.splice(0, taken < 0 ? waiting.length : taken);
    if (waiting.length > 0) scheduler.after(undefined, POLL_MS, "queue polls", poll);
  }

  function push(content: Content, delayMs: number): void {
    const cancelShowing = () => {};
    onCount?.(content, 1);
    const id = `message-${++pushed}`;
    showAfter({ id, content, receiveCount: 0, isDeleted: false, cancelShowing }, delayMs);
  }

  return {
    push,
    sendFrom: (process) => (content, delaySeconds) =>
      wire.call(process, "queue", `send ${labelOf(content)}`, async () => {
        if (faults.strikes("timerLost") && !losesNothing) return;
        const delayMs = delaySeconds * 1000;
        const isEarly = faults.strikes("timerEarly");
        push(content, isEarly ? random.fraction() * delayMs : delayMs);
        if (faults.strikes("timerDoubled")) push(content, delayMs * random.fraction() * 2);
      }),
    hideFrom: (process, message) => (seconds) =>
      wire.call(process, "queue", `hide for ${seconds} s`, async () => {
        if (!message.isDeleted) showAfter(message, seconds * 1000);
      }),
    remove(message) {
      if (!message.isDeleted) onCount?.(message.content, -1);
      message.isDeleted = true;
      message.cancelShowing();
    },
  };
}
