import { describe, expect, it } from "vitest";
import { harness, STREAM_ARN } from "./harness.ts";

describe("ListEventSourceMappings", () => {
  async function several() {
    const made = await harness();
    await made.callKinesis("CreateStream", { StreamName: "views", ShardCount: 1 });
    const views = STREAM_ARN.replace("clicks", "views");
    for (let i = 0; i < 5; i++) await made.create({ FunctionName: `f${i}` });
    await made.create({ EventSourceArn: views, FunctionName: "f0" });
    return { ...made, views };
  }

  it("goes through all of them page by page", async () => {
    const { call } = await several();
    const seen: string[] = [];
    const sizes: number[] = [];
    let Marker: string | undefined;
    do {
      const { value } = await call("ListEventSourceMappings", { MaxItems: 2, Marker });
      seen.push(...value.EventSourceMappings.map(({ UUID }: { UUID: string }) => UUID));
      sizes.push(value.EventSourceMappings.length);
      Marker = value.NextMarker;
    } while (Marker !== undefined);
    expect(sizes).toEqual([2, 2, 2]);
    expect(new Set(seen).size).toBe(6);
  });

  it("of a source, of a function, and of both", async () => {
    const { call, views } = await several();
    const found = async (request: object) => {
      const { value } = await call("ListEventSourceMappings", request);
      expect(value).not.toHaveProperty("NextMarker");
      return value.EventSourceMappings.length;
    };
    expect(await found({ EventSourceArn: STREAM_ARN })).toBe(5);
    expect(await found({ FunctionName: "f0" })).toBe(2);
    expect(await found({ FunctionName: "f0", EventSourceArn: views, MaxItems: 1 })).toBe(1);
    for (const FunctionName of ["f1", "f2", "f3", "f4"]) {
      expect(await found({ FunctionName, MaxItems: 1 })).toBe(1);
      expect(await found({ FunctionName, EventSourceArn: views })).toBe(0);
    }
  });
});
