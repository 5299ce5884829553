/**
 * Where the keys are: in the state table of a stack. No key of Hydrant's can let its holder make others, so these
 * commands act with AWS's own credentials, or on the stack that runs here.
 */
import type { AccessKeyBook } from "../../../src/auth/store.ts";
import { systemRandom } from "../../../src/random.ts";
import { dynamodbClient } from "../../../src/storage/clients.ts";
import { dynamodbAccessKeys } from "../../../src/storage/dynamodb/access-keys.ts";
import { sealFromFile } from "../../../src/storage/seal.ts";
import { findLocalStack } from "../local-stack.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const LOCAL = {
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
};

/** @param stage of a deployed stack; without it `HYDRANT_STATE_TABLE` names a table, or a stack runs here */
export function openBook(stage: string | undefined, environment: Environment): AccessKeyBook {
  if (stage !== undefined) return deployed(`hydrant-${stage}-state`);
  const table = environment["HYDRANT_STATE_TABLE"];
  if (table) return deployed(table, environment);
  const stack = findLocalStack(environment);
  const stateTable = stack?.environment["HYDRANT_STATE_TABLE"];
  if (stack === undefined || stateTable === undefined) {
    throw new Error(
      "no stack runs here: start one with npm start, or name a deployed one by --stage",
    );
  }
  const client = dynamodbClient({ ...LOCAL, endpoint: stack.dynamodbEndpoint });
  return dynamodbAccessKeys({ client, stateTable, ...sealing(stack.environment) });
}

function deployed(stateTable: string, environment: Environment = {}): AccessKeyBook {
  return dynamodbAccessKeys({ client: dynamodbClient(), stateTable, ...sealing(environment) });
}

/** Of a stack that runs here, whose tables are not encrypted. */
function sealing(environment: Environment) {
  const seal = sealFromFile(environment["HYDRANT_SEAL_KEY_FILE"], systemRandom);
  return seal === undefined ? {} : { seal };
}

/** What AWS answers, in words that say what to do. */
export function explain(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  switch (error.name) {
    case "ResourceNotFoundException":
      return new Error("there is no such stack in this account and region", { cause: error });
    case "CredentialsProviderError":
      return new Error(`AWS's credentials are missing: ${error.message}`, { cause: error });
    default:
      return error;
  }
}
