import { describe, inject, it } from "vitest";
import { kinesisService } from "../../../src/operations/kinesis/index.ts";
import { CBOR_1_1, JSON_1_1 } from "./callers/encoding.ts";
import { rawCall } from "./callers/raw-call.ts";
import { expectRefusal } from "./client.ts";

const names = [...kinesisService.operations].flatMap(([name, { kind }]) =>
  kind === "notOffered" ? name : [],
);

describe.each(names)("%s, which is not offered", (name) => {
  it.each([JSON_1_1, CBOR_1_1])("says so in $name", async (encoding) => {
    await expectRefusal(
      rawCall(inject("apiEndpoint"), encoding, name, { Unlike: ["any", "input"] }),
      "UnsupportedOperationException",
      new RegExp(`^${name} is not offered by Hydrant: .`),
    );
  });
});
