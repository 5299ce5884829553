import { expect, test } from "vitest";
import {
  type Located,
  printCall,
  printLocated,
  type WireLocation,
} from "../../../../bin/hydrant/where.ts";

const NOW_MS = Date.UTC(2026, 10, 23, 10);
const NOW = NOW_MS / 1000;

const print = (location: Partial<WireLocation>): string => {
  const located: Located = {
    LaneId: "lane-0000",
    Block: 3,
    Position: 1,
    Arrival: NOW - 61,
    Locations: [
      { Kind: "delivery", BucketARN: "arn:aws:s3:::logs", State: "DELIVERED", ...location },
    ],
  };
  const [head, ...rest] = printLocated(located, NOW_MS).split("\n");
  expect(head).toBe("put 1m 1s ago: lane-0000, block 3, record 1");
  return rest.join("\n");
};

const OBJECT = { State: "DELIVERED", Bucket: "logs", Key: "a" };

test("tells the bytes of a record in its object", () => {
  const Flush = { Time: NOW - 5 };
  const Pieces = [{ ...OBJECT, Offset: 10, Length: 5 }];
  expect(print({ Flush, Pieces, Compression: "UNCOMPRESSED" })).toBe(
    "delivery to s3://logs: delivered 5.0s ago\n  s3://logs/a  bytes 10-14",
  );
  expect(print({ Flush, Pieces, Compression: "GZIP" })).toMatch(/ bytes 10-14 uncompressed$/);
  expect(print({ Pieces: [{ ...OBJECT, Row: 4, RowCount: 1 }] })).toMatch(/a {2}row 4$/);
  expect(print({ Pieces: [{ ...OBJECT, Row: 4, RowCount: 2 }] })).toMatch(/a {2}row 4-5$/);
});

test("tells why one failed, and that one was dropped", () => {
  const failed = {
    ...OBJECT,
    State: "FAILED",
    ErrorOutputType: "processing-failed",
    Offset: 0,
    Length: 9,
    ErrorCode: "Code",
    ErrorMessage: "no",
  };
  expect(print({ State: "SPLIT", Pieces: [failed, { State: "DROPPED" }] })).toBe(
    [
      "delivery to s3://logs: split, and its parts fared so or so",
      "  s3://logs/a  (processing-failed)  bytes 0-8  Code: no",
      "  dropped",
    ].join("\n"),
  );
});

test("tells what keeps one that waits", () => {
  expect(print({ State: "WAITING", Due: NOW + 20 })).toMatch(/: still waiting, due in 20s$/);
  expect(print({ State: "WAITING", Due: NOW + 20, IsPending: true })).toMatch(/, being delivered$/);
  expect(print({ State: "WAITING" })).toMatch(/: still waiting: the stream is paused$/);
  expect(print({ State: "WAITING", LastError: "Bad: no", NextRetry: NOW + 20 })).toMatch(
    /: still waiting, next try in 20s: Bad: no$/,
  );
});

test("tells what is not known, and why", () => {
  expect(print({ State: "UNSURE", Objects: [OBJECT], Note: "a function has a say" })).toBe(
    [
      "delivery to s3://logs: delivered or failed into one of these objects, or dropped,",
      "  s3://logs/a",
      "  a function has a say",
    ].join("\n"),
  );
  expect(print({ State: "DELIVERED", Objects: [OBJECT], ObjectCount: 26 })).toMatch(
    /or in one of 25 objects more of that flush$/,
  );
  expect(print({ State: "UNSURE", MayWait: true, Objects: [] })).toMatch(
    /: delivered or failed into one of these objects, or dropped, or still waiting for its partition$/,
  );
  expect(print({ State: "EXPIRED" })).toMatch(/: lost: its retention ended/);
});

test("tells of the records of a call, which were not taken, and how many more there are", () => {
  const located = (RecordIndex: number) => ({
    RecordIndex,
    RecordId: `id${RecordIndex}`,
    LaneId: "lane-0000",
    Block: 3,
    Position: RecordIndex,
    Arrival: NOW - 61,
    Locations: [
      { Kind: "delivery", BucketARN: "arn:aws:s3:::logs", State: "WAITING", Due: NOW + 5 },
    ],
  });
  const Records = [located(0), located(2)];
  expect(printCall({ RecordCount: 4, RefusedRecords: [1], Records }, NOW_MS)).toBe(
    [
      "a call of 4 records, not taken: 1",
      "record 0: id0",
      "  put 1m 1s ago: lane-0000, block 3, record 0",
      "  delivery to s3://logs: still waiting, due in 5.0s",
      "record 2: id2",
      "  put 1m 1s ago: lane-0000, block 3, record 2",
      "  delivery to s3://logs: still waiting, due in 5.0s",
      "and 1 more: --record-index N tells of one",
    ].join("\n"),
  );
});
