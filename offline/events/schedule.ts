/**
 * The rules of `schedule` events. Every rule fires once at the start, whatever its state: a stack that was
 * killed may have lost wake-ups, and the sweep is what repairs them.
 */
import { ACCOUNT_ID, REGION } from "../aws-json.ts";
import type { Invoke } from "../invoke.ts";

export interface Rule {
  readonly name: string;
  readonly functionName: string;
  readonly everyMs: number;
  readonly isEnabled: boolean;
}

export interface Schedule {
  /** Answers false when there is no such rule. */
  setEnabled(name: string, isEnabled: boolean): boolean;
  stop(): void;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/** `rate(5 minutes)` → 300000. */
export function parseRate(expression: string): number {
  const match = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression);
  const unit = UNIT_MS[match?.[2] ?? ""];
  if (match === null || unit === undefined) {
    throw new Error(`offline, schedules are rates such as rate(1 minute); found ${expression}`);
  }
  return Number(match[1]) * unit;
}

export function startSchedule(
  rules: readonly Rule[],
  invoke: Invoke,
  report: (error: unknown) => void,
): Schedule {
  const enabled = new Map(rules.map(({ name, isEnabled }) => [name, isEnabled]));
  const fire = async ({ name, functionName }: Rule) => {
    const outcome = await invoke(functionName, scheduledEvent(name));
    if (outcome.kind === "failed") report(new Error(`${functionName} failed: ${outcome.message}`));
  };
  const timers = rules.map((rule) => {
    void fire(rule);
    return setInterval(() => {
      if (enabled.get(rule.name) === true) void fire(rule);
    }, rule.everyMs);
  });
  return {
    setEnabled(name, isEnabled) {
      if (!enabled.has(name)) return false;
      enabled.set(name, isEnabled);
      return true;
    },
    stop() {
      for (const timer of timers) clearInterval(timer);
    },
  };
}

function scheduledEvent(ruleName: string) {
  return {
    version: "0",
    id: crypto.randomUUID(),
    "detail-type": "Scheduled Event",
    source: "aws.events",
    account: ACCOUNT_ID,
    time: new Date().toISOString(),
    region: REGION,
    resources: [`arn:aws:events:${REGION}:${ACCOUNT_ID}:rule/${ruleName}`],
    detail: {},
  };
}
