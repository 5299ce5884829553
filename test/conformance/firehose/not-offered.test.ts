import {
  StartDeliveryStreamEncryptionCommand,
  StopDeliveryStreamEncryptionCommand,
} from "@aws-sdk/client-firehose";
import { describe, it } from "vitest";
import { expectRefusal, firehoseClient } from "./client.ts";

const DeliveryStreamName = "any";

describe("an operation that is not offered", () => {
  it.each([
    new StartDeliveryStreamEncryptionCommand({ DeliveryStreamName }),
    new StopDeliveryStreamEncryptionCommand({ DeliveryStreamName }),
  ])("says so: $constructor.name", async (command) => {
    const name = command.constructor.name.replace(/Command$/, "");
    await expectRefusal(
      firehoseClient().send(command),
      "UnsupportedOperationException",
      new RegExp(`^${name} is not offered by Hydrant: .`),
    );
  });
});
