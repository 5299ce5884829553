import { expect, it } from "vitest";
import { itFindsResources } from "./addressed.ts";
import { arnOf } from "./client.ts";
import { conformance } from "./conformance.ts";
import { freshConsumer } from "./consumers.ts";
import { A_RESOURCE_ARN, bad, LIST_FOR_SCALAR, missing } from "./sentences.ts";
import { freshStream, sdk } from "./streams.ts";

conformance("DeleteResourcePolicy", {
  serialization: {
    "takes no list for an ARN": [{ ResourceARN: [] }, LIST_FOR_SCALAR],
  },
  validation: {
    "wants a resource": [{}, missing("resourceARN")],
    "checks the ARN": [{ ResourceARN: "clicks" }, bad("resourceARN", "clicks", A_RESOURCE_ARN)],
  },
  behaviour(subject) {
    const { call, refuses } = subject;
    itFindsResources(subject);

    it.each(["a stream", "a consumer"])("deletes the policy of %s once", async (what) => {
      const StreamName = await freshStream();
      const ResourceARN = what === "a stream" ? arnOf(StreamName) : await freshConsumer(StreamName);
      await sdk.call("PutResourcePolicy", { ResourceARN, Policy: '{"Statement":[]}' });
      expect(await call({ ResourceARN })).toEqual({});
      expect(await sdk.call("GetResourcePolicy", { ResourceARN })).toEqual({ Policy: "{}" });
      await refuses(
        { ResourceARN },
        "ResourceNotFoundException",
        `No resource policy found for resource ARN ${ResourceARN}`,
      );
    });
  },
});
