/** The stack that runs on this machine, as it describes itself in its data folder; see `offline/stack.ts`. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export interface LocalStack {
  readonly apiEndpoint: string;
  readonly dynamodbEndpoint: string;
  /** Of the STS that confirms AWS identities there. */
  readonly stsEndpoint: string;
  /** What the deliver function has: names of tables and buckets among it. */
  readonly environment: Readonly<Record<string, string>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where `npm start` keeps its data unless told otherwise: beside us, or in the checkout that we are called in. */
const USUAL_DIRS = [resolve(".hydrant"), fileURLToPath(new URL("../../.hydrant", import.meta.url))];

/** Undefined when none runs there. */
export function findLocalStack(environment: Environment): LocalStack | undefined {
  const chosen = environment["HYDRANT_DATA_DIR"];
  for (const dataDir of chosen ? [chosen] : USUAL_DIRS) {
    try {
      return JSON.parse(readFileSync(join(dataDir, "stack.json"), "utf8")) as LocalStack;
    } catch {
      // None there.
    }
  }
  return undefined;
}
