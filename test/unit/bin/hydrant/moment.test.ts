import { expect, test } from "vitest";
import { readBound } from "../../../../bin/hydrant/moment.ts";
import { formatSequenceNumber } from "../../../../src/log/sequence.ts";
import { recordIds } from "../../../../src/delivery/record-id.ts";

const NOW_MS = Date.UTC(2026, 10, 23, 10);

test.each([
  ["2026-11-23T08:00:00Z", Date.UTC(2026, 10, 23, 8) / 1000],
  ["1790000000.5", 1_790_000_000.5],
  ["2h", NOW_MS / 1000 - 7200],
  ["1d", NOW_MS / 1000 - 86_400],
])("%s is a time", (text, seconds) => {
  expect(readBound("--from", text, NOW_MS)).toEqual({ Timestamp: seconds });
});

test("ids and sequence numbers are records", () => {
  const place = { lane: 0, blockIndex: 7, arrivedAtMs: NOW_MS, position: 3 };
  const [id = ""] = recordIds("logs", { ...place, generation: "0123456789abcdef" }, 1);
  expect(readBound("--to", id, NOW_MS)).toEqual({ RecordId: id });
  const number = formatSequenceNumber({ ...place, shardIndex: 1, shardCreatedAtMs: NOW_MS });
  expect(readBound("--to", number, NOW_MS)).toEqual({ SequenceNumber: number });
});

test("anything else is refused with what is taken", () => {
  expect(() => readBound("--from", "yesterday", NOW_MS)).toThrow(
    "--from must be a time such as 2026-11-22T08:00:00Z, a while ago such as 2h, or a record's id or sequence number, got yesterday",
  );
});
