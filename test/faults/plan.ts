/** Which faults come when: a list that follows from the seed alone and is printed before the first of them. */
import type { Random } from "../../src/random.ts";

/** `services` runs S3 and SQS, and holds the life of `dynamodb`: when either dies, the stack gives up. */
export type EmbeddedProcess = "services" | "dynamodb";

export type Fault = {
  /** How long nothing is wrong before it. */
  readonly calmMs: number;
} & (
  | { readonly kind: "kill" }
  | { readonly kind: "restart" }
  | { readonly kind: "outage"; readonly durationMs: number }
  | { readonly kind: "kill amid an outage"; readonly durationMs: number }
  | { readonly kind: "freeze"; readonly process: EmbeddedProcess; readonly durationMs: number }
  /** What was under way when the process froze never comes to pass. */
  | {
      readonly kind: "kill amid a freeze";
      readonly process: EmbeddedProcess;
      readonly durationMs: number;
    }
  | { readonly kind: "lose"; readonly process: EmbeddedProcess }
);

/** A stack takes about this long to stand again. */
const RESTART_MS = 5000;
const CALM_MIN_MS = 500;
const CALM_MAX_MS = 7000;
const OUTAGE_MAX_MS = 9000;
/** Beyond the ten seconds after which a function's clients give a request up and repeat it. */
const FREEZE_MAX_MS = 13_000;
const FREEZE_BEFORE_KILL_MAX_MS = 1500;

export function planFaults(random: Random, durationMs: number): readonly Fault[] {
  const between = (min: number, max: number) => Math.round(min + random.fraction() * (max - min));
  const make: readonly ((calmMs: number) => Fault)[] = [
    (calmMs) => ({ kind: "kill", calmMs }),
    (calmMs) => ({ kind: "kill", calmMs }),
    (calmMs) => ({ kind: "kill", calmMs }),
    (calmMs) => ({ kind: "restart", calmMs }),
    (calmMs) => ({ kind: "outage", calmMs, durationMs: between(500, OUTAGE_MAX_MS) }),
    (calmMs) => ({ kind: "outage", calmMs, durationMs: between(500, OUTAGE_MAX_MS) }),
    (calmMs) => ({ kind: "kill amid an outage", calmMs, durationMs: between(500, OUTAGE_MAX_MS) }),
    (calmMs) => ({
      kind: "freeze",
      process: "services",
      calmMs,
      durationMs: between(200, FREEZE_MAX_MS),
    }),
    (calmMs) => ({
      kind: "freeze",
      process: "dynamodb",
      calmMs,
      durationMs: between(200, FREEZE_MAX_MS),
    }),
    (calmMs) => ({
      kind: "kill amid a freeze",
      process: "dynamodb",
      calmMs,
      durationMs: between(50, FREEZE_BEFORE_KILL_MAX_MS),
    }),
    (calmMs) => ({
      kind: "kill amid a freeze",
      process: "dynamodb",
      calmMs,
      durationMs: between(50, FREEZE_BEFORE_KILL_MAX_MS),
    }),
    (calmMs) => ({
      kind: "kill amid a freeze",
      process: "services",
      calmMs,
      durationMs: between(50, FREEZE_BEFORE_KILL_MAX_MS),
    }),
    (calmMs) => ({ kind: "lose", process: "services", calmMs }),
    (calmMs) => ({ kind: "lose", process: "dynamodb", calmMs }),
  ];
  const plan: Fault[] = [];
  let deck: (typeof make)[number][] = [];
  for (let atMs = 0; atMs < durationMs;) {
    if (deck.length === 0) deck = [...make];
    const [draw] = deck.splice(between(0, deck.length - 1), 1);
    const fault = draw?.(between(CALM_MIN_MS, CALM_MAX_MS));
    if (fault === undefined) break;
    plan.push(fault);
    atMs += fault.calmMs + lengthMs(fault);
  }
  return plan;
}

/** Kills now and then, most of them while S3 is away, between which a stack gets its work done. */
export function planForUpdates(random: Random, durationMs: number): readonly Fault[] {
  const plan: Fault[] = [];
  for (let atMs = 0; atMs < durationMs;) {
    const calmMs = Math.round(10_000 + random.fraction() * 15_000);
    const chance = random.fraction();
    // Amid an outage of S3 there are plans that are not carried out yet; an update comes before they are.
    if (chance < 0.6) plan.push({ kind: "kill amid an outage", calmMs, durationMs: 3000 });
    else plan.push({ kind: chance < 0.85 ? "kill" : "restart", calmMs });
    atMs += calmMs + RESTART_MS;
  }
  return plan;
}

/** A kill and a restart, with time before and behind each in which lanes may open. */
export function planForLanes(durationMs: number): readonly Fault[] {
  const calmMs = Math.round(durationMs / 3);
  return [
    { kind: "kill", calmMs },
    { kind: "restart", calmMs },
  ];
}

/** About how long the fault lasts. */
function lengthMs(fault: Fault): number {
  switch (fault.kind) {
    case "kill":
    case "restart":
    case "lose":
      return RESTART_MS;
    case "kill amid an outage":
    case "kill amid a freeze":
      return fault.durationMs + RESTART_MS;
    case "outage":
    case "freeze":
      return fault.durationMs;
  }
}

export function describeFault(fault: Fault): string {
  const target = "process" in fault ? ` ${fault.process}` : "";
  const duration = "durationMs" in fault ? ` for ${fault.durationMs} ms` : "";
  return `${fault.kind}${target}${duration}`;
}
