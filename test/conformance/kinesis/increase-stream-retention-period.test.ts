import { expect, it } from "vitest";
import { itFindsStreams, itWaitsForItsTurn } from "./addressed.ts";
import { conformance } from "./conformance.ts";
import { BOOLEAN_FOR_INTEGER, missing, TEXT_FOR_INTEGER } from "./sentences.ts";
import { freshStream, summaryOf } from "./streams.ts";

const StreamName = "clicks";

conformance("IncreaseStreamRetentionPeriod", {
  serialization: {
    "takes no text for hours": [{ StreamName, RetentionPeriodHours: "48" }, TEXT_FOR_INTEGER],
    "takes no boolean for hours": [{ StreamName, RetentionPeriodHours: true }, BOOLEAN_FOR_INTEGER],
  },
  validation: {
    "wants hours": [{ StreamName }, missing("retentionPeriodHours")],
  },
  behaviour(subject) {
    const { call, refuses } = subject;
    itFindsStreams(subject, { RetentionPeriodHours: 48 });
    itWaitsForItsTurn(subject, (name) => ({ StreamName: name, RetentionPeriodHours: 8760 }));

    it("raises what a stream keeps, up to a year, and never lowers it", async () => {
      const name = await freshStream();
      const set = (RetentionPeriodHours: number) => ({ StreamName: name, RetentionPeriodHours });
      await refuses(
        set(23),
        "InvalidArgumentException",
        "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too short.",
      );
      await refuses(
        set(8761),
        "InvalidArgumentException",
        "Maximum allowed retention period is 8760 hours. Requested retention period (8761 hours) is too long.",
      );
      expect(await call(set(25))).toEqual({});
      expect(await summaryOf(name)).toMatchObject({ RetentionPeriodHours: 25 });
      await call(set(25));
      await refuses(
        set(24),
        "InvalidArgumentException",
        `Requested retention period (24 hours) for stream ${name} can not be shorter than existing retention period (25 hours). Use DecreaseRetentionPeriod API.`,
      );
    });
  },
});
