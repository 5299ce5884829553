/**
 * Starts one stack for the suites that look at Hydrant from outside. `HYDRANT_ENDPOINT` names one that runs
 * already, on this machine or deployed: docs/against-aws.md has the variables that say the rest.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { startStack } from "./stack-process.ts";
import { readTarget } from "./target.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Empty: AWS's own. */
    s3Endpoint: string;
    /** Empty when it is not told. */
    sqsEndpoint: string;
    deliveryBucket: string;
    /** Empty when the stack was not started here. */
    stackDataDir: string;
  }
}

const FUNCTIONS_FILE = fileURLToPath(
  new URL("../fixtures/functions/functions.yml", import.meta.url),
);

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const target = readTarget(process.env);
  project.provide("apiRegion", target.region);
  project.provide("apiAccountId", target.accountId);
  project.provide("apiStage", target.stage);
  project.provide("apiKey", target.key);
  project.provide("streamKey", target.streamKey);
  project.provide("isHttp1", target.isHttp1);
  if (target.endpoint !== undefined) {
    project.provide("apiEndpoint", target.endpoint);
    project.provide("s3Endpoint", target.s3Endpoint);
    project.provide("sqsEndpoint", process.env["HYDRANT_SQS_ENDPOINT"] ?? "");
    project.provide("deliveryBucket", target.deliveryBucket);
    project.provide("stackDataDir", process.env["HYDRANT_STACK_DATA_DIR"] ?? "");
    return () => Promise.resolve();
  }
  const stack = await startStack({
    ...(existsSync(FUNCTIONS_FILE) && { functionsFile: FUNCTIONS_FILE }),
    environment: {
      // Some tests are about what is refused while a stream changes, which by default nobody sees.
      HYDRANT_STREAM_TRANSITION_MS: "500",
      // By default everything may be named; this narrows it as a deployment's parameter does.
      HYDRANT_ERROR_LOG_GROUPS: "arn:aws:logs:us-east-1:000000000000:log-group:/aws/*",
    },
  });
  project.provide("apiEndpoint", stack.apiEndpoint);
  project.provide("s3Endpoint", stack.s3Endpoint);
  project.provide("sqsEndpoint", stack.sqsEndpoint);
  project.provide("deliveryBucket", stack.deliveryBucket);
  project.provide("stackDataDir", stack.dataDir);
  return async () => {
    await stack.stop();
  };
}
