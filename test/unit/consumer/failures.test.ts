/** What becomes of batches that fail: tried again, split, given up and reported. */
import { describe, expect, test } from "vitest";
import { NOW_MS } from "../streams/reshard-world.ts";
import { consumerWorld, FUNCTION_ARN, Refused, STREAM_ARN } from "./consumer-world.ts";
import { failsOn, numbered, reports } from "./functions.ts";

const QUEUE_ARN = "arn:aws:sqs:us-east-1:000000000000:failures";

describe("a batch that fails", () => {
  test("comes again as it was until it succeeds, and nothing overtakes it", async () => {
    const made = await consumerWorld({ batchSize: 2 });
    let failures = 0;
    made.does(({ data }) => {
      if (data.includes("1") && failures++ < 3) throw new Error("not yet");
    });
    await made.put(numbered(0, 3));
    await made.wake();
    await made.put(numbered(3, 1));
    await made.settle();
    const first = ["0", "1"];
    expect(made.reads()).toEqual([first, first, first, first, ["2", "3"]]);
    const gaps = made.calls.map(({ atMs }, i) => atMs - (made.calls[i - 1]?.atMs ?? atMs));
    expect(gaps).toEqual([0, 1000, 2000, 4000, 0]);
  });

  test("is waited for by one message, however many met the reader at work", async () => {
    const made = await consumerWorld({ parallelizationFactor: 2 });
    made.does(failsOn("0"));
    await made.put(["a:0"]);
    expect(await made.wake(0, { messageId: "first" })).toMatchObject({ kind: "retry" });
    const second = { messageId: "second", isRepeated: true };
    expect(await made.wake(0, second)).toMatchObject({ kind: "done" });
    const [atMs, by] = [(await made.stateOf())?.wakesAtMs, (await made.stateOf())?.wakesBy];
    expect([atMs! > made.clock.now(), by]).toEqual([true, "first"]);
    await made.clock.sleep(atMs! - made.clock.now());
    const first = { messageId: "first", isRepeated: true };
    expect(await made.wake(0, first)).toMatchObject({ kind: "retry" });
  });

  test("is given up after the maximum of retries, reported, and passed", async () => {
    const made = await consumerWorld({
      batchSize: 2,
      maximumRetryCount: 2,
      onFailureArn: QUEUE_ARN,
    });
    made.does(failsOn("1"));
    await made.put(numbered(0, 4));
    await made.settle();
    expect(made.reads()).toEqual([
      ["0", "1"],
      ["0", "1"],
      ["0", "1"],
      ["2", "3"],
    ]);
    const [first, last] = made.calls[0]!.records;
    expect(made.failures).toEqual([
      {
        arn: QUEUE_ARN,
        key: expect.stringMatching(/^aws\/lambda\/14e0db71-.*\/shardId-000000000000\/2026\//),
        document: {
          requestContext: {
            requestId: "request-3",
            functionArn: FUNCTION_ARN,
            condition: "RetryAttemptsExhausted",
            approximateInvokeCount: 3,
          },
          responseContext: {
            statusCode: 200,
            executedVersion: "$LATEST",
            functionError: "Unhandled",
          },
          version: "1.0",
          timestamp: expect.any(String),
          KinesisBatchInfo: {
            shardId: "shardId-000000000000",
            startSequenceNumber: first?.sequenceNumber,
            endSequenceNumber: last?.sequenceNumber,
            approximateArrivalOfFirstRecord: new Date(NOW_MS).toISOString(),
            approximateArrivalOfLastRecord: new Date(NOW_MS).toISOString(),
            batchSize: 2,
            streamArn: STREAM_ARN,
          },
        },
      },
    ]);
  });

  test("is not sent again while its report is waiting for the destination", async () => {
    const made = await consumerWorld({ maximumRetryCount: 0, onFailureArn: QUEUE_ARN });
    let refusals = 3;
    made.destinationDoes(() => {
      if (refusals-- > 0) throw new Error("queue away");
    });
    made.does(failsOn("0"));
    await made.put(numbered(0, 1));
    await made.settle();
    expect([made.calls.length, made.failures.length]).toEqual([1, 1]);
    expect(await made.stateOf()).toMatchObject({ checkpoint: { blockIndex: 1 } });
  });

  test("is tried anew once the filter lets more of it through, though it was given up already", async () => {
    const filterPatterns = ['{"partitionKey":["a"]}'];
    const made = await consumerWorld({
      maximumRetryCount: 1,
      onFailureArn: QUEUE_ARN,
      filterPatterns,
    });
    made.does(failsOn("1"));
    made.destinationDoes(() => {
      throw new Error("queue away");
    });
    await made.put(["a:1", "b:2", "a:3"]);
    await made.wake();
    await made.change({ filterPatterns: [...filterPatterns, '{"partitionKey":["b"]}'] });
    made.destinationDoes(() => {});
    await made.settle();
    const [few, all] = [
      ["1", "3"],
      ["1", "2", "3"],
    ];
    expect(made.reads()).toEqual([few, few, all, all]);
    expect(made.failures).toMatchObject([{ document: { KinesisBatchInfo: { batchSize: 3 } } }]);
  });

  test("that Lambda refused to run does not count", async () => {
    const made = await consumerWorld({ maximumRetryCount: 0, onFailureArn: QUEUE_ARN });
    let refusals = 5;
    made.does(() => {
      if (refusals-- > 0) throw new Refused("Rate exceeded");
    });
    await made.put(numbered(0, 1));
    await made.settle();
    expect([made.calls.length, made.failures.length]).toEqual([6, 0]);
  });

  test("is halved down to the record that fails, which alone is tried as often as allowed", async () => {
    const made = await consumerWorld({
      bisectOnError: true,
      maximumRetryCount: 2,
      onFailureArn: QUEUE_ARN,
    });
    made.does(failsOn("5"));
    await made.put(numbered(0, 8));
    await made.settle();
    expect(made.reads().map((data) => data.join(""))).toEqual([
      "01234567",
      "0123",
      "4567",
      "45",
      "4",
      "5",
      "5",
      "5",
      "67",
    ]);
    expect(made.failures).toHaveLength(1);
    expect(made.failures[0]?.document).toMatchObject({
      requestContext: { approximateInvokeCount: 3 },
      KinesisBatchInfo: { batchSize: 1 },
    });
  });

  test("blocks nobody in another shard", async () => {
    const made = await consumerWorld({ shardCount: 2 });
    made.does(failsOn("poison"));
    await made.put(["a:poison"], 0);
    await made.put(["b:1"], 1);
    await made.wake(0);
    await made.settle(1);
    expect(made.reads(1)).toEqual([["1"]]);
  });
});

describe("a function that reports its failures", () => {
  test("is sent the first failed record and all behind it again", async () => {
    const made = await consumerWorld({ reportsItemFailures: true });
    let isFirst = true;
    made.does((call) => {
      if (!isFirst) return undefined;
      isFirst = false;
      return reports("2", "4")(call);
    });
    await made.put(numbered(0, 6));
    await made.settle();
    expect(made.reads().map((data) => data.join(""))).toEqual(["012345", "2345"]);
  });

  test("gives up what is left of the batch once the retries are used up", async () => {
    const made = await consumerWorld({
      reportsItemFailures: true,
      maximumRetryCount: 1,
      onFailureArn: QUEUE_ARN,
    });
    made.does(reports("2"));
    await made.put(numbered(0, 3));
    await made.settle();
    expect(made.reads().map((data) => data.join(""))).toEqual(["012", "2"]);
    expect(made.failures[0]?.document).toMatchObject({
      responseContext: { functionError: null },
      KinesisBatchInfo: { batchSize: 1 },
    });
  });

  test("loses nobody but the poison when batches are bisected", async () => {
    const made = await consumerWorld({
      reportsItemFailures: true,
      bisectOnError: true,
      maximumRetryCount: 1,
      onFailureArn: QUEUE_ARN,
    });
    made.does(reports("2", "4"));
    await made.put(numbered(0, 6));
    await made.settle();
    expect(made.reads().map((data) => data.join(""))).toEqual([
      "012345",
      "2345",
      "2",
      "2",
      "345",
      "45",
      "4",
      "4",
      "5",
    ]);
    expect(made.failures).toHaveLength(2);
  });
});

test("records that are too old are given up without being sent", async () => {
  const made = await consumerWorld({ maximumRecordAgeSeconds: 60, onFailureArn: QUEUE_ARN });
  await made.put(numbered(0, 2));
  await made.clock.sleep(61_000);
  await made.put(numbered(2, 1));
  await made.settle();
  expect(made.reads()).toEqual([["2"]]);
  expect(made.failures[0]?.document).toMatchObject({
    requestContext: { condition: "RecordAgeExceeded", approximateInvokeCount: 1 },
    KinesisBatchInfo: { batchSize: 2 },
  });
  expect(made.failures[0]?.document).not.toHaveProperty("responseContext");
});

test("a batch that failed before and has become too old is given up with its count", async () => {
  const made = await consumerWorld({ maximumRecordAgeSeconds: 60, onFailureArn: QUEUE_ARN });
  made.does(failsOn("0"));
  await made.put(numbered(0, 1));
  await made.settle();
  const sent = made.calls.length;
  expect(sent).toBeGreaterThan(3);
  expect(made.failures[0]?.document).toMatchObject({
    requestContext: { condition: "RecordAgeExceeded", approximateInvokeCount: sent },
  });
});

test("records that expired while they blocked the shard are passed", async () => {
  const made = await consumerWorld();
  made.does(failsOn("0"));
  await made.put(numbered(0, 1));
  await made.wake();
  await made.clock.sleep(24 * 3_600_000);
  await made.put(numbered(1, 1));
  await made.settle();
  expect(made.reads().at(-1)).toEqual(["1"]);
  expect(await made.stateOf()).toMatchObject({ checkpoint: { blockIndex: 2 } });
});
