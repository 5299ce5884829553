import { PutRecordCommand } from "@aws-sdk/client-firehose";
import { describe, expect, it } from "vitest";
import {
  expectRefusal,
  firehoseClient,
  javascriptClient,
  NAME_PATTERN_VIOLATION,
  newStream,
  notNull,
  clientSending,
  uniqueName,
  violations,
} from "./client.ts";

const RECORD_MAX_BYTES = 1_024_000;

function put(DeliveryStreamName: string, Data: Uint8Array) {
  return new PutRecordCommand({ DeliveryStreamName, Record: { Data } });
}

describe("PutRecord: serialization", () => {
  it("refuses data that is not base64", async () => {
    await expectRefusal(
      clientSending('{"DeliveryStreamName":"a","Record":{"Data":"not base64!"}}').send(
        put("a", Buffer.from("x")),
      ),
      "SerializationException",
      /can not be converted to a Blob/,
    );
  });

  it("refuses two base64 texts behind one another", async () => {
    await expectRefusal(
      clientSending('{"DeliveryStreamName":"a","Record":{"Data":"YQ==YQ=="}}').send(
        put("a", Buffer.from("x")),
      ),
      "SerializationException",
      /can not be converted to a Blob/,
    );
  });
});

describe("PutRecord: validation", () => {
  it("reports all broken bounds at once", async () => {
    await expectRefusal(
      clientSending('{"DeliveryStreamName":"a b","Record":{}}').send(put("a", Buffer.from("x"))),
      "ValidationException",
      violations(NAME_PATTERN_VIOLATION, notNull("record.data")),
    );
  });

  it("takes 1,000 KiB and not one byte more", async () => {
    const client = firehoseClient();
    const name = await newStream(client);
    const { RecordId } = await client.send(put(name, new Uint8Array(RECORD_MAX_BYTES)));
    expect(RecordId).toBeTruthy();
    await expectRefusal(
      client.send(put(name, new Uint8Array(RECORD_MAX_BYTES + 1))),
      "ValidationException",
      violations(
        "Value at 'record.data' failed to satisfy constraint: Member must have length less than or equal to 1024000",
      ),
    );
  });

  it("does not find a stream that is not there", async () => {
    const name = uniqueName("missing");
    await expectRefusal(
      firehoseClient().send(put(name, Buffer.from("x"))),
      "ResourceNotFoundException",
      new RegExp(`^Firehose ${name} under account \\d{12} not found\\.$`),
    );
  });
});

describe("PutRecord: behaviour", () => {
  it("answers a record id of its own for every record", async () => {
    const client = firehoseClient();
    const name = await newStream(client);
    const first = await client.send(put(name, Buffer.from("x")));
    const second = await client.send(put(name, Buffer.from("x")));
    expect(first.Encrypted).toBe(false);
    expect(first.RecordId).toBeTruthy();
    expect(second.RecordId).not.toBe(first.RecordId);
  });

  it("takes an empty record", async () => {
    const client = firehoseClient();
    const { RecordId } = await client.send(put(await newStream(client), new Uint8Array(0)));
    expect(RecordId).toBeTruthy();
  });

  it("names the request in its answer", async () => {
    const client = javascriptClient();
    const { $metadata } = await client.send(put(await newStream(client), Buffer.from("x")));
    expect($metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });
});
