import {
  CreateDeliveryStreamCommand,
  type CreateDeliveryStreamCommandInput,
  DeleteDeliveryStreamCommand,
  DescribeDeliveryStreamCommand,
  type FirehoseClient,
  ListDeliveryStreamsCommand,
  PutRecordBatchCommand,
  PutRecordCommand,
} from "@aws-sdk/client-firehose";
import { describe, expect, it } from "vitest";
import { arnOf, kinesisClient, newStream as newDataStream } from "../kinesis/client.ts";
import {
  destination,
  expectRefusal,
  firehoseClient,
  newStream,
  ROLE_ARN,
  uniqueName,
  violations,
} from "./client.ts";
import { ACCOUNT_ID, REGION } from "../target.ts";

const DeliveryStreamType = "KinesisStreamAsSource";

function sourced(KinesisStreamARN: string): Partial<CreateDeliveryStreamCommandInput> {
  const KinesisStreamSourceConfiguration = { KinesisStreamARN, RoleARN: ROLE_ARN };
  return { DeliveryStreamType, KinesisStreamSourceConfiguration };
}

function create(client: FirehoseClient, members: Partial<CreateDeliveryStreamCommandInput>) {
  return client.send(
    new CreateDeliveryStreamCommand({
      DeliveryStreamName: uniqueName("refused"),
      ExtendedS3DestinationConfiguration: destination(),
      ...members,
    }),
  );
}

/** A delivery stream that reads a data stream of its own; both go when the test ends. */
async function newReading(client: FirehoseClient) {
  const source = await newDataStream(kinesisClient());
  return { source, name: await newStream(client, sourced(arnOf(source))) };
}

describe("KinesisStreamAsSource: validation", () => {
  it("refuses an ARN that is none of a stream", async () => {
    await expectRefusal(
      create(firehoseClient(), sourced(`arn:aws:kinesis:${REGION}:1:stream/x`)),
      "ValidationException",
      violations(
        String.raw`Value at 'kinesisStreamSourceConfiguration.kinesisStreamARN' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:.*:kinesis:[a-zA-Z0-9\-]+:\d{12}:stream/[a-zA-Z0-9_.-]+`,
      ),
    );
  });

  it("refuses the type without the configuration, and the other way round", async () => {
    const client = firehoseClient();
    await expectRefusal(
      create(client, { DeliveryStreamType }),
      "InvalidArgumentException",
      "KinesisSourceStreamConfig is mandatory for KinesisStreamAsSource stream type.",
    );
    await expectRefusal(
      create(client, { ...sourced(arnOf("any")), DeliveryStreamType: "DirectPut" }),
      "InvalidArgumentException",
      "KinesisSourceStreamConfig is only applicable for KinesisStreamAsSource stream type",
    );
  });

  it("refuses encryption, which is the data stream's own affair", async () => {
    await expectRefusal(
      create(firehoseClient(), {
        ...sourced(arnOf("any")),
        DeliveryStreamEncryptionConfigurationInput: { KeyType: "AWS_OWNED_CMK" },
      }),
      "InvalidArgumentException",
      "Server side encryption from firehose is only allowed for direct put delivery streams and database as a source delivery streams",
    );
  });

  it("refuses a data stream that does not exist", async () => {
    const name = uniqueName("nobody");
    await expectRefusal(
      create(firehoseClient(), sourced(arnOf(name))),
      "InvalidArgumentException",
      `Stream ${name} under account ${ACCOUNT_ID} not found.`,
    );
  });
});

describe("KinesisStreamAsSource: behaviour", () => {
  it("shows the source and when reading began", async () => {
    const client = firehoseClient();
    const startedAt = Date.now();
    const { source, name } = await newReading(client);
    const { DeliveryStreamDescription: description } = await client.send(
      new DescribeDeliveryStreamCommand({ DeliveryStreamName: name }),
    );
    expect(description).toMatchObject({ DeliveryStreamStatus: "ACTIVE", DeliveryStreamType });
    const shown = description?.Source?.KinesisStreamSourceDescription;
    expect(shown).toMatchObject({ KinesisStreamARN: arnOf(source), RoleARN: ROLE_ARN });
    expect(shown?.DeliveryStartTimestamp?.getTime()).toBeGreaterThanOrEqual(startedAt - 1000);
  });

  it("is listed by its type", async () => {
    const client = firehoseClient();
    const { name } = await newReading(client);
    const list = async (type: "DirectPut" | "KinesisStreamAsSource") =>
      (
        await client.send(
          new ListDeliveryStreamsCommand({
            DeliveryStreamType: type,
            ExclusiveStartDeliveryStreamName: name.slice(0, -1),
            Limit: 100,
          }),
        )
      ).DeliveryStreamNames;
    expect(await list(DeliveryStreamType)).toContain(name);
    expect(await list("DirectPut")).not.toContain(name);
  });

  it("takes no records", async () => {
    const client = firehoseClient();
    const { name: DeliveryStreamName } = await newReading(client);
    const Record = { Data: Buffer.from("x") };
    const refused = (call: Promise<unknown>) =>
      expectRefusal(
        call,
        "InvalidArgumentException",
        "This operation is not permitted on KinesisStreamAsSource delivery stream type.",
      );
    await refused(client.send(new PutRecordCommand({ DeliveryStreamName, Record })));
    await refused(
      client.send(new PutRecordBatchCommand({ DeliveryStreamName, Records: [Record] })),
    );
  });

  it("can be deleted and created again under its name", async () => {
    const client = firehoseClient();
    const { source, name: DeliveryStreamName } = await newReading(client);
    await client.send(new DeleteDeliveryStreamCommand({ DeliveryStreamName }));
    await expectRefusal(
      client.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName })),
      "ResourceNotFoundException",
      `Firehose ${DeliveryStreamName} under account ${ACCOUNT_ID} not found.`,
    );
    await create(client, { ...sourced(arnOf(source)), DeliveryStreamName });
  });
});
