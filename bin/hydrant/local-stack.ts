/** The stack that runs on this machine, as it describes itself in its data folder; see `offline/stack.ts`. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export interface LocalStack {
  readonly apiEndpoint: string;
  readonly dynamodbEndpoint: string;
  /** What the deliver function has: names of tables and buckets among it. */
  readonly environment: Readonly<Record<string, string>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

const CHECKOUT = fileURLToPath(new URL("../../", import.meta.url));

/** Undefined when none runs there, or one that keeps no data. */
export function findLocalStack(environment: Environment): LocalStack | undefined {
  const dataDir = resolve(CHECKOUT, environment["HYDRANT_DATA_DIR"] || ".hydrant");
  try {
    return JSON.parse(readFileSync(join(dataDir, "stack.json"), "utf8")) as LocalStack;
  } catch {
    return undefined;
  }
}
