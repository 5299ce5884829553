import { expect, test } from "vitest";
import { malformedJson } from "../../../../src/delivery/formats/conversion-error.ts";
import { failedConversionLine } from "../../../../src/delivery/formats/failed-conversion.ts";

const TABLE = {
  catalogId: "123456789012",
  databaseName: "analytics",
  tableName: "events",
  region: "us-west-2",
  versionId: "LATEST",
  roleArn: "arn:aws:iam::123456789012:role/firehose",
};
const ATTEMPT = { attemptsMade: 1, attemptEndedAtMs: 1789560364000 };
const SEQUENCE_NUMBER = "49590338271490256608559692538361571095921575989136588898";

test("writes AWS's members in AWS's order", () => {
  const line = failedConversionLine(
    {
      record: {
        recordId: `${SEQUENCE_NUMBER}000000`,
        arrivedAtMs: 1789560304000,
        data: Buffer.from("oops"),
      },
      ...malformedJson("Unrecognized token 'oops'"),
      ...ATTEMPT,
    },
    TABLE,
  );
  expect(Buffer.from(line).toString()).toBe(
    `{"attemptsMade":1,"arrivalTimestamp":1789560304000,"lastErrorCode":"DataFormatConversion.ParseError","lastErrorMessage":"Encountered malformed JSON. Unrecognized token 'oops'","attemptEndingTimestamp":1789560364000,"rawData":"b29wcw==","sequenceNumber":"${SEQUENCE_NUMBER}","subSequenceNumber":0,"dataCatalogTable":{"catalogId":"123456789012","databaseName":"analytics","tableName":"events","region":"us-west-2","versionId":"LATEST","roleArn":"arn:aws:iam::123456789012:role/firehose"}}\n`,
  );
});

test("says where in its data stream a record stood", () => {
  const line = failedConversionLine(
    {
      record: {
        recordId: "shardId-000000000000.1.000007",
        arrivedAtMs: 1,
        data: Buffer.from("<x>").subarray(1, 2),
        origin: {
          sequenceNumber: SEQUENCE_NUMBER,
          subSequenceNumber: 7,
          partitionKey: "k",
          shardId: "shardId-000000000000",
        },
      },
      ...malformedJson(""),
      ...ATTEMPT,
    },
    TABLE,
  );
  expect(JSON.parse(Buffer.from(line).toString())).toMatchObject({
    sequenceNumber: SEQUENCE_NUMBER,
    subSequenceNumber: 7,
    rawData: Buffer.from("x").toString("base64"),
  });
});
