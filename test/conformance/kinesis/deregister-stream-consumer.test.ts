import { expect, it } from "vitest";
import { ACCOUNT_ID, arnOf } from "./client.ts";
import { conformance } from "./conformance.ts";
import { A_CONSUMER_ARN, freshConsumer, itFindsConsumers } from "./consumers.ts";
import { A_NAME, bad, NUMBER_FOR_TEXT, STRUCTURE_FOR_SCALAR } from "./sentences.ts";
import { freshStream, sdk, summaryOf } from "./streams.ts";

conformance("DeregisterStreamConsumer", {
  serialization: {
    "takes no structure for an ARN": [{ ConsumerARN: {} }, STRUCTURE_FOR_SCALAR],
    "takes no number for a name": [{ ConsumerName: 5 }, NUMBER_FOR_TEXT],
  },
  validation: {
    "checks names and ARNs": [
      { ConsumerName: "a b", ConsumerARN: "app" },
      bad("consumerName", "a b", A_NAME),
      bad("consumerARN", "app", A_CONSUMER_ARN),
    ],
  },
  behaviour(subject) {
    const { call } = subject;
    itFindsConsumers(subject);

    it("removes a consumer by its ARN, and one by its stream and name", async () => {
      const StreamName = await freshStream();
      const StreamARN = arnOf(StreamName);
      const ConsumerARN = await freshConsumer(StreamName, "one");
      await sdk.call("RegisterStreamConsumer", { StreamARN, ConsumerName: "other" });
      expect(await call({ ConsumerARN })).toEqual({});
      await expect(sdk.call("DescribeStreamConsumer", { ConsumerARN })).rejects.toThrow(
        `Consumer ${ConsumerARN}, account ${ACCOUNT_ID} not found.`,
      );
      expect(await summaryOf(StreamName)).toMatchObject({ ConsumerCount: 1 });
      await call({ StreamARN, ConsumerName: "other" });
      expect(await summaryOf(StreamName)).toMatchObject({ ConsumerCount: 0 });
    });
  },
});
