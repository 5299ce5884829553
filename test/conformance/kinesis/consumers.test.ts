import {
  DeregisterStreamConsumerCommand,
  DescribeStreamConsumerCommand,
  ListStreamConsumersCommand,
  RegisterStreamConsumerCommand,
  paginateListStreamConsumers,
} from "@aws-sdk/client-kinesis";
import { describe, expect, it } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import {
  ACCOUNT_ID,
  arnOf,
  clientSending,
  expectRefusal,
  kinesisClient,
  newStream,
  violations,
} from "./client.ts";

describe("consumers: serialization", () => {
  it("refuses members of the wrong type", async () => {
    await expectRefusal(
      clientSending('{"StreamARN":{}}').send(new ListStreamConsumersCommand({ StreamARN: "x" })),
      "SerializationException",
      /./,
    );
  });
});

describe("consumers: validation", () => {
  it("refuses names and ARNs that are none", async () => {
    await expectRefusal(
      kinesisClient().send(
        new RegisterStreamConsumerCommand({ StreamARN: arnOf("s"), ConsumerName: "a b" }),
      ),
      "ValidationException",
      violations(
        "Value 'a b' at 'consumerName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
      ),
    );
  });
});

describe("consumers: behaviour", () => {
  it("are registered, listed, described and deregistered", async () => {
    const client = kinesisClient();
    const StreamARN = arnOf(await newStream(client));
    const names = ["app-a", "app-b", "app-c"];
    for (const ConsumerName of names) {
      const { Consumer } = await client.send(
        new RegisterStreamConsumerCommand({ StreamARN, ConsumerName }),
      );
      const seconds = Math.floor(Consumer!.ConsumerCreationTimestamp!.getTime() / 1000);
      expect(Consumer).toMatchObject({
        ConsumerName,
        ConsumerStatus: "CREATING",
        ConsumerARN: `${StreamARN}/consumer/${ConsumerName}:${seconds}`,
      });
    }
    const listed: unknown[] = [];
    for await (const page of paginateListStreamConsumers({ client, pageSize: 2 }, { StreamARN })) {
      listed.push(...(page.Consumers ?? []).map(({ ConsumerName }) => ConsumerName));
    }
    expect(listed).toEqual(names);

    const address = { StreamARN, ConsumerName: "app-b" };
    const described = await eventually("the consumer is ACTIVE", async () => {
      const answer = await client.send(new DescribeStreamConsumerCommand(address));
      const description = answer.ConsumerDescription;
      return description?.ConsumerStatus === "ACTIVE" ? description : undefined;
    });
    expect(described).toMatchObject(address);
    await expectRefusal(
      client.send(new RegisterStreamConsumerCommand(address)),
      "ResourceInUseException",
      /already exists/,
    );

    const { ConsumerARN } = described;
    await client.send(new DeregisterStreamConsumerCommand({ ConsumerARN }));
    await expectRefusal(
      client.send(new DescribeStreamConsumerCommand({ ConsumerARN })),
      "ResourceNotFoundException",
      `Consumer ${ConsumerARN}, account ${ACCOUNT_ID} not found.`,
    );
  });
});
