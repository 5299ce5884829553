/**
 * Starts one stack for the suites that look at Hydrant from outside. `HYDRANT_ENDPOINT` names one that runs
 * already, on this machine or deployed; then `HYDRANT_S3_ENDPOINT`, `HYDRANT_SQS_ENDPOINT`,
 * `HYDRANT_DELIVERY_BUCKET` and `HYDRANT_STACK_DATA_DIR` say the rest.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { startStack } from "./stack-process.ts";

declare module "vitest" {
  export interface ProvidedContext {
    apiEndpoint: string;
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
  const running = process.env["HYDRANT_ENDPOINT"];
  if (running !== undefined && running !== "") {
    project.provide("apiEndpoint", running);
    project.provide("s3Endpoint", process.env["HYDRANT_S3_ENDPOINT"] ?? "http://127.0.0.1:4572");
    project.provide("sqsEndpoint", process.env["HYDRANT_SQS_ENDPOINT"] ?? "");
    project.provide(
      "deliveryBucket",
      process.env["HYDRANT_DELIVERY_BUCKET"] ?? "hydrant-dev-delivery-000000000000",
    );
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
