/** The tables of a stack, for commands that act with AWS's own credentials, or on the stack that runs here. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { dynamodbClient, eagerLambdaClient } from "../../src/storage/clients.ts";
import { type ServedTables, servedTables } from "../../src/storage/lambda/served-tables.ts";
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

/** By a function's name. */
type FindServed = (functionName: string) => Promise<ServedTables>;

const byLambda: FindServed = (functionName) => servedTables(eagerLambdaClient(), functionName);

/** @param stage of a deployed stack; without it `HYDRANT_STATE_TABLE` names a table, or a stack runs here */
export async function findTables(
  stage: string | undefined,
  environment: Environment,
  findServed: FindServed = byLambda,
): Promise<StackTables> {
  if (stage !== undefined) {
    const names = await namesOf(stage, findServed);
    return { client: dynamodbClient(), ...names, environment: {} };
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

/** Those that are served; else, as of a stack that was removed, those of the usual names. */
async function namesOf(stage: string, findServed: FindServed) {
  const found = await findServed(`hydrant-${stage}-api`);
  if (found.kind === "served") return { logTable: found.logTable, stateTable: found.stateTable };
  const usual = { logTable: `hydrant-${stage}-log`, stateTable: `hydrant-${stage}-state` };
  if (found.kind === "denied") {
    console.error(
      `which tables hydrant-${stage} serves is not told without lambda:GetFunctionConfiguration: ` +
        `taking ${usual.stateTable}`,
    );
  }
  return usual;
}
