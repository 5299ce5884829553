/** Keeps the sweep's rule on while buffers are open, at the price of a call now and then. */
import type { Clock } from "../clock.ts";

/** The rule that calls the sweep. */
export interface SweepRule {
  enable(): Promise<void>;
  disable(): Promise<void>;
}

/** Well under the sweep's own minute: it may just have switched itself off. */
const REPEAT_AFTER_MS = 30_000;

export class SweepSwitch {
  readonly #rule: SweepRule;
  readonly #clock: Clock;
  #enabledAtMs = Number.NEGATIVE_INFINITY;

  constructor(rule: SweepRule, clock: Clock) {
    this.#rule = rule;
    this.#clock = clock;
  }

  async keepOn(): Promise<void> {
    const now = this.#clock.now();
    if (now - this.#enabledAtMs < REPEAT_AFTER_MS) return;
    await this.#rule.enable();
    this.#enabledAtMs = now;
  }
}
