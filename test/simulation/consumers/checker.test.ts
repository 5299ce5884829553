/** Each guarantee broken once: the checker notices. */
import { describe, expect, test } from "vitest";
import {
  type Happening,
  MAPPING,
  shard,
  mapping,
  silentMapping,
  opened,
  ended,
  logged,
  handled,
  failed,
  reported,
  progress,
  BEGIN,
  guarantees,
} from "./checker-histories.ts";

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

test("G5 is broken by a record that stands more often than it was called for", () => {
  const called: Happening = { kind: "called", names: ["a1"] };
  const twice = [shard(0), logged("0/0", "a1"), logged("0/1", "a1")];
  expect(guarantees([called, ...twice])).toEqual(["G5"]);
  expect(guarantees([called, called, ...twice])).toEqual([]);
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
  test("a record that a mapping's starting position stands before, wherever its reader began", () => {
    const log = [opened(0, 1), logged("0/0", "a1")];
    const since = (startsAtMs: number) => [shard(0), mapping({ startsAtMs }), ...log];
    expect(guarantees(since(Infinity))).toEqual([]);
    expect(guarantees(since(0))).toEqual(["G7"]);
    expect(guarantees([shard(0), mapping({ startsAtMs: 0, stream: 1 }), ...log])).toEqual([]);
  });

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

test("G7 is broken by an open shard that nobody reads", () => {
  expect(guarantees([...BEGIN, { kind: "unread", mapping: MAPPING, shard: 0 }])).toEqual(["G7"]);
});

describe("G12", () => {
  const probe: Happening = { kind: "sent", names: ["a1"], isProbe: true };
  const taken = { kind: "acknowledged", name: "a1", id: "0/0/0/0" } as const;

  test("is broken by what is sent when nothing is wrong any more and not taken, or late", () => {
    expect(guarantees([shard(0), probe])).toEqual(["G12"]);
    const events = [shard(0), probe, logged("0/0", "a1"), taken];
    expect(guarantees(events, { takenMs: 2000 })).toEqual([]);
    expect(guarantees(events, { takenMs: 1999 })).toEqual(["G12"]);
    expect(guarantees([shard(0), { kind: "sent", names: ["a1"] }])).toEqual([]);
  });

  test("is broken by a shard that takes more than its limit, clocks and what is under way allowed for", () => {
    const events = [shard(0), shard(1)].concat({ kind: "taken", shard: 0, count: 30 });
    expect(guarantees(events, { shardLimit: 10 })).toEqual([]);
    expect(guarantees(events, { shardLimit: 9 })).toEqual(["G12"]);
    expect(guarantees(events, { shardLimit: 9, clockCount: 2 })).toEqual([]);
    const more: Happening = { kind: "taken", shard: 1, count: 30 };
    expect(guarantees([...events, more, more], { shardLimit: 10 })).toEqual([]);
  });
});
