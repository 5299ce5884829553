import { describe, expect, it } from "vitest";
import { call, expectRefusal, violation } from "./client.ts";
import { startRedrive } from "./redrives.ts";
import { streamNotFound, streamWith } from "./replays.ts";

const OPERATION = "ListRedrives";

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

  it("goes through a stream's redrives, page by page", async () => {
    const { name } = await streamWith();
    const started: string[] = [];
    for (let i = 0; i < 3; i++) {
      started.push((await startRedrive(name)).value.Redrive.RedriveId as string);
    }
    const found: string[] = [];
    let Marker: string | undefined;
    do {
      const { value } = await call(OPERATION, { DeliveryStreamName: name, MaxItems: 2, Marker });
      const page = value.Redrives as readonly { readonly RedriveId: string }[];
      expect(page.length).toBeLessThanOrEqual(2);
      found.push(...page.map(({ RedriveId }) => RedriveId));
      Marker = value.NextMarker as string | undefined;
    } while (Marker !== undefined);
    expect(found.toSorted()).toEqual(started.toSorted());
  });
});
