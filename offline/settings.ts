/** What the environment says about a local stack. `start.mjs` turns its options into these variables. */
import { resolve } from "node:path";

export interface Settings {
  readonly serviceDir: string;
  readonly port: number;
  readonly s3Port: number;
  /** Absent: nothing is kept. */
  readonly dataDir?: string;
  readonly functionsFile?: string;
  /** A DynamoDB with streams that is running already. */
  readonly dynamodbEndpoint?: string;
  readonly isVerbose: boolean;
}

const DEFAULT_PORT = 4566;
const DEFAULT_S3_PORT = 4572;

export function readSettings(serviceDir: string, env: NodeJS.ProcessEnv): Settings {
  const text = (name: string) => (env[name] === "" ? undefined : env[name]);
  const functionsFile = text("HYDRANT_FUNCTIONS");
  const dynamodbEndpoint = text("AWS_ENDPOINT_URL_DYNAMODB");
  return {
    serviceDir,
    port: readPort(env, "HYDRANT_PORT", DEFAULT_PORT),
    s3Port: readPort(env, "HYDRANT_S3_PORT", DEFAULT_S3_PORT),
    ...(text("HYDRANT_MEMORY") === undefined
      ? { dataDir: resolve(serviceDir, text("HYDRANT_DATA_DIR") ?? ".hydrant") }
      : {}),
    ...(functionsFile === undefined ? {} : { functionsFile: resolve(functionsFile) }),
    ...(dynamodbEndpoint === undefined ? {} : { dynamodbEndpoint }),
    isVerbose: text("HYDRANT_VERBOSE") !== undefined,
  };
}

function readPort(env: NodeJS.ProcessEnv, name: string, fallback: number): number {
  const text = env[name];
  if (text === undefined || text === "") return fallback;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new Error(`${name} must be a port, 0..65535 (0 takes a free one), got ${text}`);
  }
  return port;
}
