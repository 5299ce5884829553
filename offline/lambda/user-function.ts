/** A function of the user's, run as Lambda would run it, in processes of its own. */
import { randomBytes } from "node:crypto";
import type { ExtraFunction } from "../functions.ts";
import { userCode } from "./code.ts";
import { Environment } from "./environment.ts";
import { ENVIRONMENT_IDLE_MS } from "./limits.ts";
import type { FunctionError, InvocationRequest, Outcome } from "./outcome.ts";
import { createPool } from "./pool.ts";

/** What can be invoked, whoever runs it. */
export interface LocalFunction {
  readonly name: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly reservedConcurrency?: number;
  invoke(request: InvocationRequest): Promise<Outcome>;
}

export interface UserFunctionOptions {
  readonly definition: ExtraFunction;
  /** Where bundles are put. */
  readonly outDir: string;
  /** What all functions see: the environment of `npm start` and where the local services are. */
  readonly variables: () => NodeJS.ProcessEnv;
  /** The function's own, once what they refer to is known. */
  readonly ownVariables: () => Readonly<Record<string, string>>;
  /** Hears what the function prints and what is wrong with it, in whole lines. */
  readonly print: (text: string) => void;
  readonly guard: (pid: number) => () => void;
}

export interface UserFunction extends LocalFunction {
  /** Bundles it, so that what is wrong is said before anybody invokes it. */
  check(): Promise<void>;
  stop(): void;
}

export function userFunction(options: UserFunctionOptions): UserFunction {
  const { definition, outDir, print, guard } = options;
  const { name, handler, baseDir, timeoutSeconds, memoryMb, reservedConcurrency } = definition;
  const code = userCode({
    name,
    handler,
    baseDir,
    outDir,
    onProblem: (problem) => print(`It cannot be run. ${textOf(problem)}\n`),
  });
  const pool = createPool({
    currentCode: () => code.current(),
    start: (built, onEnd) =>
      new Environment({
        code: built,
        timeoutSeconds,
        memoryMb,
        taskRoot: baseDir,
        variables: {
          ...options.variables(),
          TZ: ":UTC",
          ...options.ownVariables(),
          ...lambdaVariables(definition),
        },
        print,
        onEnd,
        guard,
      }),
  });
  const reaper = setInterval(() => pool.reap(performance.now()), ENVIRONMENT_IDLE_MS / 4);
  reaper.unref();
  return {
    name,
    timeoutSeconds,
    memoryMb,
    ...(reservedConcurrency !== undefined && { reservedConcurrency }),
    invoke: (request) => pool.invoke(request),
    async check() {
      await code.current();
    },
    stop() {
      clearInterval(reaper);
      pool.stop();
    },
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
function lambdaVariables({ name, handler, baseDir, memoryMb }: ExtraFunction): NodeJS.ProcessEnv {
  const [day] = new Date().toISOString().split("T");
  const instance = randomBytes(16).toString("hex");
  return {
    _HANDLER: handler,
    AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${process.versions.node.split(".")[0]}.x`,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `${day?.replaceAll("-", "/")}/[$LATEST]${instance}`,
    LAMBDA_TASK_ROOT: baseDir,
  };
}

function textOf({ errorMessage, trace }: FunctionError): string {
  return [errorMessage, ...(trace ?? []).slice(1)].join("\n");
}
