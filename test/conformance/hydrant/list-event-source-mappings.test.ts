import { describe, expect, it } from "vitest";
import { arnOf, kinesisClient, newStream } from "../kinesis/client.ts";
import { call, expectRefusal, newMapping, violation } from "./client.ts";

const list = (input: object) => call("ListEventSourceMappings", input);

describe("ListEventSourceMappings: serialization", () => {
  it("refuses members of the wrong type", async () => {
    expectRefusal(
      await list({ MaxItems: true }),
      "SerializationException",
      "class java.lang.Boolean can not be converted to an Integer",
    );
  });
});

describe("ListEventSourceMappings: validation", () => {
  it("refuses counts that no page has", async () => {
    expectRefusal(
      await list({ MaxItems: 10_001 }),
      "ValidationException",
      violation(
        "Value '10001' at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 10000",
      ),
    );
  });
});

describe("ListEventSourceMappings: behaviour", () => {
  it("goes through the mappings of a source page by page", async () => {
    const name = await newStream(kinesisClient());
    const made: string[] = [];
    for (const FunctionName of ["a", "b", "c"]) {
      made.push((await newMapping(name, { FunctionName })).value.UUID as string);
    }
    const pages: string[][] = [];
    let Marker: string | undefined;
    do {
      const { value } = await list({ EventSourceArn: arnOf(name), MaxItems: 2, Marker });
      const page = value.EventSourceMappings as readonly { readonly UUID: string }[];
      pages.push(page.map(({ UUID }) => UUID));
      Marker = value.NextMarker as string | undefined;
    } while (Marker !== undefined);
    expect(pages.map(({ length }) => length)).toEqual([2, 1]);
    expect(pages.flat()).toEqual(made.toSorted());
  });

  it("finds those of a function", async () => {
    const name = await newStream(kinesisClient());
    const { value } = await newMapping(name, { FunctionName: name.slice(0, 60) });
    const found = await list({ FunctionName: value.FunctionArn as string });
    expect(found.value).toEqual({
      EventSourceMappings: [expect.objectContaining({ UUID: value.UUID as string })],
    });
  });
});
