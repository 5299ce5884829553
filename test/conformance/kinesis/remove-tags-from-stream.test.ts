import { expect, it } from "vitest";
import { itFindsStreams } from "./addressed.ts";
import { conformance } from "./conformance.ts";
import {
  badAt,
  lengthAtLeast,
  lengthAtMost,
  LIST_WANTED,
  missing,
  NUMBER_FOR_TEXT,
} from "./sentences.ts";
import { freshStream, sdk, sharedStream } from "./streams.ts";

const StreamName = "clicks";
const stream = sharedStream();

conformance("RemoveTagsFromStream", {
  serialization: {
    "takes no text for a list": [{ StreamName, TagKeys: "a" }, LIST_WANTED],
    "takes no number for a key": [{ StreamName, TagKeys: [1] }, NUMBER_FOR_TEXT],
  },
  validation: {
    "wants keys": [{ StreamName }, missing("tagKeys")],
    "wants at least one": [{ StreamName, TagKeys: [] }, badAt("tagKeys", lengthAtLeast(1))],
    "bounds their length": [
      { StreamName, TagKeys: ["k".repeat(129)] },
      badAt(
        "tagKeys",
        `Member must satisfy constraint: [${lengthAtMost(128)}, ${lengthAtLeast(1)}]`,
      ),
    ],
  },
  behaviour(subject) {
    const { call, refuses } = subject;
    itFindsStreams(subject, { TagKeys: ["a"] });

    it("removes what is there, and minds not what is not", async () => {
      const name = await freshStream();
      await sdk.call("AddTagsToStream", { StreamName: name, Tags: { a: "1", b: "2" } });
      expect(await call({ StreamName: name, TagKeys: ["a", "never-there"] })).toEqual({});
      const { Tags } = await sdk.call("ListTagsForStream", { StreamName: name });
      expect(Tags).toEqual([{ Key: "b", Value: "2" }]);
    });

    it("refuses characters that no key has", async () => {
      await refuses(
        { StreamName: await stream(), TagKeys: ["a;b"] },
        "InvalidArgumentException",
        /^Some tags contain invalid characters\./,
      );
    });
  },
});
