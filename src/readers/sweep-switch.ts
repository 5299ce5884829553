/**
 * The rule that calls the sweep, on while there is work for it. Three things make sure that no work is left to a rule
 * that is off:
 *
 *   who brings work     notes it, then switches the rule on; one who did the latter a moment ago relies on that
 *   the sweep           finds no note, switches the rule off, waits for longer than that moment, and looks once more
 *   a sweep that died   is called again by Lambda, and switches the rule on when it finds a note
 *
 *     sweep    ── no note ── off ─────────── waits ─────────── looks
 *     note 1                      ▲ before the look: it is seen, and the rule is on again
 *     note 2                                                        ▲ behind it: whoever it is switched the rule on
 *                                                                     less than a moment ago, so after it went off
 */
import { type Clock, isFresh } from "../clock.ts";
import { SWEEP_SECOND_LOOK_MS, SWEEP_TRUST_MS } from "../limits.ts";
import { type Random, randomHex } from "../random.ts";
import { SWEEP_NOTE_TOKEN_BYTES, type SweepNote, type SweepNotes } from "./sweep-notes.ts";

export interface SweepRule {
  enable(): Promise<void>;
  disable(): Promise<void>;
}

/** Calls the sweep for a subject; when it returns, the sweep is sure to look at it. */
export interface SweepCaller {
  callFor(subject: SweepNote["subject"]): Promise<void>;
}

export interface SweepSwitchPorts {
  readonly notes: Pick<SweepNotes, "put">;
  readonly rule: Pick<SweepRule, "enable">;
  readonly clock: Clock;
  readonly random: Random;
}

export class SweepSwitch implements SweepCaller {
  readonly #ports: SweepSwitchPorts;
  /** By when the request was begun: it cannot have taken effect earlier. */
  #enabling: { readonly startedAtMs: number; readonly done: Promise<void> } | undefined;

  constructor(ports: SweepSwitchPorts) {
    this.#ports = ports;
  }

  async callFor(subject: SweepNote["subject"]): Promise<void> {
    const { notes, clock, random } = this.#ports;
    await notes.put({
      subject,
      token: randomHex(random, SWEEP_NOTE_TOKEN_BYTES),
      atMs: clock.now(),
    });
    // After the note: were it before, the last look might fall between the two.
    await this.#switchOn();
  }

  #switchOn(): Promise<void> {
    const { rule, clock } = this.#ports;
    const startedAtMs = clock.now();
    const last = this.#enabling;
    if (last && isFresh(last.startedAtMs, startedAtMs, SWEEP_TRUST_MS)) return last.done;
    const done = rule.enable();
    const enabling = { startedAtMs, done };
    this.#enabling = enabling;
    done.catch(() => {
      if (this.#enabling === enabling) this.#enabling = undefined;
    });
    return done;
  }
}

/** The sweep's own end of it. `look` does what there is to do, and answers whether a note is left. */
export async function switchByNeed(
  {
    rule,
    notes,
    clock,
  }: {
    readonly rule: SweepRule;
    readonly notes: Pick<SweepNotes, "list">;
    readonly clock: Clock;
  },
  look: () => Promise<boolean>,
): Promise<void> {
  // Also where it is on: an earlier run may have died before its second look.
  if (await look()) return rule.enable();
  await rule.disable();
  await clock.sleep(SWEEP_SECOND_LOOK_MS);
  if ((await notes.list()).length > 0) await rule.enable();
}
