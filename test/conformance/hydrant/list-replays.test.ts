import { describe, expect, it } from "vitest";
import { call, expectRefusal, violation } from "./client.ts";
import { start, streamNotFound, streamWith } from "./replays.ts";

const OPERATION = "ListReplays";

describe(`${OPERATION}: serialization`, () => {
  it("refuses members of the wrong type", async () => {
    expectRefusal(
      await call(OPERATION, { DeliveryStreamName: "a", MaxItems: true }),
      "SerializationException",
      "class java.lang.Boolean can not be converted to an Integer",
    );
  });
});

describe(`${OPERATION}: validation`, () => {
  it("refuses counts that no page has", async () => {
    expectRefusal(
      await call(OPERATION, { DeliveryStreamName: "a", MaxItems: 101 }),
      "ValidationException",
      violation(
        "Value '101' at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 100",
      ),
    );
  });
});

describe(`${OPERATION}: behaviour`, () => {
  it("knows nothing of streams that are not there", async () => {
    expectRefusal(
      await call(OPERATION, { DeliveryStreamName: "nobodys" }),
      "ResourceNotFoundException",
      streamNotFound("nobodys"),
    );
  });

  it("goes through a stream's replays, page by page, the latest first", async () => {
    const { name } = await streamWith();
    const started: string[] = [];
    for (let i = 0; i < 3; i++) {
      started.push((await start(name)).value.Replay.ReplayId as string);
    }
    const found: { readonly ReplayId: string; readonly StartTime: number }[] = [];
    let Marker: string | undefined;
    do {
      const { value } = await call(OPERATION, { DeliveryStreamName: name, MaxItems: 2, Marker });
      const page = value.Replays as typeof found;
      expect(page.length).toBeLessThanOrEqual(2);
      found.push(...page);
      Marker = value.NextMarker as string | undefined;
    } while (Marker !== undefined);
    expect(found.map(({ ReplayId }) => ReplayId).toSorted()).toEqual(started.toSorted());
    const times = found.map(({ StartTime }) => StartTime);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
  });
});
