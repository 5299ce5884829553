/** The tables of the contract tests as a function's role may use them, and delivery streams to try that with. */
import { inject } from "vitest";
import type { DeliveryStream } from "../../src/delivery/delivery-stream.ts";
import { firstLanes } from "../../src/delivery/lanes.ts";
import { dynamodbUnderRole, type Role } from "./role.ts";

export function tablesUnder(role: Role) {
  const [logTable, stateTable] = [inject("logTable"), inject("stateTable")];
  const client = dynamodbUnderRole(
    role,
    { LogTable: logTable, StateTable: stateTable },
    {
      endpoint: inject("dynamodbEndpoint"),
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    },
  );
  return { client, logTable, stateTable };
}

export function newDeliveryStream(
  name: string,
  nowMs: number,
  changes: Partial<DeliveryStream> = {},
): DeliveryStream {
  return {
    name,
    generation: "0123456789abcdef",
    versionId: 1,
    createdAtMs: nowMs,
    lanes: firstLanes(nowMs),
    destination: {
      roleArn: "arn:aws:iam::000000000000:role/hydrant",
      bucketArn: "arn:aws:s3:::logs",
      bufferSizeMiB: 5,
      bufferIntervalSeconds: 300,
      compression: "UNCOMPRESSED",
    },
    ...changes,
  };
}
