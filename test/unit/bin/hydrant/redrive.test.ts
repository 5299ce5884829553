import { expect, test } from "vitest";
import { printRedrives, redriveLine, type RedriveRow } from "../../../../bin/hydrant/redrive.ts";

const NOW_MS = Date.UTC(2026, 10, 23, 10);
const NOW = NOW_MS / 1000;

const ROW: RedriveRow = {
  RedriveId: "d1",
  Status: "RUNNING",
  DryRun: false,
  StartTime: NOW - 2,
  Progress: 0.5,
  ObjectsFound: 2,
  ObjectsRedriven: 1,
  ObjectsAlreadyRedriven: 0,
  ObjectsIgnored: 0,
  ObjectsGone: 0,
  RecordsRedriven: 30,
  RecordsFailedAgain: 0,
};

test("a line says how far a redrive is, what it passed, and what keeps it", () => {
  expect(redriveLine(ROW, NOW_MS)).toBe("RUNNING 50%  1 of 2 objects, 30 records in 2.0s");
  const kept = {
    ...ROW,
    DryRun: true,
    RecordsFailedAgain: 3,
    ObjectsAlreadyRedriven: 1,
    ObjectsIgnored: 2,
    ObjectsGone: 4,
    LastError: "AccessDenied: no",
    NextRetry: NOW + 3,
  };
  expect(redriveLine(kept, NOW_MS)).toBe(
    "RUNNING (dry run) 50%  1 of 2 objects, 30 records in 2.0s  3 records failed again  1 objects were redriven before  2 objects hold no failed records  4 objects are gone  AccessDenied: no  tried again in 3.0s",
  );
});

test("a table shows a stream's redrives", () => {
  expect(printRedrives([{ ...ROW, LastError: "denied" }], NOW_MS)).toBe(
    [
      "  redrive  status   done  objects  redriven  records  failed again  began",
      "  d1       RUNNING  50%   2        1         30       0             2.0s ago",
      "      denied",
    ].join("\n"),
  );
  expect(printRedrives([], NOW_MS)).toBe("no redrives");
});
