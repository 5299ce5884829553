import { describe, expect, it } from "vitest";
import { create } from "./create-requests.ts";

describe("CreateDeliveryStream names what is not offered", () => {
  it.each([
    [
      {
        ExtendedS3DestinationConfiguration: undefined,
        SnowflakeDestinationConfiguration: { Database: "logs" },
      },
      "SnowflakeDestinationConfiguration",
    ],
    [
      {
        ExtendedS3DestinationConfiguration: undefined,
        SnowflakeDestinationConfiguration: {},
      },
      "SnowflakeDestinationConfiguration",
    ],
  ])("%j", async (members, path) => {
    const { error } = await create({}, members);
    expect(error?.name).toBe("InvalidArgumentException");
    expect(error?.message).toMatch(new RegExp(`^${path} is not offered by Hydrant yet: .`));
  });
});
