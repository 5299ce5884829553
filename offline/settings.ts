/** What the environment says about a local stack. `start.mjs` turns its options into these variables. */
import { resolve } from "node:path";
import { readTlsNames } from "./front/certificate.ts";
import type { PortWish } from "./listen.ts";
import { readOrigins, type AllowedOrigins } from "./origins.ts";
import { readReach, type Reach } from "./reach.ts";

export interface Settings {
  readonly serviceDir: string;
  readonly port: number;
  readonly s3Port: number;
  readonly dynamodbPort: PortWish;
  readonly sqsPort: PortWish;
  readonly lambdaPort: PortWish;
  /** Absent: nothing is kept. */
  readonly dataDir?: string;
  readonly functionsFile?: string;
  /** A DynamoDB with streams that is running already. */
  readonly dynamodbEndpoint?: string;
  /** Of web pages that may call, beside those of this machine. */
  readonly origins: AllowedOrigins;
  readonly reach: Reach;
  /** Of the API's certificate, beside those of this machine; absent: TLS is not served. */
  readonly tlsNames?: readonly string[];
  readonly isVerbose: boolean;
  /** Whether large answers come no faster than Lambda streams them. */
  readonly isPaced: boolean;
  /** Whether the embedded DynamoDB has DynamoDB's limits. */
  readonly isLimited: boolean;
}

const DEFAULT_PORT = 4566;
const DEFAULT_S3_PORT = 4572;
const USUAL_DYNAMODB_PORT = 4569;
const USUAL_SQS_PORT = 4576;
const USUAL_LAMBDA_PORT = 4574;

export function readSettings(serviceDir: string, env: NodeJS.ProcessEnv): Settings {
  const text = (name: string) => (env[name] === "" ? undefined : env[name]);
  const functionsFile = text("HYDRANT_FUNCTIONS");
  const dynamodbEndpoint = text("AWS_ENDPOINT_URL_DYNAMODB");
  return {
    serviceDir,
    port: readPort(env, "HYDRANT_PORT", DEFAULT_PORT),
    s3Port: readPort(env, "HYDRANT_S3_PORT", DEFAULT_S3_PORT),
    dynamodbPort: readWish(env, "HYDRANT_DYNAMODB_PORT", USUAL_DYNAMODB_PORT),
    sqsPort: readWish(env, "HYDRANT_SQS_PORT", USUAL_SQS_PORT),
    lambdaPort: readWish(env, "HYDRANT_LAMBDA_PORT", USUAL_LAMBDA_PORT),
    ...(text("HYDRANT_MEMORY") === undefined
      ? { dataDir: resolve(serviceDir, text("HYDRANT_DATA_DIR") ?? ".hydrant") }
      : {}),
    ...(functionsFile === undefined ? {} : { functionsFile: resolve(functionsFile) }),
    ...(dynamodbEndpoint === undefined ? {} : { dynamodbEndpoint }),
    origins: readOrigins(text("HYDRANT_ORIGINS")),
    reach: readReach(env),
    ...(text("HYDRANT_TLS") === undefined
      ? {}
      : { tlsNames: readTlsNames(text("HYDRANT_TLS_NAMES")) }),
    isVerbose: text("HYDRANT_VERBOSE") !== undefined,
    isPaced: isLikeAws("HYDRANT_PACE", text("HYDRANT_PACE")),
    isLimited: readCapacity(text("HYDRANT_CAPACITY"), dynamodbEndpoint),
  };
}

function readWish(env: NodeJS.ProcessEnv, name: string, usual: number): PortWish {
  return { port: readPort(env, name, usual), isOnlyUsual: !env[name] };
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

function isLikeAws(name: string, text = "off"): boolean {
  if (text !== "off" && text !== "aws") throw new Error(`${name} must be off or aws, got ${text}`);
  return text === "aws";
}

function readCapacity(text: string | undefined, dynamodbEndpoint: string | undefined): boolean {
  const isLimited = isLikeAws("HYDRANT_CAPACITY", text);
  if (isLimited && dynamodbEndpoint !== undefined) {
    throw new Error(
      "HYDRANT_CAPACITY=aws limits the embedded DynamoDB; the one of AWS_ENDPOINT_URL_DYNAMODB has its own limits",
    );
  }
  return isLimited;
}
