import { ListDeliveryStreamsCommand } from "@aws-sdk/client-firehose";
import { describe, expect, it } from "vitest";
import {
  expectRefusal,
  firehoseClient,
  newStream,
  clientSending,
  uniqueName,
  violations,
} from "./client.ts";

describe("ListDeliveryStreams: serialization", () => {
  it("refuses a limit that is not a number", async () => {
    await expectRefusal(
      clientSending('{"Limit":true}').send(new ListDeliveryStreamsCommand()),
      "SerializationException",
      /can not be converted to an Integer/,
    );
  });

  it("takes an empty input", async () => {
    const { DeliveryStreamNames, HasMoreDeliveryStreams } = await firehoseClient().send(
      new ListDeliveryStreamsCommand(),
    );
    expect(Array.isArray(DeliveryStreamNames)).toBe(true);
    expect(typeof HasMoreDeliveryStreams).toBe("boolean");
  });
});

describe("ListDeliveryStreams: validation", () => {
  it("refuses a limit of 0 and an unknown type", async () => {
    await expectRefusal(
      firehoseClient().send(
        new ListDeliveryStreamsCommand({ Limit: 0, DeliveryStreamType: "Push" as never }),
      ),
      "ValidationException",
      violations(
        "Value at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
        "Value at 'deliveryStreamType' failed to satisfy constraint: Member must satisfy enum value set: [DirectPut, KinesisStreamAsSource, MSKAsSource, DatabaseAsSource]",
      ),
    );
  });
});

describe("ListDeliveryStreams: behaviour", () => {
  it("pages in alphabetical order, from a name that need not exist", async () => {
    const client = firehoseClient();
    const start = `${uniqueName("list")}-`;
    const names = ["a", "b", "c"].map((end) => start + end);
    for (const DeliveryStreamName of names.toReversed()) {
      await newStream(client, { DeliveryStreamName });
    }
    const page = async (ExclusiveStartDeliveryStreamName: string, Limit: number) => {
      const answer = await client.send(
        new ListDeliveryStreamsCommand({ ExclusiveStartDeliveryStreamName, Limit }),
      );
      return answer.DeliveryStreamNames;
    };
    expect(await page(start, 2)).toEqual(names.slice(0, 2));
    expect(await page(names[1] as string, 1)).toEqual(names.slice(2));
  });

  it("lists the streams of one type", async () => {
    const client = firehoseClient();
    const name = await newStream(client);
    const answer = await client.send(
      new ListDeliveryStreamsCommand({ DeliveryStreamType: "MSKAsSource", Limit: 10_000 }),
    );
    expect(answer.DeliveryStreamNames).not.toContain(name);
  });
});
