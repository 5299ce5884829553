/** The tables of a stack, for commands that act with AWS's own credentials, or on the stack that runs here. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { dynamodbClient } from "../../src/storage/clients.ts";
import { findLocalStack } from "./local-stack.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface StackTables {
  readonly client: DynamoDBClient;
  /** Empty where only the other one was named. */
  readonly logTable: string;
  readonly stateTable: string;
  /** Of the stack's functions, where it runs here, and else ours. */
  readonly environment: Environment;
}

const LOCAL = {
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
};

/** @param stage of a deployed stack; without it `HYDRANT_STATE_TABLE` names a table, or a stack runs here */
export function findTables(stage: string | undefined, environment: Environment): StackTables {
  if (stage !== undefined) {
    const [logTable, stateTable] = [`hydrant-${stage}-log`, `hydrant-${stage}-state`];
    return { client: dynamodbClient(), logTable, stateTable, environment: {} };
  }
  const named = environment["HYDRANT_STATE_TABLE"];
  if (named) {
    const logTable = environment["HYDRANT_LOG_TABLE"] ?? "";
    return { client: dynamodbClient(), logTable, stateTable: named, environment };
  }
  const stack = findLocalStack(environment);
  const stateTable = stack?.environment["HYDRANT_STATE_TABLE"];
  if (stack === undefined || stateTable === undefined) {
    throw new Error(
      "no stack runs here: start one with npm start, or name a deployed one by --stage",
    );
  }
  return {
    client: dynamodbClient({ ...LOCAL, endpoint: stack.dynamodbEndpoint }),
    logTable: stack.environment["HYDRANT_LOG_TABLE"] ?? "",
    stateTable,
    environment: stack.environment,
  };
}
