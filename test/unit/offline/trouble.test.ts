import { describe, expect, it } from "vitest";
import { watchTrouble } from "../../../offline/trouble.ts";

const AT = "2026-11-23T10:11:12.000Z";

function watched() {
  const said: string[] = [];
  const see = watchTrouble((text) => said.push(text));
  const line = (event: string, fields: object, level = "info") =>
    `${JSON.stringify({ at: AT, level, event, ...fields })}\n`;
  return {
    said,
    see,
    line,
    flushFails(failure: string, shard = "firehose/logs/1/0000", readerId = "delivery") {
      const fields = { deliveryStreamName: "logs", shard, readerId, failure };
      see(line("flush_failed", fields, "error"));
    },
    flushes(failedCount = 0, shard = "firehose/logs/1/0000") {
      const fields = { deliveryStreamName: "logs", shard, readerId: "delivery", failedCount };
      see(line("flush", fields));
    },
    consumes(fields: object) {
      const own = { FunctionName: "clean", EventSourceMappingUUID: "u", streamName: "clicks" };
      see(line("consume", { ...own, shardId: "shardId-000000000000", Invocations: 1, ...fields }));
    },
  };
}

const WRONG_BUCKET = "NoSuchBucket: The specified bucket does not exist.\n    at somewhere";

describe("a flush that fails", () => {
  it("is told with its delivery stream and cause, once, and anew when the cause is another", () => {
    const { said, flushFails } = watched();
    flushFails(WRONG_BUCKET);
    flushFails(WRONG_BUCKET);
    flushFails(WRONG_BUCKET, "firehose/logs/1/0001");
    flushFails("AccessDenied: no\n    at somewhere");
    expect(said).toEqual([
      "Problem: delivery stream logs: NoSuchBucket: The specified bucket does not exist. `hydrant deliveries` shows what waits.",
      "Problem: delivery stream logs: AccessDenied: no. `hydrant deliveries` shows what waits.",
    ]);
  });

  it("is told to be over when all of the stream goes on, and then counts anew", () => {
    const { said, flushFails, flushes } = watched();
    flushFails(WRONG_BUCKET);
    flushFails(WRONG_BUCKET, "firehose/logs/1/0001");
    flushes();
    expect(said).toHaveLength(1);
    flushes(0, "firehose/logs/1/0001");
    flushes();
    expect(said.slice(1)).toEqual(["Over: delivery stream logs goes on again."]);
    flushFails(WRONG_BUCKET);
    expect(said).toHaveLength(3);
  });

  it("is another trouble in the source backup", () => {
    const { said, flushFails } = watched();
    flushFails(WRONG_BUCKET, "firehose/logs/1/0000", "backup");
    flushFails(WRONG_BUCKET, "kinesis/clicks/1/0000", "source-backup/logs/1");
    expect(said).toEqual([
      expect.stringContaining("Problem: delivery stream logs, source backup: NoSuchBucket"),
    ]);
  });
});

it("tells that a transform refuses records, though its stream delivers", () => {
  const { said, flushes } = watched();
  flushes(2);
  flushes(1);
  flushes();
  expect(said).toEqual([
    "Problem: delivery stream logs, transform: it fails for records, which are delivered under the error prefix.",
    "Over: delivery stream logs, transform goes on again.",
  ]);
});

it("tells that a function is refused or fails, and that it goes on", () => {
  const { said, consumes } = watched();
  consumes({ problem: "PROBLEM: Function call failed" });
  consumes({ problem: "PROBLEM: Function call failed" });
  consumes({ Invocations: 0 });
  consumes({});
  expect(said).toEqual([
    "Problem: function clean, fed by clicks: Function call failed. `hydrant consumers` shows what waits.",
    "Over: function clean, fed by clicks goes on again.",
  ]);
});

it("tells of whatever else fails, and of nothing that does not", () => {
  const { said, see, line } = watched();
  see(line("sweep_failed", { place: "p", failure: "Error: away" }, "error"));
  see(line("request", { status: 200 }));
  see("what a function prints\n{not json}\n");
  see('{"at":"cut');
  see('"}\n');
  expect(said).toEqual(["Problem: sweep_failed: Error: away. The log has more of it."]);
});

it("reads lines however they are cut, and lets nothing take over the terminal", () => {
  const { said, see, line } = watched();
  const fields = { deliveryStreamName: "logs", shard: "s", readerId: "delivery" };
  const text = line("flush_failed", { ...fields, failure: "Odd: \u001B[2Jgone" }, "error");
  for (const character of text) see(character);
  expect(said).toEqual([expect.stringContaining("delivery stream logs: Odd: gone.")]);
});
