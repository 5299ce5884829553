import { expect, it } from "vitest";
import { itFindsResources } from "./addressed.ts";
import { arnOf } from "./client.ts";
import { conformance } from "./conformance.ts";
import { A_RESOURCE_ARN, bad, missing, NUMBER_FOR_TEXT } from "./sentences.ts";
import { sdk, sharedStream } from "./streams.ts";

const stream = sharedStream();
const untouched = sharedStream();

conformance("ListTagsForResource", {
  serialization: {
    "takes no number for an ARN": [{ ResourceARN: 1 }, NUMBER_FOR_TEXT],
  },
  validation: {
    "wants a resource": [{}, missing("resourceARN")],
    "checks the ARN": [
      { ResourceARN: "arn:aws:s3:::bucket" },
      bad("resourceARN", "arn:aws:s3:::bucket", A_RESOURCE_ARN),
    ],
  },
  behaviour(subject) {
    const { call } = subject;
    itFindsResources(subject);

    it("lists nothing of a stream without tags", async () => {
      expect(await call({ ResourceARN: arnOf(await untouched()) })).toEqual({ Tags: [] });
    });

    it("lists them in the order of their keys", async () => {
      const StreamName = await stream();
      await sdk.call("AddTagsToStream", { StreamName, Tags: { b: "2", a: "1" } });
      expect(await call({ ResourceARN: arnOf(StreamName) })).toEqual({
        Tags: [
          { Key: "a", Value: "1" },
          { Key: "b", Value: "2" },
        ],
      });
    });
  },
});
