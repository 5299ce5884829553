import { expect, it } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { itFindsStreams } from "./addressed.ts";
import { arnOf, notFoundText } from "./client.ts";
import { conformance } from "./conformance.ts";
import { A_NAME, A_STREAM_ARN, bad, lengthAtLeast, NUMBER_FOR_TEXT } from "./sentences.ts";
import { freshStream, sdk, summaryOf, untilActive } from "./streams.ts";

conformance("DeleteStream", {
  serialization: {
    "takes no number for a name": [{ StreamName: 5 }, NUMBER_FOR_TEXT],
    "takes no text for a boolean": [
      { StreamName: "clicks", EnforceConsumerDeletion: "23" },
      "'23' can not be converted to an Boolean",
    ],
  },
  validation: {
    "checks the name": [
      { StreamName: "" },
      bad("streamName", "", A_NAME),
      bad("streamName", "", lengthAtLeast(1)),
    ],
    "checks the ARN": [
      { StreamARN: "arn:aws:sns:x" },
      bad("streamARN", "arn:aws:sns:x", A_STREAM_ARN),
    ],
  },
  behaviour(subject) {
    const { call, refuses, itKnowing } = subject;
    itFindsStreams(subject);

    it("removes a stream, and frees its name", async () => {
      const StreamName = await freshStream();
      expect(await call({ StreamName })).toEqual({});
      await expect(summaryOf(StreamName)).rejects.toThrow(notFoundText(StreamName));
      await sdk.call("CreateStream", { StreamName, ShardCount: 2 });
      expect(await summaryOf(StreamName)).toMatchObject({ StreamName });
    });

    it("removes a stream of hundreds of shards, and frees its name when the last of them is gone", async () => {
      const StreamName = await freshStream({ ShardCount: 400 });
      await call({ StreamName });
      await eventually("the name is free", async () => {
        await sdk.call("CreateStream", { StreamName, ShardCount: 1 });
        return true;
      });
      await untilActive(StreamName);
      expect(await summaryOf(StreamName)).toMatchObject({ OpenShardCount: 1 });
    });

    itKnowing(["StreamARN"], "takes an ARN", async () => {
      const StreamName = await freshStream();
      await call({ StreamARN: arnOf(StreamName) });
      await expect(summaryOf(StreamName)).rejects.toThrow(notFoundText(StreamName));
    });

    it("removes consumers only when it is told to", async () => {
      const StreamName = await freshStream();
      const StreamARN = arnOf(StreamName);
      await sdk.call("RegisterStreamConsumer", { StreamARN, ConsumerName: "app" });
      await refuses({ StreamName }, "ResourceInUseException", /has registered consumers/);
      await call({ StreamName, EnforceConsumerDeletion: true });
      await expect(summaryOf(StreamName)).rejects.toThrow(notFoundText(StreamName));
    });
  },
});
