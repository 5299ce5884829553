import { expect, it } from "vitest";
import { itFindsResources } from "./addressed.ts";
import { arnOf } from "./client.ts";
import { conformance } from "./conformance.ts";
import { freshConsumer } from "./consumers.ts";
import { missing, NUMBER_FOR_TEXT } from "./sentences.ts";
import { freshStream, sdk, sharedStream } from "./streams.ts";

const stream = sharedStream();
const withoutPolicy = sharedStream();

conformance("GetResourcePolicy", {
  serialization: {
    "takes no number for an ARN": [{ ResourceARN: 1 }, NUMBER_FOR_TEXT],
  },
  validation: {
    "wants a resource": [{}, missing("resourceARN")],
  },
  behaviour(subject) {
    const { call } = subject;
    itFindsResources(subject);

    it("answers the policy letter by letter", async () => {
      const ResourceARN = arnOf(await stream());
      const Policy = '{ "Version": "2012-10-17",\n "Statement": [] }';
      await sdk.call("PutResourcePolicy", { ResourceARN, Policy });
      expect(await call({ ResourceARN })).toEqual({ Policy });
    });

    it("answers a consumer's, and an empty one where it has none", async () => {
      const ResourceARN = await freshConsumer(await freshStream());
      expect(await call({ ResourceARN })).toEqual({ Policy: "{}" });
      await sdk.call("PutResourcePolicy", { ResourceARN, Policy: '{"Statement":[]}' });
      expect(await call({ ResourceARN })).toEqual({ Policy: '{"Statement":[]}' });
    });

    it("answers an empty one where there is none", async () => {
      expect(await call({ ResourceARN: arnOf(await withoutPolicy()) })).toEqual({ Policy: "{}" });
    });
  },
});
