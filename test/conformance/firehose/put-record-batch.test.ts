import { PutRecordBatchCommand } from "@aws-sdk/client-firehose";
import { describe, expect, it } from "vitest";
import {
  expectRefusal,
  firehoseClient,
  newStream,
  notNull,
  clientSending,
  uniqueName,
  violations,
} from "./client.ts";

const BATCH_MAX_COUNT = 500;
const BATCH_MAX_BYTES = 4 * 1024 * 1024;

function putBatch(DeliveryStreamName: string, records: readonly Uint8Array[]) {
  return new PutRecordBatchCommand({
    DeliveryStreamName,
    Records: records.map((Data) => ({ Data })),
  });
}

/** Records of at most 1,000,000 bytes that add up to `byteCount`. */
function recordsOf(byteCount: number): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let left = byteCount; left > 0; left -= 1_000_000) {
    records.push(new Uint8Array(Math.min(left, 1_000_000)));
  }
  return records;
}

describe("PutRecordBatch: serialization", () => {
  it.each(['{"DeliveryStreamName":"a","Records":{}}', '{"DeliveryStreamName":"a","Records":"x"}'])(
    "refuses records that are not a list: %s",
    async (body) => {
      await expectRefusal(
        clientSending(body).send(putBatch("a", [])),
        "SerializationException",
        /./,
      );
    },
  );
});

describe("PutRecordBatch: validation", () => {
  it("refuses a null among the records at its place, so that no answer is shorter than its request", async () => {
    const body = '{"DeliveryStreamName":"a","Records":[{"Data":""},null,{"Data":""}]}';
    await expectRefusal(
      clientSending(body).send(putBatch("a", [])),
      "ValidationException",
      violations(notNull("records.2.member")),
    );
  });

  it("takes 500 records and not one more", async () => {
    const client = firehoseClient();
    const name = await newStream(client);
    const records = Array.from({ length: BATCH_MAX_COUNT }, () => Buffer.from("x"));
    const { FailedPutCount, RequestResponses } = await client.send(putBatch(name, records));
    expect(FailedPutCount).toBe(0);
    expect(RequestResponses).toHaveLength(BATCH_MAX_COUNT);
    await expectRefusal(
      client.send(putBatch(name, [...records, Buffer.from("x")])),
      "ValidationException",
      violations(
        "Value at 'records' failed to satisfy constraint: Member must have length less than or equal to 500",
      ),
    );
  });

  it("refuses an empty batch", async () => {
    await expectRefusal(
      firehoseClient().send(putBatch("a", [])),
      "ValidationException",
      violations(
        "Value at 'records' failed to satisfy constraint: Member must have length greater than or equal to 1",
      ),
    );
  });

  it("names the record that is too large", async () => {
    await expectRefusal(
      firehoseClient().send(putBatch("a", [Buffer.from("x"), new Uint8Array(1_024_001)])),
      "ValidationException",
      violations(
        "Value at 'records.2.member.data' failed to satisfy constraint: Member must have length less than or equal to 1024000",
      ),
    );
  });

  it("takes 4 MiB and not one byte more", async () => {
    const client = firehoseClient();
    const name = await newStream(client);
    const { FailedPutCount } = await client.send(putBatch(name, recordsOf(BATCH_MAX_BYTES)));
    expect(FailedPutCount).toBe(0);
    await expectRefusal(
      client.send(putBatch(name, recordsOf(BATCH_MAX_BYTES + 1))),
      "InvalidArgumentException",
      "Records size exceeds 4 MB limit",
    );
  });

  it("does not find a stream that is not there", async () => {
    const name = uniqueName("missing");
    await expectRefusal(
      firehoseClient().send(putBatch(name, [Buffer.from("x")])),
      "ResourceNotFoundException",
      new RegExp(`^Firehose ${name} under account \\d{12} not found\\.$`),
    );
  });
});

describe("PutRecordBatch: behaviour", () => {
  it("answers one entry per record, each with an id of its own", async () => {
    const client = firehoseClient();
    const name = await newStream(client);
    const records = ["a", "", "a"].map((text) => Buffer.from(text));
    const answer = await client.send(putBatch(name, records));
    expect(answer).toMatchObject({ FailedPutCount: 0, Encrypted: false });
    const ids = answer.RequestResponses?.map(({ RecordId }) => RecordId);
    expect(new Set(ids).size).toBe(3);
    expect(ids?.every(Boolean)).toBe(true);
  });
});
