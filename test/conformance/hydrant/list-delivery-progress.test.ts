import { describe, expect, it } from "vitest";
import { firehoseClient, newStream, uniqueName } from "../firehose/client.ts";
import { call, expectRefusal, violation } from "./client.ts";

const OPERATION = "ListDeliveryProgress";

describe(`${OPERATION}: serialization`, () => {
  it("refuses members of the wrong type", async () => {
    expectRefusal(
      await call(OPERATION, { MaxItems: true }),
      "SerializationException",
      "class java.lang.Boolean can not be converted to an Integer",
    );
  });
});

describe(`${OPERATION}: validation`, () => {
  it("refuses counts that no page has", async () => {
    expectRefusal(
      await call(OPERATION, { MaxItems: 101 }),
      "ValidationException",
      violation(
        "Value '101' at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 100",
      ),
    );
  });
});

describe(`${OPERATION}: behaviour`, () => {
  it("goes through all delivery streams, page by page, in the order of their names", async () => {
    const client = firehoseClient();
    const prefix = uniqueName("progress");
    const names = ["a", "b", "c"].map((end) => `${prefix}-${end}`);
    for (const DeliveryStreamName of names) await newStream(client, { DeliveryStreamName });
    const found: string[] = [];
    let Marker: string | undefined = prefix;
    do {
      const { value } = await call(OPERATION, { MaxItems: 2, Marker });
      const page = value.Deliveries as readonly { readonly DeliveryStreamName: string }[];
      expect(page.length).toBeLessThanOrEqual(2);
      found.push(...page.map((row) => row.DeliveryStreamName));
      Marker = value.NextMarker as string | undefined;
    } while (Marker !== undefined && Marker.startsWith(prefix));
    expect(found.filter((name) => name.startsWith(prefix))).toEqual(names);
  });
});
