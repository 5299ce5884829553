import { expect, it } from "vitest";
import { kinesisService } from "../../../../src/operations/kinesis/index.ts";

it("knows every operation that AWS has by name, 36 to do them and 21 to refuse them", () => {
  const kinds = [...kinesisService.operations.values()].map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === "operation")).toHaveLength(36);
  expect(kinds.filter((kind) => kind === "notOffered")).toHaveLength(21);
});

it.each([
  "AcknowledgeDeadLetterQueueRecords",
  "AcknowledgeQueueRecords",
  "CreateQueue",
  "DeleteQueue",
  "DescribeQueue",
  "ListQueues",
  "ReceiveDeadLetterQueueRecords",
  "ReceiveQueueRecords",
  "RestoreDeadLetterQueueRecords",
  "UpdateDeadLetterQueueRecordsVisibility",
  "UpdateQueue",
  "UpdateQueueRecordsVisibility",
])("refuses %s by name", (name) => {
  expect(kinesisService.operations.get(name)).toMatchObject({ kind: "notOffered" });
});
