import { expect, test } from "vitest";
import { failedRecordLine } from "../../../../src/delivery/stages/failed-record.ts";

test("writes the line that the service writes, member for member", () => {
  const line = failedRecordLine(
    {
      record: {
        recordId: "49590338271490256608559692538361571095921575989136588898000000",
        arrivedAtMs: 1789014240448,
        data: Buffer.from("FAIL this one\n"),
      },
      errorCode: "Lambda.ProcessingFailedStatus",
      errorMessage: "ProcessingFailed status set for record",
      attemptsMade: 1,
      attemptEndedAtMs: 1789014301529,
    },
    "arn:aws:lambda:us-west-2:123456789012:function:f",
  );
  expect(Buffer.from(line).toString()).toBe(
    '{"rawData":"RkFJTCB0aGlzIG9uZQo=","errorCode":"Lambda.ProcessingFailedStatus","errorMessage":"ProcessingFailed status set for record","attemptsMade":1,"arrivalTimestamp":1789014240448,"attemptEndingTimestamp":1789014301529,"lambdaARN":"arn:aws:lambda:us-west-2:123456789012:function:f"}\n',
  );
});

test("keeps the bytes of a record that is a view into a larger buffer", () => {
  const data = Buffer.from("before|the record|after").subarray(7, 17);
  const line = failedRecordLine(
    {
      record: { recordId: "1", arrivedAtMs: 1, data },
      errorCode: "c",
      errorMessage: "m",
      attemptsMade: 4,
      attemptEndedAtMs: 2,
    },
    "arn",
  );
  const { rawData } = JSON.parse(Buffer.from(line).toString()) as { rawData: string };
  expect(Buffer.from(rawData, "base64").toString()).toBe("the record");
});
