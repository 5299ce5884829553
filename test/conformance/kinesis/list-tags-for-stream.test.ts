import { expect, it } from "vitest";
import { itFindsStreams } from "./addressed.ts";
import { conformance } from "./conformance.ts";
import { atMost, bad, lengthAtLeast, NUMBER_FOR_TEXT, TEXT_FOR_INTEGER } from "./sentences.ts";
import { sdk, sharedStream } from "./streams.ts";

const StreamName = "clicks";
const untagged = sharedStream();
const untouched = sharedStream();

async function tagged(): Promise<string> {
  const name = await untagged();
  await sdk.call("AddTagsToStream", { StreamName: name, Tags: { b: "2", a: "1", c: "3" } });
  return name;
}

conformance("ListTagsForStream", {
  serialization: {
    "takes no text for a limit": [{ StreamName, Limit: "1" }, TEXT_FOR_INTEGER],
    "takes no number for a key": [{ StreamName, ExclusiveStartTagKey: 1 }, NUMBER_FOR_TEXT],
  },
  validation: {
    "bounds the limit and the key": [
      { StreamName, ExclusiveStartTagKey: "", Limit: 51 },
      bad("exclusiveStartTagKey", "", lengthAtLeast(1)),
      bad("limit", 51, atMost(50)),
    ],
  },
  behaviour(subject) {
    const { call } = subject;
    itFindsStreams(subject);

    it("lists nothing of a stream without tags", async () => {
      expect(await call({ StreamName: await untouched() })).toEqual({
        Tags: [],
        HasMoreTags: false,
      });
    });

    it("lists them in the order of their keys, in pages", async () => {
      const name = await tagged();
      expect(await call({ StreamName: name, Limit: 2 })).toEqual({
        Tags: [
          { Key: "a", Value: "1" },
          { Key: "b", Value: "2" },
        ],
        HasMoreTags: true,
      });
      expect(await call({ StreamName: name, ExclusiveStartTagKey: "b", Limit: 2 })).toEqual({
        Tags: [{ Key: "c", Value: "3" }],
        HasMoreTags: false,
      });
    });
  },
});
