/**
 * Where the keys are: in the state table of a stack. No key of Hydrant's can let its holder make others, so these
 * commands act with AWS's own credentials, or on the stack that runs here.
 */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { RoleBook } from "../../../src/auth/roles.ts";
import type { AccessKeyBook } from "../../../src/auth/store.ts";
import { systemRandom } from "../../../src/random.ts";
import { KMS_CONFIG } from "../../../src/storage/clients.ts";
import { dynamodbAccessKeys } from "../../../src/storage/dynamodb/access-keys.ts";
import { dynamodbRoles } from "../../../src/storage/dynamodb/roles.ts";
import type { Sealing } from "../../../src/storage/dynamodb/sealed.ts";
import { kmsSeal } from "../../../src/storage/kms/seal.ts";
import { sealFromFile } from "../../../src/storage/seal.ts";
import { findTables } from "../stack-tables.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface BookOptions {
  /** Of a deployed stack; without it `HYDRANT_STATE_TABLE` names a table, or a stack runs here. */
  readonly stage?: string | undefined;
  /** Of KMS, for new secrets: an alias, id or ARN. */
  readonly kmsKey?: string | undefined;
  /** Whether the table's own encryption is to be all that new secrets have. */
  readonly isTableEncryptionEnough?: boolean | undefined;
}

/** What the deployment's parameter `keysKey` is unless it was given. */
const usualKey = (stage: string) => `alias/hydrant-${stage}-keys`;

/** What a store of them is made of. */
interface Where extends Sealing {
  readonly client: DynamoDBClient;
  readonly stateTable: string;
}

export async function openBook(
  options: BookOptions,
  environment: Environment,
): Promise<AccessKeyBook> {
  return dynamodbAccessKeys(await find(options, environment));
}

export async function openRoles(options: BookOptions, environment: Environment): Promise<RoleBook> {
  return dynamodbRoles({ ...(await find(options, environment)), random: systemRandom });
}

async function find(options: BookOptions, environment: Environment): Promise<Where> {
  const { stage, isTableEncryptionEnough } = options;
  const kmsKey = options.kmsKey ?? (stage === undefined ? undefined : usualKey(stage));
  const isSealed = kmsKey !== undefined && !isTableEncryptionEnough;
  const byKms = isSealed ? { seal: kmsSeal(KMS_CONFIG, kmsKey) } : {};
  const { client, stateTable, environment: own } = await findTables(stage, environment);
  return { client, stateTable, ...byKms, ...sealing(own) };
}

/** Of a stack that runs here, whose tables are not encrypted. */
function sealing(environment: Environment): Sealing {
  const seal = sealFromFile(environment["HYDRANT_SEAL_KEY_FILE"], systemRandom);
  return seal === undefined ? {} : { seal };
}

/** What AWS answers, in words that say what to do. */
export function explain(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  switch (error.name) {
    case "ResourceNotFoundException":
      return new Error("there is no such stack in this account and region", { cause: error });
    case "NotFoundException":
      return new Error(
        `there is no such key of KMS in this account and region (${error.message}): make one as docs/operating.md has it, ` +
          "name another by --kms-key, or leave the secret to the table's own encryption by --table-encryption",
        { cause: error },
      );
    case "CredentialsProviderError":
      return new Error(`AWS's credentials are missing: ${error.message}`, { cause: error });
    default:
      return error;
  }
}
