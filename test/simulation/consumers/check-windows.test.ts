/** The states of tumbling windows. */
import { describe, expect, test } from "vitest";
import {
  type Happening,
  MAPPING,
  shard,
  mapping,
  opened,
  leased,
  logged,
  id,
  returned,
  by,
  handled,
  guarantees,
} from "./checker-histories.ts";

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
    const laterWindow = inWindow(2, ["0/0/1"], []).map((happening) => by(3, happening));
    const on = mapping({ revision: 3, windowSeconds: 60 });
    expect(broken(...open, off, leased(2, 2), on, leased(3, 3), ...laterWindow)).toBe(1);
  });

  test("has none either for an invocation that outlives its run, and ends when the next one knows of no windows", () => {
    const [invoked, answer] = inWindow(1, ["0/0/0"], []) as [Happening, Happening];
    const off = mapping({ revision: 2, windowSeconds: 0 });
    const anew = handled(2, "0/0/0").map((happening) => by(2, happening));
    expect(broken(invoked, off, leased(2, 2), ...anew, answer)).toBe(0);
  });
});
