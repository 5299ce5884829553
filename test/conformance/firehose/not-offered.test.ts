import {
  ListTagsForDeliveryStreamCommand,
  StartDeliveryStreamEncryptionCommand,
  StopDeliveryStreamEncryptionCommand,
  TagDeliveryStreamCommand,
  UntagDeliveryStreamCommand,
  UpdateDestinationCommand,
} from "@aws-sdk/client-firehose";
import { describe, it } from "vitest";
import { expectRefusal, firehoseClient } from "./client.ts";

const DeliveryStreamName = "any";

describe("an operation that is not offered", () => {
  it.each([
    new ListTagsForDeliveryStreamCommand({ DeliveryStreamName }),
    new StartDeliveryStreamEncryptionCommand({ DeliveryStreamName }),
    new StopDeliveryStreamEncryptionCommand({ DeliveryStreamName }),
    new TagDeliveryStreamCommand({ DeliveryStreamName, Tags: [{ Key: "k" }] }),
    new UntagDeliveryStreamCommand({ DeliveryStreamName, TagKeys: ["k"] }),
    new UpdateDestinationCommand({
      DeliveryStreamName,
      CurrentDeliveryStreamVersionId: "1",
      DestinationId: "destinationId-000000000001",
    }),
  ])("says so: $constructor.name", async (command) => {
    const name = command.constructor.name.replace(/Command$/, "");
    await expectRefusal(
      firehoseClient().send(command as UpdateDestinationCommand),
      "UnsupportedOperationException",
      new RegExp(`^${name} is not offered by Hydrant: .`),
    );
  });
});
