import { expect, it } from "vitest";
import { itFindsStreams, itWaitsForItsTurn } from "./addressed.ts";
import { conformance } from "./conformance.ts";
import { LIST_FOR_SCALAR, missing, TEXT_FOR_INTEGER } from "./sentences.ts";
import { freshStream, sdk, summaryOf } from "./streams.ts";

const StreamName = "clicks";

conformance("DecreaseStreamRetentionPeriod", {
  serialization: {
    "takes no text for hours": [{ StreamName, RetentionPeriodHours: "24" }, TEXT_FOR_INTEGER],
    "takes no list for hours": [{ StreamName, RetentionPeriodHours: [24] }, LIST_FOR_SCALAR],
  },
  validation: {
    "wants hours": [{ StreamName }, missing("retentionPeriodHours")],
  },
  behaviour(subject) {
    const { call, refuses } = subject;
    itFindsStreams(subject, { RetentionPeriodHours: 24 });
    itWaitsForItsTurn(subject, (name) => ({ StreamName: name, RetentionPeriodHours: 24 }));

    it("lowers what a stream keeps, to a day, and never raises it", async () => {
      const name = await freshStream();
      const set = (RetentionPeriodHours: number) => ({ StreamName: name, RetentionPeriodHours });
      await sdk.call("IncreaseStreamRetentionPeriod", set(48));
      expect(await call(set(36))).toEqual({});
      expect(await summaryOf(name)).toMatchObject({ RetentionPeriodHours: 36 });
      await refuses(
        set(37),
        "InvalidArgumentException",
        `Requested retention period (37 hours) for stream ${name} can not be longer than existing retention period (36 hours). Use IncreaseRetentionPeriod API.`,
      );
      await refuses(
        set(23),
        "InvalidArgumentException",
        "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too short.",
      );
    });
  },
});
