import { expect, it } from "vitest";
import { itFindsResources } from "./addressed.ts";
import { arnOf } from "./client.ts";
import { conformance } from "./conformance.ts";
import { badAt, lengthAtMost, LIST_WANTED, missing, STRUCTURE_FOR_SCALAR } from "./sentences.ts";
import { freshStream, sdk } from "./streams.ts";

const ResourceARN = arnOf("clicks");

conformance("UntagResource", {
  serialization: {
    "takes no structure for an ARN": [{ ResourceARN: {} }, STRUCTURE_FOR_SCALAR],
    "takes no text for a list": [{ ResourceARN, TagKeys: "a" }, LIST_WANTED],
  },
  validation: {
    "wants a resource and keys": [{}, missing("resourceARN"), missing("tagKeys")],
    "takes fifty keys": [
      { ResourceARN, TagKeys: Array.from({ length: 51 }, (_, i) => `key-${i}`) },
      badAt("tagKeys", lengthAtMost(50)),
    ],
  },
  behaviour(subject) {
    const { call } = subject;
    itFindsResources(subject, { TagKeys: ["a"] });

    it("removes what is there, and minds not what is not", async () => {
      const StreamName = await freshStream();
      await sdk.call("AddTagsToStream", { StreamName, Tags: { a: "1", b: "2" } });
      const address = { ResourceARN: arnOf(StreamName) };
      expect(await call({ ...address, TagKeys: ["b", "never-there"] })).toEqual({});
      const { Tags } = await sdk.call("ListTagsForStream", { StreamName });
      expect(Tags).toEqual([{ Key: "a", Value: "1" }]);
    });
  },
});
