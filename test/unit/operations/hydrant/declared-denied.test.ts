/** What stacks declare has no key: the policy of a stream says to it what it says to everybody, or to the account. */
import { describe, expect, it } from "vitest";
import { createRequest } from "../firehose/harness.ts";
import { ACCOUNT_ID, arnOf } from "../kinesis/harness.ts";
import { declaredWorld } from "./declared-world.ts";
import { FUNCTION_ARN, STREAM_ARN } from "./harness.ts";

const MAPPING = {
  ServiceToken: "token",
  EventSourceArn: STREAM_ARN,
  FunctionName: FUNCTION_ARN,
  StartingPosition: "TRIM_HORIZON",
};
const ARCHIVE = {
  ServiceToken: "token",
  ...createRequest({}, { DeliveryStreamName: "archive" }),
  DeliveryStreamType: "KinesisStreamAsSource",
  KinesisStreamSourceConfiguration: {
    KinesisStreamARN: STREAM_ARN,
    RoleARN: `arn:aws:iam::${ACCOUNT_ID}:role/firehose`,
  },
};

async function denied(principal: string) {
  const world = await declaredWorld();
  const Policy = JSON.stringify({
    Statement: {
      Effect: "Deny",
      Principal: { AWS: principal },
      Action: "kinesis:GetRecords",
      Resource: STREAM_ARN,
    },
  });
  await world.callKinesis("PutResourcePolicy", { ResourceARN: STREAM_ARN, Policy });
  return world;
}

const REFUSED = {
  Status: "FAILED",
  Reason: `User: arn:aws:iam::${ACCOUNT_ID}:root is not authorized to perform: kinesis:GetRecords on resource: ${STREAM_ARN} with an explicit deny in a resource-based policy`,
};

describe.each([["*"], [ACCOUNT_ID], [`arn:aws:iam::${ACCOUNT_ID}:root`]])(
  "a stream's policy that denies %s its records",
  (principal) => {
    it("lets no stack have a mapping of it", async () => {
      const { mapping, uuids } = await denied(principal);
      expect(await mapping.create(MAPPING)).toMatchObject(REFUSED);
      expect(await uuids()).toEqual([]);
    });

    it("lets no stack have a delivery stream of it", async () => {
      const { deliveryStream, callFirehose } = await denied(principal);
      expect(await deliveryStream.create(ARCHIVE)).toMatchObject(REFUSED);
      const { value } = await callFirehose("ListDeliveryStreams", {});
      expect(value.DeliveryStreamNames).toEqual([]);
    });
  },
);

describe("a stream's policy", () => {
  it("that denies a key its records leaves stacks alone", async () => {
    const { mapping, deliveryStream } = await denied(`arn:aws:iam::${ACCOUNT_ID}:user/alice`);
    expect(await mapping.create(MAPPING)).toMatchObject({ Status: "SUCCESS" });
    expect(await deliveryStream.create(ARCHIVE)).toMatchObject({ Status: "SUCCESS" });
  });

  it("lets no mapping that stands be changed, and all be deleted", async () => {
    const { mapping, callKinesis, uuids } = await declaredWorld();
    const { PhysicalResourceId: id } = await mapping.create(MAPPING);
    const Statement = {
      Effect: "Deny",
      Principal: "*",
      Action: "kinesis:*",
      Resource: STREAM_ARN,
    };
    const Policy = JSON.stringify({ Statement });
    await callKinesis("PutResourcePolicy", { ResourceARN: arnOf("clicks"), Policy });
    expect(await mapping.update(id, { ...MAPPING, BatchSize: "25" })).toMatchObject(REFUSED);
    expect(await mapping.remove(id)).toMatchObject({ Status: "SUCCESS" });
    expect(await uuids()).toEqual([]);
  });
});
