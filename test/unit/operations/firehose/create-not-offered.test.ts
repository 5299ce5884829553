import { describe, expect, it } from "vitest";
import { create, FUNCTION_ARN, KEY_ARN, processing, processor } from "./create-requests.ts";
import { target } from "./harness.ts";

describe("CreateDeliveryStream names what is not offered", () => {
  const partitioned = {
    Prefix: "!{partitionKeyFromLambda:id}/",
    ErrorOutputPrefix: "failed/!{firehose:error-output-type}/",
  };

  it.each([
    [
      { EncryptionConfiguration: { KMSEncryptionConfig: { AWSKMSKeyARN: KEY_ARN } } },
      "EncryptionConfiguration.KMSEncryptionConfig",
    ],
    [
      {
        ...partitioned,
        DynamicPartitioningConfiguration: { Enabled: true },
        ...processing(processor("Lambda", { LambdaArn: FUNCTION_ARN })),
      },
      "DynamicPartitioningConfiguration",
    ],
    [partitioned, "Prefix"],
    [
      { S3BackupMode: "Enabled", S3BackupConfiguration: target(partitioned) },
      "S3BackupConfiguration.Prefix",
    ],
  ])("%j", async (extendedS3, path) => {
    const { error } = await create(extendedS3);
    expect(error?.name).toBe("InvalidArgumentException");
    const start = `ExtendedS3DestinationConfiguration.${path} is not offered by Hydrant yet: `;
    expect(error?.message.startsWith(start)).toBe(true);
    expect(error?.message.length).toBeGreaterThan(start.length);
  });

  it.each([
    [
      {
        ExtendedS3DestinationConfiguration: undefined,
        HttpEndpointDestinationConfiguration: { EndpointConfiguration: { Url: "https://x" } },
      },
      "HttpEndpointDestinationConfiguration",
    ],
    [
      {
        ExtendedS3DestinationConfiguration: undefined,
        AmazonOpenSearchServerlessDestinationConfiguration: {},
      },
      "AmazonOpenSearchServerlessDestinationConfiguration",
    ],
  ])("%j", async (members, path) => {
    const { error } = await create({}, members);
    expect(error?.name).toBe("InvalidArgumentException");
    expect(error?.message).toMatch(new RegExp(`^${path} is not offered by Hydrant yet: .`));
  });
});
