/** Histories of consumers, written by hand. */
import type { Untimed } from "../stage.ts";
import { checkConsumers, type ConsumerCheckOptions } from "./checker.ts";
import type { ConsumerEvent, MappingFacts, Outcome, RecordKind } from "./history.ts";

export type Happening = Untimed<ConsumerEvent>;

export const MAPPING = "m";
const OPTIONS: ConsumerCheckOptions = {
  retentionMs: 3_600_000,
  clockSkewMs: 0,
  isCalm: false,
};

export const shard = (index: number, ...parents: number[]): Happening => ({
  kind: "shard",
  shard: index,
  stream: Math.floor(index / 100),
  parents,
});
export const mapping = (facts: Partial<MappingFacts> = {}): Happening => ({
  kind: "mapping",
  mapping: MAPPING,
  revision: 1,
  status: "enabled",
  stream: 0,
  startsAtMs: Infinity,
  bisects: false,
  windowSeconds: 0,
  destination: "queue",
  ...facts,
});
export const silentMapping = (facts: Partial<MappingFacts> = {}): Happening => {
  const { destination: _nobody, ...silent } = { destination: "", ...mapping(facts) };
  return silent as Happening;
};
export const opened = (index: number, block = 0): Happening => ({
  kind: "opened",
  mapping: MAPPING,
  shard: index,
  block,
});
export const ended = (index: number): Happening => ({
  kind: "ended",
  mapping: MAPPING,
  shard: index,
  epoch: 1,
});
/** From then on, a run with that lease goes by its mapping as it was at that revision. */
export const leased = (epoch: number, revision: number): Happening => ({
  kind: "leased",
  mapping: MAPPING,
  shard: 0,
  epoch,
  revision,
});
/** What another run than the first does. */
export const by = (epoch: number, happening: Happening): Happening =>
  ({ ...happening, epoch }) as Happening;

/** `logged("0/2", "a1", "b1")`: block 2 of shard 0 with the first record of the keys a and b. */
export function logged(place: string, ...names: readonly string[]): Happening {
  const [index = 0, block = 0] = place.split("/").map(Number);
  const records = names.map((name, position) => {
    const kind: RecordKind = "plain";
    return { id: `${index}/${block}/${position}/0`, name, key: name[0]!, kind };
  });
  return { kind: "logged", shard: index, block, arrivedAtMs: 0, records };
}

export const id = (place: string) => `${place}/0`;

export function invoked(call: number, ...places: readonly string[]): Happening {
  const records = places.map(id);
  const recordCount = records.length;
  const reader = { mapping: MAPPING, shard: Number(places[0]!.split("/")[0]), epoch: 1 };
  return { kind: "invoked", call, ...reader, records, recordCount };
}
export const returned = (call: number, outcome: Outcome): Happening => ({
  kind: "returned",
  call,
  outcome,
});
export const handled = (call: number, ...places: readonly string[]): Happening[] => [
  invoked(call, ...places),
  returned(call, { kind: "success" }),
];
export const failed = (call: number, ...places: readonly string[]): Happening[] => [
  invoked(call, ...places),
  returned(call, { kind: "failure" }),
];
export const reported = (invokeCount: number, ...places: readonly string[]): Happening => ({
  kind: "reported",
  mapping: MAPPING,
  shard: Number(places[0]![0]),
  epoch: 1,
  destination: "queue",
  condition: "RetryAttemptsExhausted",
  invokeCount,
  records: places.map(id),
  recordCount: places.length,
});
export const progress = (block: number, ...lanes: [number, number, number][]): Happening => ({
  kind: "progress",
  mapping: MAPPING,
  shard: 0,
  epoch: 1,
  block,
  lanes,
});

export const BEGIN = [shard(0), mapping(), opened(0)];

/** One event a second. */
function history(...happenings: readonly Happening[]): ConsumerEvent[] {
  return happenings.map((happening, i) => ({ ...happening, atMs: i * 1000 }));
}

export function guarantees(
  happenings: readonly Happening[],
  options: Partial<ConsumerCheckOptions> = {},
): string[] {
  const events = history(...happenings);
  return checkConsumers(events, { ...OPTIONS, ...options }).map(({ guarantee }) => guarantee);
}
