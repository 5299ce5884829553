import { expect, it } from "vitest";
import { itFindsResources } from "./addressed.ts";
import { arnOf } from "./client.ts";
import { conformance } from "./conformance.ts";
import { freshConsumer } from "./consumers.ts";
import { A_RESOURCE_ARN, bad, LIST_FOR_SCALAR, MAP_WANTED, missing } from "./sentences.ts";
import { freshStream, sdk } from "./streams.ts";

const ResourceARN = arnOf("clicks");
const Tags = { a: "1" };

conformance("TagResource", {
  serialization: {
    "takes no list for an ARN": [{ ResourceARN: [], Tags }, LIST_FOR_SCALAR],
    "takes no text for a map": [{ ResourceARN, Tags: "a=1" }, MAP_WANTED],
  },
  validation: {
    "wants a resource and tags": [{}, missing("resourceARN"), missing("tags")],
    "checks the ARN": [
      { ResourceARN: "clicks", Tags },
      bad("resourceARN", "clicks", A_RESOURCE_ARN),
    ],
  },
  behaviour(subject) {
    const { call, refuses } = subject;
    itFindsResources(subject, { Tags });

    it("tags a consumer, beside its stream", async () => {
      const StreamName = await freshStream();
      const consumer = { ResourceARN: await freshConsumer(StreamName) };
      expect(await call({ ...consumer, Tags })).toEqual({});
      const ofConsumer = await sdk.call("ListTagsForResource", consumer);
      expect(ofConsumer.Tags).toEqual([{ Key: "a", Value: "1" }]);
      expect((await sdk.call("ListTagsForStream", { StreamName })).Tags).toEqual([]);
    });

    it("tags a stream, and overwrites equal keys", async () => {
      const StreamName = await freshStream();
      const address = { ResourceARN: arnOf(StreamName) };
      expect(await call({ ...address, Tags: { a: "1", b: "2" } })).toEqual({});
      await call({ ...address, Tags: { a: "3" } });
      const listed = await sdk.call("ListTagsForStream", { StreamName });
      expect(listed.Tags).toEqual([
        { Key: "a", Value: "3" },
        { Key: "b", Value: "2" },
      ]);
      await refuses(
        { ...address, Tags: { "a;b": "1" } },
        "InvalidArgumentException",
        /^Some tags contain invalid characters\./,
      );
    });
  },
});
