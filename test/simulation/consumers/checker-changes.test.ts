/** What a mapping owes while it, or its stream, is changed. */
import { describe, expect, test } from "vitest";
import {
  type Happening,
  shard,
  mapping,
  silentMapping,
  opened,
  leased,
  by,
  logged,
  invoked,
  returned,
  handled,
  failed,
  reported,
  progress,
  BEGIN,
  guarantees,
} from "./checker-histories.ts";

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
