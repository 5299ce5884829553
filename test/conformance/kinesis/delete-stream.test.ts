import {
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeStreamCommand,
  DescribeStreamSummaryCommand,
} from "@aws-sdk/client-kinesis";
import { describe, expect, it } from "vitest";
import {
  arnOf,
  clientSending,
  deleteWhenFinished,
  expectRefusal,
  kinesisClient,
  newStream,
  notFoundText,
  uniqueName,
  violations,
} from "./client.ts";

describe("serialization", () => {
  it("takes no text for a boolean", async () => {
    const client = clientSending('{"StreamName":"clicks","EnforceConsumerDeletion":"23"}');
    await expectRefusal(
      client.send(new DeleteStreamCommand({ StreamName: "clicks" })),
      "SerializationException",
      "'23' can not be converted to an Boolean",
    );
  });
});

describe("validation", () => {
  it("checks the ARN", async () => {
    await expectRefusal(
      kinesisClient().send(new DeleteStreamCommand({ StreamARN: "arn:aws:sns:x" })),
      "ValidationException",
      violations(
        String.raw`Value 'arn:aws:sns:x' at 'streamARN' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:aws.*:kinesis:.*:\d{12}:stream/\S+`,
      ),
    );
  });
});

describe("behaviour", () => {
  it("removes a stream that is named by its ARN, and frees the name", async () => {
    const client = kinesisClient();
    const StreamName = await newStream(client);
    await client.send(new DeleteStreamCommand({ StreamARN: arnOf(StreamName) }));
    await expectRefusal(
      client.send(new DescribeStreamCommand({ StreamName })),
      "ResourceNotFoundException",
      notFoundText(StreamName),
    );
    await client.send(new CreateStreamCommand({ StreamName, ShardCount: 2 }));
    deleteWhenFinished(client, StreamName);
    const answer = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
    expect(answer.StreamDescriptionSummary?.StreamName).toBe(StreamName);
  });

  it("finds nothing where nothing is, and shows the name of an ARN", async () => {
    const StreamName = uniqueName("nothing");
    const client = kinesisClient();
    for (const address of [{ StreamName }, { StreamARN: arnOf(StreamName) }]) {
      await expectRefusal(
        client.send(new DeleteStreamCommand(address)),
        "ResourceNotFoundException",
        notFoundText(StreamName),
      );
    }
  });
});
