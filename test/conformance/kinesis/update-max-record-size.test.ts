import { expect, it } from "vitest";
import { itWaitsForItsTurn } from "./addressed.ts";
import { arnOf, notFoundText } from "./client.ts";
import { conformance } from "./conformance.ts";
import { A_STREAM_ARN, atLeast, atMost, bad, missing, TEXT_FOR_INTEGER } from "./sentences.ts";
import { freshName, freshStream, sdk, summaryOf } from "./streams.ts";

const StreamARN = arnOf("clicks");

conformance("UpdateMaxRecordSize", {
  serialization: {
    "takes no text for a size": [{ StreamARN, MaxRecordSizeInKiB: "2048" }, TEXT_FOR_INTEGER],
  },
  validation: {
    "wants a size": [{ StreamARN }, missing("maxRecordSizeInKiB")],
    "bounds it below, and checks the ARN": [
      { StreamARN: "clicks", MaxRecordSizeInKiB: 1023 },
      bad("streamARN", "clicks", A_STREAM_ARN),
      bad("maxRecordSizeInKiB", 1023, atLeast(1024)),
    ],
    "bounds it above": [
      { StreamARN, MaxRecordSizeInKiB: 10_241 },
      bad("maxRecordSizeInKiB", 10_241, atMost(10_240)),
    ],
  },
  behaviour(subject) {
    const { call, refuses } = subject;
    itWaitsForItsTurn(subject, (name) => ({ StreamARN: arnOf(name), MaxRecordSizeInKiB: 1024 }));

    it("finds nothing where nothing is", async () => {
      const name = freshName();
      await refuses(
        { StreamARN: arnOf(name), MaxRecordSizeInKiB: 2048 },
        "ResourceNotFoundException",
        notFoundText(name),
      );
    });

    it("lets larger records in", async () => {
      const StreamName = await freshStream();
      const Data = Buffer.alloc(1024 * 1024);
      const put = () => sdk.call("PutRecord", { StreamName, PartitionKey: "a", Data });
      await expect(put()).rejects.toThrow(/must be at most 1024 KiB/);
      expect(await call({ StreamARN: arnOf(StreamName), MaxRecordSizeInKiB: 2048 })).toEqual({});
      expect(await summaryOf(StreamName)).toMatchObject({ MaxRecordSizeInKiB: 2048 });
      await put();
    });
  },
});
