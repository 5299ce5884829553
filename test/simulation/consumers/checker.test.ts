import { describe, expect, test } from "vitest";
import type { Untimed } from "../stage.ts";
import { checkConsumers, type ConsumerCheckOptions } from "./checker.ts";
import type { ConsumerEvent, MappingFacts, Outcome, RecordKind } from "./history.ts";

type Happening = Untimed<ConsumerEvent>;

const MAPPING = "m";
const OPTIONS: ConsumerCheckOptions = { retentionMs: 3_600_000, clockSkewMs: 0, isCalm: false };

const shard = (index: number, ...parents: number[]): Happening => ({
  kind: "shard",
  shard: index,
  stream: Math.floor(index / 100),
  parents,
});
const mapping = (facts: Partial<MappingFacts> = {}): Happening => ({
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
const silentMapping = (facts: Partial<MappingFacts> = {}): Happening => {
  const { destination: _nobody, ...silent } = { destination: "", ...mapping(facts) };
  return silent as Happening;
};
const opened = (index: number, block = 0): Happening => ({
  kind: "opened",
  mapping: MAPPING,
  shard: index,
  block,
});
const ended = (index: number): Happening => ({
  kind: "ended",
  mapping: MAPPING,
  shard: index,
  epoch: 1,
});
/** From then on, a run with that lease goes by its mapping as it was at that revision. */
const leased = (epoch: number, revision: number): Happening => ({
  kind: "leased",
  mapping: MAPPING,
  shard: 0,
  epoch,
  revision,
});
/** What another run than the first does. */
const by = (epoch: number, happening: Happening): Happening =>
  ({ ...happening, epoch }) as Happening;

/** `logged("0/2", "a1", "b1")`: block 2 of shard 0 with the first record of the keys a and b. */
function logged(place: string, ...names: readonly string[]): Happening {
  const [index = 0, block = 0] = place.split("/").map(Number);
  const records = names.map((name, position) => {
    const kind: RecordKind = "plain";
    return { id: `${index}/${block}/${position}/0`, name, key: name[0]!, kind };
  });
  return { kind: "logged", shard: index, block, arrivedAtMs: 0, records };
}

const id = (place: string) => `${place}/0`;

function invoked(call: number, ...places: readonly string[]): Happening {
  const records = places.map(id);
  const recordCount = records.length;
  const reader = { mapping: MAPPING, shard: Number(places[0]!.split("/")[0]), epoch: 1 };
  return { kind: "invoked", call, ...reader, records, recordCount };
}
const returned = (call: number, outcome: Outcome): Happening => ({
  kind: "returned",
  call,
  outcome,
});
const handled = (call: number, ...places: readonly string[]): Happening[] => [
  invoked(call, ...places),
  returned(call, { kind: "success" }),
];
const failed = (call: number, ...places: readonly string[]): Happening[] => [
  invoked(call, ...places),
  returned(call, { kind: "failure" }),
];
const reported = (invokeCount: number, ...places: readonly string[]): Happening => ({
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
const progress = (block: number, ...lanes: [number, number, number][]): Happening => ({
  kind: "progress",
  mapping: MAPPING,
  shard: 0,
  epoch: 1,
  block,
  lanes,
});

const BEGIN = [shard(0), mapping(), opened(0)];

/** One event a second. */
function history(...happenings: readonly Happening[]): ConsumerEvent[] {
  return happenings.map((happening, i) => ({ ...happening, atMs: i * 1000 }));
}

function guarantees(
  happenings: readonly Happening[],
  options: Partial<ConsumerCheckOptions> = {},
): string[] {
  const events = history(...happenings);
  return checkConsumers(events, { ...OPTIONS, ...options }).map(({ guarantee }) => guarantee);
}

describe("a history without fault", () => {
  test("passes when every record is handled in turn, across a split and after failures", () => {
    const events = [
      ...BEGIN,
      logged("0/0", "a1", "b1"),
      { kind: "sent", names: ["a2"] } as const,
      logged("0/1", "a2"),
      { kind: "acknowledged", name: "a2", id: "0/1/0/0" } as const,
      shard(1, 0),
      logged("1/0", "a3"),
      ...failed(1, "0/0/0", "0/0/1"),
      ...handled(2, "0/0/0", "0/0/1"),
      progress(1, [1, 0, 0]),
      ...handled(3, "0/1/0"),
      ended(0),
      opened(1),
      ...handled(4, "1/0/0"),
    ];
    expect(guarantees(events)).toEqual([]);
  });

  test("may send again what was sent, save in calm", () => {
    const events = [...BEGIN, logged("0/0", "a1"), ...handled(1, "0/0/0"), ...handled(2, "0/0/0")];
    expect(guarantees(events)).toEqual([]);
    expect(guarantees(events, { isCalm: true })).toEqual(["G10"]);
  });

  test("owes nothing for records before its reader's beginning, unwanted or expired ones", () => {
    const log = [logged("0/0", "a1"), logged("0/1", "a2")];
    expect(guarantees([shard(0), mapping(), opened(0, 2), ...log])).toEqual([]);
    const picky = [shard(0), mapping({ wantedKinds: ["other"] }), opened(0), ...log];
    expect(guarantees([...picky, progress(2, [2, 0, 0])])).toEqual([]);
    expect(guarantees([...BEGIN, ...log], { retentionMs: 1000 })).toEqual([]);
  });
});

test("G1 is broken by an acknowledged record that is not where it was said to be", () => {
  const acknowledged = { kind: "acknowledged", name: "a1", id: "0/0/0/0" } as const;
  expect(guarantees([shard(0), acknowledged])).toEqual(["G1"]);
  expect(guarantees([shard(0), logged("0/0", "a2"), acknowledged])).toEqual(["G1"]);
});

test("G2 is broken by a record that stands before one of its key that was acknowledged first", () => {
  const events: Happening[] = [
    shard(0),
    logged("0/0", "a2"),
    logged("0/1", "a1"),
    { kind: "sent", names: ["a1"] },
    { kind: "acknowledged", name: "a1", id: "0/1/0/0" },
    { kind: "sent", names: ["a2"] },
    { kind: "acknowledged", name: "a2", id: "0/0/0/0" },
  ];
  expect(guarantees(events)).toEqual(["G2"]);
});

describe("G4 is broken by", () => {
  const log = [...BEGIN, logged("0/0", "a1"), logged("0/1", "a2")];

  test("progress behind a record that is not done", () => {
    const rest = [...handled(1, "0/0/0"), ...handled(2, "0/1/0")];
    expect(guarantees([...log, progress(1, [1, 0, 0]), ...rest])).toEqual(["G4"]);
  });

  test("progress that goes back", () => {
    const before = [...log, ...handled(1, "0/0/0", "0/1/0"), progress(2, [2, 0, 0])];
    expect(guarantees([...before, progress(2, [1, 0, 0])])).toEqual(["G4"]);
    expect(guarantees([...before, progress(1, [2, 0, 0])])).toEqual(["G4"]);
  });

  test("a shard that ends before all of it is done", () => {
    const before = [...log, ...handled(1, "0/0/0")];
    expect(guarantees([...before, ended(0), ...handled(2, "0/1/0")])).toEqual(["G4"]);
  });
});

describe("G6 is broken by", () => {
  test("a record that is sent before an earlier one of its key is done", () => {
    const log = [...BEGIN, logged("0/0", "a1", "b1", "a2")];
    const rest = [...handled(2, "0/0/0"), ...handled(3, "0/0/1")];
    expect(guarantees([...log, ...handled(1, "0/0/2"), ...rest])).toEqual(["G6"]);
    expect(guarantees([...log, ...failed(1, "0/0/0"), ...handled(4, "0/0/2"), ...rest])).toEqual([
      "G6",
    ]);
    expect(guarantees([...log, ...handled(1, "0/0/0"), ...handled(4, "0/0/2"), ...rest])).toEqual(
      [],
    );
  });

  test("a batch in another order", () => {
    const log = [...BEGIN, logged("0/0", "a1", "a2")];
    expect(guarantees([...log, ...handled(1, "0/0/1", "0/0/0")])).toContain("G6");
  });

  test("a child that is begun before its second parent is done", () => {
    const log = [
      shard(0),
      shard(1),
      shard(2, 0, 1),
      mapping(),
      opened(0),
      opened(1),
      logged("1/0", "b1"),
      logged("2/0", "a1"),
    ];
    const events = [...log, ended(0), opened(2), ...handled(1, "1/0/0"), ...handled(2, "2/0/0")];
    expect(guarantees(events)).toEqual(["G6"]);
  });
});

describe("giving up", () => {
  const given = [shard(0), mapping({ maximumRetryCount: 1 }), opened(0), logged("0/0", "a1", "a2")];
  const twice = [...failed(1, "0/0/0"), ...failed(2, "0/0/0")];

  test("lets the next record go once it is reported, and not before", () => {
    const next = handled(3, "0/0/1");
    expect(guarantees([...given, ...twice, reported(2, "0/0/0"), ...next])).toEqual([]);
    expect(guarantees([...given, ...twice, ...next, reported(2, "0/0/0")])).toEqual(["G6"]);
  });

  test("needs no report where there is no destination", () => {
    const silent = silentMapping({ maximumRetryCount: 1 });
    const log = [shard(0), silent, opened(0), logged("0/0", "a1", "a2")];
    const passed = progress(1, [1, 0, 0]);
    expect(guarantees([...log, ...twice, ...handled(3, "0/0/1"), passed])).toEqual([]);
    expect(guarantees([...log, ...failed(1, "0/0/0"), ...handled(3, "0/0/1"), passed])).toEqual([
      "G6",
      "G4",
    ]);
  });

  test("breaks G10 after too few failures", () => {
    const events = [...given, ...failed(1, "0/0/0"), reported(1, "0/0/0"), ...handled(3, "0/0/1")];
    expect(guarantees(events)).toEqual(["G10"]);
  });

  test("breaks G10 for more than one record where batches are bisected", () => {
    const bisecting = mapping({ maximumRetryCount: 0, bisects: true });
    const log = [shard(0), bisecting, opened(0), logged("0/0", "a1", "b1")];
    const alone = [...failed(1, "0/0/0"), ...failed(2, "0/0/1")];
    expect(guarantees([...log, ...alone, reported(1, "0/0/0", "0/0/1")])).toEqual(["G10"]);
  });
});

describe("G7 is broken by", () => {
  test("a record that is never done, and a reader that lags", () => {
    expect(guarantees([...BEGIN, logged("0/0", "a1")])).toEqual(["G7"]);
    const at = { kind: "settled", mapping: MAPPING, shard: 0, isEnded: false } as const;
    expect(guarantees([...BEGIN, { ...at, block: 0, head: 1, isSealed: false }])).toEqual(["G7"]);
    expect(guarantees([...BEGIN, { ...at, block: 1, head: 1, isSealed: true }])).toEqual(["G7"]);
  });

  test("a record that waits longer than promised", () => {
    const events: Happening[] = [
      ...BEGIN,
      logged("0/0", "a1"),
      { kind: "sent", names: ["a1"] },
      { kind: "acknowledged", name: "a1", id: "0/0/0/0" },
      ...handled(1, "0/0/0"),
    ];
    expect(guarantees(events, { promptMs: 2000 })).toEqual([]);
    expect(guarantees(events, { promptMs: 1999 })).toEqual(["G7"]);
  });
});

test("G8 is broken by messages that become more and more", () => {
  const messages = (count: number): Happening => ({
    kind: "messages",
    mapping: MAPPING,
    shard: 0,
    count,
  });
  expect(guarantees([...BEGIN, messages(20)])).toEqual([]);
  expect(guarantees([...BEGIN, messages(20)], { isCalm: true })).toEqual(["G8"]);
  expect(guarantees([...BEGIN, messages(30)])).toEqual(["G8"]);
});

test("G10 is broken by what is not wanted, by a failed batch that changes, and by one fed while disabled", () => {
  const log = logged("0/0", "a1", "a2");
  const picky = [shard(0), mapping({ wantedKinds: ["other"] }), opened(0), log];
  const passed = progress(1, [1, 0, 0]);
  expect(guarantees([...picky, ...handled(1, "0/0/0"), passed])).toEqual(["G10"]);
  const changed = [...BEGIN, log, ...failed(1, "0/0/0"), ...handled(2, "0/0/0", "0/0/1")];
  expect(guarantees(changed, { isCalm: true })).toEqual(["G10"]);
  const later = Array.from({ length: 11 }, () => progress(0, [0, 0, 0]));
  const disabled = [...BEGIN, log, mapping({ status: "disabled" }), ...later];
  const fed = [...disabled, ...handled(1, "0/0/0", "0/0/1")];
  expect(guarantees(fed, { isCalm: true })).toEqual(["G10"]);
});

describe("a mapping that is changed", () => {
  const log = [...BEGIN, leased(1, 1), logged("0/0", "a1", "a2")];
  const picky = mapping({ revision: 2, wantedKinds: ["other"] });
  const behind = progress(1, [1, 0, 0]);

  test("lets each run go by the filter that it has begun with", () => {
    const old = [...log, picky, ...handled(1, "0/0/0"), ...handled(2, "0/0/1")];
    expect(guarantees(old)).toEqual([]);
    const next = [...log, picky, leased(2, 2)];
    expect(guarantees([...next, by(2, behind)])).toEqual([]);
    expect(guarantees([...next, behind])).toEqual(["G4", "G4"]);
    const sent = [by(2, invoked(1, "0/0/0")), returned(1, { kind: "success" }), by(2, behind)];
    expect(guarantees([...next, ...sent])).toEqual(["G10"]);
  });

  test("owes nothing more for what was passed when it was not wanted", () => {
    const wide = mapping({ revision: 3 });
    expect(guarantees([...log, picky, leased(2, 2), by(2, behind), wide])).toEqual([]);
    expect(guarantees([...log, picky, leased(2, 2), wide])).toEqual(["G7", "G7"]);
  });

  test("has what is given up reported where the run was told to", () => {
    const given = [
      shard(0),
      mapping({ maximumRetryCount: 0 }),
      opened(0),
      leased(1, 1),
      logged("0/0", "a1"),
      ...failed(1, "0/0/0"),
      mapping({ revision: 2, maximumRetryCount: 0, destination: "bucket" }),
    ];
    expect(guarantees([...given, reported(1, "0/0/0"), behind])).toEqual([]);
    const late = by(2, reported(1, "0/0/0"));
    expect(guarantees([...given, leased(2, 2), late, behind])).toEqual(["G10"]);
    const silent = silentMapping({ revision: 3, maximumRetryCount: 0 });
    expect(guarantees([...given, silent, behind])).toEqual(["G4"]);
    expect(guarantees([...given, silent, leased(3, 3), by(3, behind)])).toEqual([]);
  });

  test("may give up an aggregate that comes whole, where single records are asked for", () => {
    const bisecting = mapping({ maximumRetryCount: 0, bisects: true });
    const two = [shard(0), bisecting, opened(0), logged("0/0", "a1", "a2")];
    const whole = (happening: Happening) => ({ ...happening, recordCount: 1 }) as Happening;
    const [sent, back] = failed(1, "0/0/0", "0/0/1");
    const report = reported(1, "0/0/0", "0/0/1");
    expect(guarantees([...two, whole(sent!), back!, whole(report)])).toEqual([]);
    expect(guarantees([...two, sent!, back!, report])).toEqual(["G10", "G10", "G10"]);
  });
});

describe("a stream that is deleted", () => {
  const gone = { kind: "stream gone", stream: 0 } as const;
  const log = [...BEGIN, logged("0/0", "a1")];

  test("is owed nothing any more", () => {
    expect(guarantees([...log, gone])).toEqual([]);
  });

  test("breaks G1 when it takes records afterwards", () => {
    const sent: Happening = { kind: "sent", names: ["a1"] };
    const acknowledged: Happening = { kind: "acknowledged", name: "a1", id: "0/0/0/0" };
    expect(guarantees([...log, sent, gone, acknowledged])).toEqual([]);
    expect(guarantees([...log, gone, sent, acknowledged])).toEqual(["G1"]);
  });

  test("has nothing to do with the next one of its name", () => {
    const next = [shard(100), { ...mapping(), mapping: "n" }, { ...opened(100), mapping: "n" }];
    const events = [...log, gone, ...next, logged("100/0", "a2")] as Happening[];
    const fed = (place: string): Happening[] =>
      [
        { ...invoked(1, place), mapping: "n", shard: 100 },
        returned(1, { kind: "success" }),
      ] as Happening[];
    expect(guarantees([...events, ...fed("100/0/0")])).toEqual([]);
    expect(guarantees([...events, ...fed("0/0/0")])).toEqual(["G3", "G7"]);
  });
});

test("G7 is broken by an open shard that nobody reads", () => {
  expect(guarantees([...BEGIN, { kind: "unread", mapping: MAPPING, shard: 0 }])).toEqual(["G7"]);
});

describe("G11", () => {
  const LOG = [
    shard(0),
    mapping({ windowSeconds: 60 }),
    opened(0),
    leased(1, 1),
    logged("0/0", "a1", "a2"),
  ];

  const inWindow = (
    call: number,
    records: readonly string[],
    state: readonly string[],
    isFinal = false,
  ): Happening[] => [
    {
      kind: "invoked",
      call,
      mapping: MAPPING,
      shard: 0,
      epoch: 1,
      records: records.map(id),
      recordCount: records.length,
      state: state.map(id),
      window: { start: "10:00", isFinal },
    },
    returned(call, { kind: "success" }),
  ];
  const broken = (...happenings: readonly Happening[]) =>
    guarantees([...LOG, ...happenings]).filter((guarantee) => guarantee === "G11").length;

  test("holds when the last invocation is given what all others have added", () => {
    const events = [
      ...inWindow(1, ["0/0/0"], []),
      ...inWindow(2, ["0/0/1"], ["0/0/0"]),
      ...inWindow(3, [], ["0/0/0", "0/0/1"], true),
    ];
    expect(broken(...events)).toBe(0);
  });

  test("is broken by a state that was never returned, or that holds what is sent", () => {
    expect(broken(...inWindow(1, ["0/0/1"], ["0/0/0"], true))).toBe(1);
    const twice = [...inWindow(1, ["0/0/0"], []), ...inWindow(2, ["0/0/0"], ["0/0/0"])];
    expect(broken(...twice, ...inWindow(3, [], ["0/0/0"], true))).toBe(1);
  });

  test("is broken by a record that no last invocation is told of", () => {
    expect(broken(...inWindow(1, ["0/0/0"], []))).toBe(1);
    expect(broken(...inWindow(1, ["0/0/0"], []), ...inWindow(2, [], [], true))).toBe(1);
  });

  test("has no last invocation once a run knows of no windows", () => {
    const open = inWindow(1, ["0/0/0"], []);
    const off = mapping({ revision: 2, windowSeconds: 0 });
    expect(broken(...open, off)).toBe(1);
    expect(broken(...open, off, leased(2, 2))).toBe(0);
    expect(broken(...open, off, leased(2, 2), ...inWindow(2, ["0/0/1"], []))).toBe(1);
  });
});
