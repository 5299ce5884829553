/**
 * Tells pollers that something may have happened. Their looks at an idle stack can be seldom then, and what does happen
 * is seen at once all the same.
 */
export class Nudge {
  readonly #waiting = new Set<() => void>();
  #count = 0;

  /** Nudges given so far. */
  get count(): number {
    return this.#count;
  }

  /** Ends all waits. */
  give(): void {
    this.#count++;
    for (const end of this.#waiting) end();
  }

  /**
   * Waits for so long, for the signal, or for a nudge: one that comes now, or has come since `count` was taken.
   * Answers whether there was one.
   */
  wait(durationMs: number, signal: AbortSignal, count: number): Promise<boolean> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve(false);
      if (count !== this.#count) return resolve(true);
      const end = (isNudged: boolean) => {
        clearTimeout(timer);
        this.#waiting.delete(nudged);
        signal.removeEventListener("abort", aborted);
        resolve(isNudged);
      };
      const nudged = () => end(true);
      const aborted = () => end(false);
      const timer = setTimeout(() => end(false), durationMs);
      this.#waiting.add(nudged);
      signal.addEventListener("abort", aborted);
    });
  }
}

/** Operations that write nothing a poller would see. */
const READS = /\.(Get|List|Describe|Subscribe)/;

/** @param target the value of `X-Amz-Target` */
export function mayWrite(target: string | undefined): boolean {
  return target !== undefined && !READS.test(target);
}
