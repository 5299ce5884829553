/**
 * The conformance tests and the load checker through the deployed endpoint, by the variables that docs/against-aws.md has
 * for an endpoint of AWS. What the emulator cannot do is left out, by name, and said.
 */
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type Deployment, preloading, root, STAGE } from "./deployment.ts";
import { ACCOUNT_ID, REGION } from "./emulator.ts";

export interface LeftOut {
  /** In the names of tests. */
  readonly pattern: string;
  readonly why: string;
  readonly shownBy: string;
}

export const LEFT_OUT: readonly LeftOut[] = [
  {
    pattern: "SubscribeToShard",
    why: "its functions cannot stream",
    shownBy: "the same test, over the stack's own model of API Gateway",
  },
  {
    pattern: "in CBOR",
    why: "an answer that is not streamed is text unless its client accepts CBOR",
    shownBy: "the same tests over the model, and test/integration/gateway.test.ts for both ways",
  },
  {
    pattern: "for another body, target or host",
    why: "it finds the API by the host's name",
    shownBy: "the same test over the model",
  },
  {
    pattern: "names the request in its answer",
    why: "it adds a request id of its own to that of the function",
    shownBy: "the same test over the model",
  },
  {
    pattern: "is answered with a request id",
    why: "it adds a request id of its own to that of the function",
    shownBy: "the same test over the model",
  },
];

function environmentOf({ emulator, api, key, outputs, streamKey }: Deployment): NodeJS.ProcessEnv {
  return {
    ...emulator.env,
    NODE_OPTIONS: preloading("localhost-names.mjs"),
    HYDRANT_ENDPOINT: api,
    HYDRANT_REGION: REGION,
    HYDRANT_ACCOUNT_ID: ACCOUNT_ID,
    HYDRANT_STAGE: STAGE,
    HYDRANT_ACCESS_KEY_ID: key.AccessKeyId,
    HYDRANT_SECRET_ACCESS_KEY: key.SecretAccessKey,
    HYDRANT_S3_ENDPOINT: emulator.endpoint,
    HYDRANT_DELIVERY_BUCKET: outputs["DeliveryBucketName"]!,
    HYDRANT_STREAM_KEY: streamKey,
    // With HTTP/2 it ends connections on which much comes at once.
    HYDRANT_HTTP_VERSION: "1.1",
    HYDRANT_CONFORMANCE_CALLERS: "javascript",
  };
}

export function runConformance(deployment: Deployment): void {
  const packageFile = createRequire(import.meta.url).resolve("vitest/package.json");
  const names = `^(?!.*(${LEFT_OUT.map(({ pattern }) => pattern).join("|")}))`;
  const args = ["run", "--project", "stack", "--reporter=default", "--testNamePattern", names];
  run(deployment, [join(dirname(packageFile), "vitest.mjs"), ...args, "test/conformance"]);
}

export function runLoad(deployment: Deployment): void {
  run(deployment, [join(root, "test", "faults", "kinesis.ts"), "--seconds", "60"]);
}

function run(deployment: Deployment, args: readonly string[]): void {
  const env = environmentOf(deployment);
  const { status } = spawnSync(process.execPath, args, { cwd: root, env, stdio: "inherit" });
  if (status !== 0) throw new Error(`${args[0]} ended with ${status}`);
}
