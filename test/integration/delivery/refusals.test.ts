/** What is refused is not stored: after every refusal, the only thing delivered is the line put last. */
import {
  type FirehoseClient,
  PutRecordBatchCommand,
  PutRecordCommand,
} from "@aws-sdk/client-firehose";
import { expect, inject, it } from "vitest";
import { clientSending, expectRefusal, violations } from "../../conformance/firehose/client.ts";
import { linesOf } from "../../helpers/delivered.ts";
import { bucketOf, clientOf, createStream, drained } from "./streams.ts";

const stack = {
  apiEndpoint: inject("apiEndpoint"),
  s3Endpoint: inject("s3Endpoint"),
  deliveryBucket: inject("deliveryBucket"),
};
const TWENTY_MINUTES_MS = 1_200_000;
const RECORD_MAX_BYTES = 1_024_000;

interface Refusal {
  readonly what: string;
  send(client: FirehoseClient, name: string): Promise<unknown>;
  readonly error: string;
  readonly message: string | RegExp;
}

const batch = (DeliveryStreamName: string, data: readonly Uint8Array[]) =>
  new PutRecordBatchCommand({ DeliveryStreamName, Records: data.map((Data) => ({ Data })) });
const single = (DeliveryStreamName: string, Data: Uint8Array = Buffer.from("refused\n")) =>
  new PutRecordCommand({ DeliveryStreamName, Record: { Data } });

const REFUSALS: readonly Refusal[] = [
  {
    what: "501 records",
    send: (client, name) => client.send(batch(name, Array(501).fill(Buffer.from("refused\n")))),
    error: "ValidationException",
    message: violations(
      "Value at 'records' failed to satisfy constraint: Member must have length less than or equal to 500",
    ),
  },
  {
    what: "a batch of 4 MiB and one byte",
    send: (client, name) =>
      client.send(
        batch(name, [
          ...Array<Buffer>(4).fill(Buffer.alloc(1_000_000, 120)),
          Buffer.alloc(194_305),
        ]),
      ),
    error: "InvalidArgumentException",
    message: "Records size exceeds 4 MB limit",
  },
  {
    what: "a record of 1,000 KiB and one byte",
    send: (client, name) => client.send(single(name, Buffer.alloc(RECORD_MAX_BYTES + 1, 120))),
    error: "ValidationException",
    message: violations(
      "Value at 'record.data' failed to satisfy constraint: Member must have length less than or equal to 1024000",
    ),
  },
  {
    what: "a batch in which one record of many is too large",
    send: (client, name) =>
      client.send(batch(name, [Buffer.from("refused\n"), Buffer.alloc(RECORD_MAX_BYTES + 1)])),
    error: "ValidationException",
    message: violations(
      "Value at 'records.2.member.data' failed to satisfy constraint: Member must have length less than or equal to 1024000",
    ),
  },
  {
    what: "data that is not base64",
    send: (_, name) =>
      clientSending(
        JSON.stringify({
          DeliveryStreamName: name,
          Records: [{ Data: "cmVmdXNlZAo=" }, { Data: "cmVmdXNlZAo*" }],
        }),
      ).send(batch(name, [])),
    error: "SerializationException",
    message: /^'cmVmdXNlZAo\*' can not be converted to a Blob: /,
  },
  {
    what: "a stream that is not there",
    send: (client, name) => client.send(single(`${name.slice(0, 40)}-not`)),
    error: "ResourceNotFoundException",
    message: /^Firehose delivery-[-0-9a-f]+-not under account 000000000000 not found\.$/,
  },
  {
    what: "a wrong secret",
    send: (_, name) =>
      clientOf(stack, {
        maxAttempts: 1,
        credentials: { accessKeyId: "test", secretAccessKey: "wrong" },
      }).send(single(name)),
    error: "InvalidSignatureException",
    message: /^The request signature we calculated does not match the signature you provided\./,
  },
  {
    what: "an unknown key",
    send: (_, name) =>
      clientOf(stack, {
        maxAttempts: 1,
        credentials: { accessKeyId: "nobody", secretAccessKey: "test" },
      }).send(single(name)),
    error: "UnrecognizedClientException",
    message: "The security token included in the request is invalid.",
  },
  {
    what: "a clock twenty minutes behind",
    send: (_, name) =>
      clientOf(stack, { maxAttempts: 1, systemClockOffset: -TWENTY_MINUTES_MS }).send(single(name)),
    error: "InvalidSignatureException",
    message: /^Signature expired: \d{8}T\d{6}Z is now earlier than /,
  },
  {
    what: "a clock twenty minutes ahead",
    send: (_, name) =>
      clientOf(stack, { maxAttempts: 1, systemClockOffset: TWENTY_MINUTES_MS }).send(single(name)),
    error: "InvalidSignatureException",
    message: /^Signature not yet current: \d{8}T\d{6}Z is still later than /,
  },
];

it.each(REFUSALS)("refuses $what, and stores nothing of it", async ({ send, error, message }) => {
  const client = clientOf(stack, { maxAttempts: 1 });
  const delivered = bucketOf(stack);
  const name = await createStream(stack, client, {
    BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 0 },
  });
  await expectRefusal(send(client, name), error, message);
  expect(linesOf(await drained(client, delivered, name))).toEqual([]);
});
