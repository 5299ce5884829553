/** Keeps the sweep's rule on while there is work for it, at the price of a call now and then. */
import type { Clock } from "../clock.ts";

/** The rule that calls the sweep. */
export interface SweepRule {
  enable(): Promise<void>;
  disable(): Promise<void>;
}

/**
 * The sweep's own end of it: the rule goes off when there is no work, and on again if a second look finds some, for
 * whoever brought it may have switched the rule on just before it went off.
 */
export async function switchByNeed(
  rule: SweepRule,
  hasWork: () => Promise<boolean>,
): Promise<void> {
  if (!(await hasWork())) {
    await rule.disable();
    if (!(await hasWork())) return;
  }
  // Also where it is on: an earlier run may have died between its two looks.
  await rule.enable();
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
