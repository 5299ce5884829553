import { expect, it } from "vitest";
import { itFindsStreams } from "./addressed.ts";
import { arnOf } from "./client.ts";
import { conformance } from "./conformance.ts";
import { A_NAME, bad, lengthAtMost, LIST_FOR_SCALAR } from "./sentences.ts";
import { sdk, sharedStream } from "./streams.ts";

const stream = sharedStream({ ShardCount: 2 });

conformance("DescribeStreamSummary", {
  serialization: {
    "takes no list for a name": [{ StreamName: [] }, LIST_FOR_SCALAR],
  },
  validation: {
    "checks the name": [
      { StreamName: "ü".repeat(128) },
      bad("streamName", "ü".repeat(128), A_NAME),
    ],
    "names only the length of a name that is too long": [
      { StreamName: "ü".repeat(129) },
      bad("streamName", "ü".repeat(129), lengthAtMost(128)),
    ],
  },
  behaviour(subject) {
    const { caller, call } = subject;
    itFindsStreams(subject);

    it("shows the stream without its shards, and how many are open", async () => {
      const StreamName = await stream();
      const { StreamDescriptionSummary: summary } = await call({ StreamName });
      expect(summary).toMatchObject({
        StreamName,
        StreamARN: arnOf(StreamName),
        StreamStatus: "ACTIVE",
        StreamModeDetails: { StreamMode: "PROVISIONED" },
        RetentionPeriodHours: 24,
        EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
        EncryptionType: "NONE",
        OpenShardCount: 2,
        ConsumerCount: 0,
      });
      expect(summary).not.toHaveProperty("StreamId");
      expect(summary).not.toHaveProperty("Shards");
      // A client that knows the one knows the other.
      if (caller.supports("UpdateMaxRecordSize")) {
        expect(summary).toMatchObject({ MaxRecordSizeInKiB: 1024 });
      }
    });

    it("says when the stream was made, as the other description does", async () => {
      const StreamName = await stream();
      const { StreamDescription } = await sdk.call("DescribeStream", { StreamName });
      const { StreamDescriptionSummary } = await call({ StreamName });
      expect(StreamDescriptionSummary!.StreamCreationTimestamp).toEqual(
        StreamDescription!.StreamCreationTimestamp,
      );
    });
  },
});
