import { expect, it } from "vitest";
import { arnOf } from "./client.ts";
import { conformance } from "./conformance.ts";
import { A_CONSUMER_ARN, freshConsumer, itFindsConsumers } from "./consumers.ts";
import { A_NAME, A_STREAM_ARN, bad, LIST_FOR_SCALAR, NUMBER_FOR_TEXT } from "./sentences.ts";
import { freshStream } from "./streams.ts";

conformance("DescribeStreamConsumer", {
  serialization: {
    "takes no list for an ARN": [{ ConsumerARN: [] }, LIST_FOR_SCALAR],
    "takes no number for a name": [{ ConsumerName: 5 }, NUMBER_FOR_TEXT],
  },
  validation: {
    "checks every member": [
      { StreamARN: "clicks", ConsumerName: "a b", ConsumerARN: "app" },
      bad("streamARN", "clicks", A_STREAM_ARN),
      bad("consumerName", "a b", A_NAME),
      bad("consumerARN", "app", A_CONSUMER_ARN),
    ],
  },
  behaviour(subject) {
    const { call } = subject;
    itFindsConsumers(subject);

    it("shows a consumer by its ARN, or by its stream and name", async () => {
      const StreamName = await freshStream();
      const StreamARN = arnOf(StreamName);
      const ConsumerARN = await freshConsumer(StreamName);
      const { ConsumerDescription } = await call({ ConsumerARN });
      expect(ConsumerDescription).toEqual({
        ConsumerName: "app",
        ConsumerARN,
        ConsumerStatus: "ACTIVE",
        ConsumerCreationTimestamp: expect.any(Date) as Date,
        StreamARN,
      });
      const named = await call({ StreamARN, ConsumerName: "app" });
      expect(named).toEqual({ ConsumerDescription });
    });
  },
});
