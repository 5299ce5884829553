import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  LambdaServiceException,
  ResourceNotFoundException,
} from "@aws-sdk/client-lambda";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, expect, test } from "vitest";
import { servedTables } from "../../../../src/storage/lambda/served-tables.ts";

const client = new LambdaClient({ region: "us-east-1" });
const lambda = mockClient(client);
beforeEach(() => lambda.reset());

const served = () => servedTables(client, "hydrant-prod-api");
const asked = () => lambda.on(GetFunctionConfigurationCommand);

test("are those of the function's environment", async () => {
  const Variables = { HYDRANT_LOG_TABLE: "restored-log", HYDRANT_STATE_TABLE: "restored-state" };
  asked().resolves({ Environment: { Variables } });
  expect(await served()).toEqual({
    kind: "served",
    logTable: "restored-log",
    stateTable: "restored-state",
  });
  expect(lambda.call(0).args[0].input).toEqual({ FunctionName: "hydrant-prod-api" });
});

test("are none where there is no such function", async () => {
  asked().rejects(new ResourceNotFoundException({ message: "", $metadata: {}, Type: "User" }));
  expect(await served()).toEqual({ kind: "none" });
});

test("are not told without the right, nor by variables that cannot be read", async () => {
  const denied = { name: "AccessDeniedException", $fault: "client" as const, $metadata: {} };
  asked().rejects(new LambdaServiceException(denied));
  expect(await served()).toEqual({ kind: "denied" });
  asked().resolves({ Environment: { Error: { ErrorCode: "AccessDeniedException" } } });
  expect(await served()).toEqual({ kind: "denied" });
});

test("are nobody's guess where Lambda fails", async () => {
  const name = "ServiceException";
  asked().rejects(new LambdaServiceException({ name, $fault: "server", $metadata: {} }));
  await expect(served()).rejects.toThrow();
});
