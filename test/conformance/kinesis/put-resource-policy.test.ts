import { expect, it } from "vitest";
import { itFindsResources, itWaitsForItsTurn } from "./addressed.ts";
import { arnOf } from "./client.ts";
import { conformance } from "./conformance.ts";
import { freshConsumer } from "./consumers.ts";
import { A_RESOURCE_ARN, bad, missing, STRUCTURE_FOR_SCALAR } from "./sentences.ts";
import { freshStream, sdk, sharedStream } from "./streams.ts";

const ResourceARN = arnOf("clicks");
const Policy = '{"Version":"2012-10-17","Statement":[]}';
const unchanged = sharedStream();

conformance("PutResourcePolicy", {
  serialization: {
    "takes no structure for the text of a policy": [
      { ResourceARN, Policy: {} },
      STRUCTURE_FOR_SCALAR,
    ],
  },
  validation: {
    "wants a resource and a policy": [{}, missing("resourceARN"), missing("policy")],
    "checks the ARN": [
      { ResourceARN: "clicks", Policy },
      bad("resourceARN", "clicks", A_RESOURCE_ARN),
    ],
  },
  behaviour(subject) {
    const { call, refuses } = subject;
    itFindsResources(subject, { Policy });
    itWaitsForItsTurn(subject, (name) => ({ ResourceARN: arnOf(name), Policy }));

    it("keeps the policy as it was written, in place of an earlier one", async () => {
      const address = { ResourceARN: arnOf(await freshStream()) };
      expect(await call({ ...address, Policy: '{"Statement":[]}' })).toEqual({});
      await call({ ...address, Policy });
      expect(await sdk.call("GetResourcePolicy", address)).toEqual({ Policy });
    });

    it("keeps a consumer's policy beside its stream's", async () => {
      const StreamName = await freshStream();
      const consumer = { ResourceARN: await freshConsumer(StreamName) };
      expect(await call({ ...consumer, Policy })).toEqual({});
      expect(await sdk.call("GetResourcePolicy", consumer)).toEqual({ Policy });
      const ofStream = { ResourceARN: arnOf(StreamName) };
      expect(await sdk.call("GetResourcePolicy", ofStream)).toEqual({ Policy: "{}" });
    });

    it("refuses what is no JSON document", async () => {
      await refuses(
        { ResourceARN: arnOf(await unchanged()), Policy: "allow all" },
        "InvalidArgumentException",
        "Policy is not valid: it is no JSON document",
      );
    });

    it("refuses what is not understood, naming the place", async () => {
      const Resource = arnOf(await unchanged());
      const statement = { Effect: "Allow", Principal: "*", Action: "kinesis:GetRecords", Resource };
      const written = (...Statement: object[]) => JSON.stringify({ Statement });
      for (const [changes, sentence] of [
        [{ Principal: undefined }, "Statement[0].Principal is missing"],
        [
          { Principal: { Service: "lambda.amazonaws.com" } },
          "Statement[0].Principal.Service is not offered: only AWS principals call here",
        ],
        [
          { Resource: arnOf("other") },
          `Statement[0].Resource must be the resource that the policy is put on, ${Resource}, got "${arnOf("other")}"`,
        ],
        [
          { Action: "sqs:SendMessage" },
          'Statement[0].Action must be of kinesis, got "sqs:SendMessage"',
        ],
      ] as const) {
        await refuses(
          { ResourceARN: Resource, Policy: written({ ...statement, ...changes }) },
          "InvalidArgumentException",
          `Policy is not valid: ${sentence}`,
        );
      }
    });
  },
});
