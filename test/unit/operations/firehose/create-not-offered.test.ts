import { describe, expect, it } from "vitest";
import { create, KEY_ARN } from "./create-requests.ts";

describe("CreateDeliveryStream names what is not offered", () => {
  it.each([
    [
      { EncryptionConfiguration: { KMSEncryptionConfig: { AWSKMSKeyARN: KEY_ARN } } },
      "EncryptionConfiguration.KMSEncryptionConfig",
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
