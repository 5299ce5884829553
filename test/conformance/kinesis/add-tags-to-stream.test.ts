import { expect, it } from "vitest";
import { itFindsStreams, underAccount } from "./addressed.ts";
import { conformance } from "./conformance.ts";
import {
  badAt,
  lengthAtLeast,
  lengthAtMost,
  MAP_WANTED,
  missing,
  NUMBER_FOR_TEXT,
} from "./sentences.ts";
import { freshStream, sdk, sharedStream } from "./streams.ts";

const StreamName = "clicks";
const Tags = { a: "1" };
const untagged = sharedStream();

conformance("AddTagsToStream", {
  serialization: {
    "takes no text for a map": [{ StreamName, Tags: "a=1" }, MAP_WANTED],
    "takes no number for a value": [{ StreamName, Tags: { a: 1 } }, NUMBER_FOR_TEXT],
  },
  validation: {
    "wants tags": [{ StreamName }, missing("tags")],
    "wants at least one": [{ StreamName, Tags: {} }, badAt("tags", lengthAtLeast(1))],
    "bounds keys and values": [
      { StreamName, Tags: { ["k".repeat(129)]: "v".repeat(257) } },
      badAt(
        "tags",
        `Map keys must satisfy constraint: [${lengthAtMost(128)}, ${lengthAtLeast(1)}]`,
      ),
      badAt(
        "tags",
        `Map value must satisfy constraint: [${lengthAtMost(256)}, ${lengthAtLeast(0)}]`,
      ),
    ],
  },
  behaviour(subject) {
    const { call, refuses } = subject;
    itFindsStreams(subject, { Tags });

    it("adds tags and overwrites equal keys", async () => {
      const name = await freshStream({ ShardCount: 1 });
      expect(await call({ StreamName: name, Tags: { a: "1", team: "späße" } })).toEqual({});
      await call({ StreamName: name, Tags: { a: "2", empty: "" } });
      const listed = await sdk.call("ListTagsForStream", { StreamName: name });
      expect(listed.Tags).toEqual([
        { Key: "a", Value: "2" },
        { Key: "empty", Value: "" },
        { Key: "team", Value: "späße" },
      ]);
    });

    it("refuses characters that tags may not have", async () => {
      const name = await untagged();
      for (const tags of [{ "a;b": "1" }, { "a\tb": "1" }, { a: "1\n2" }]) {
        await refuses(
          { StreamName: name, Tags: tags },
          "InvalidArgumentException",
          "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @.",
        );
      }
      await refuses(
        { StreamName: name, Tags: { a: "100%" } },
        "InvalidArgumentException",
        `Failed to add tags to ${underAccount(name)} because some tags contained illegal characters. The allowed characters are Unicode letters, white-spaces, '_',',','/','=','+','-','@'.`,
      );
    });

    it("takes fifty and no more", async () => {
      const name = await untagged();
      const keys = Array.from({ length: 51 }, (_, i) => [`key-${i}`, ""]);
      await refuses(
        { StreamName: name, Tags: Object.fromEntries(keys) as object },
        "InvalidArgumentException",
        `Failed to add tags to ${underAccount(name)} because a given stream cannot have more than 50 tags associated with it.`,
      );
    });
  },
});
