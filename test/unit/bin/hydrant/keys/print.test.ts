import { expect, test } from "vitest";
import { rights } from "../../../../../bin/hydrant/keys/print.ts";
import { parsePolicy } from "../../../../../src/auth/policy-document.ts";

test("a key is listed with what it may do, and what that hangs on", () => {
  const Statement = [
    {
      Effect: "Allow",
      Action: ["kinesis:PutRecord", "kinesis:PutRecords"],
      Resource: "*",
      Condition: {
        IpAddress: { "aws:SourceIp": "203.0.113.0/24" },
        Bool: { "aws:SecureTransport": "true" },
      },
    },
    { Effect: "Deny", Action: "kinesis:Delete*", Resource: "*" },
  ];
  const policy = parsePolicy(JSON.stringify({ Statement }));
  expect(rights(policy)).toBe(
    "kinesis:PutRecord kinesis:PutRecords if aws:SourceIp aws:SecureTransport, not kinesis:Delete*",
  );
});
