/**
 * A function of Hydrant's own: trusted not to end or block the process that it shares with the others, so that it is
 * called without a process or a protocol in between.
 */
import { randomUUID } from "node:crypto";
import { basename, extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Context } from "aws-lambda";
import { functionArn } from "../functions.ts";
import type { Invoke } from "../invoke.ts";
import type { FunctionDefinition } from "../mappings.ts";
import { asFunction } from "../recording/record.ts";
import { threaded, type AnyHandler } from "../threads/host.ts";
import { timeoutError, type FunctionError, type Outcome } from "./outcome.ts";
import type { LocalFunction } from "./user-function.ts";

export interface OwnFunctionOptions {
  readonly definition: FunctionDefinition;
  /** Where it was built. */
  readonly codeDir: () => string;
  /** Whether it has a thread to itself, for what it computes. */
  readonly isThreaded: boolean;
}

export interface OwnFunction extends LocalFunction {
  run(event: unknown): Promise<{ readonly result: unknown } | { readonly error: FunctionError }>;
}

const DEFAULT_TIMEOUT_SECONDS = 60;
const MEMORY_MB = 1024;

export function ownFunction({ definition, codeDir, isThreaded }: OwnFunctionOptions): OwnFunction {
  const { name, handler: path, timeout: timeoutSeconds = DEFAULT_TIMEOUT_SECONDS } = definition;
  const dot = path.lastIndexOf(".");
  const exported = path.slice(dot + 1);
  let loading: Promise<AnyHandler> | undefined;

  async function load(): Promise<AnyHandler> {
    const module = pathToFileURL(join(codeDir(), `${path.slice(0, dot)}.mjs`)).href;
    const environment = definition.environment as NodeJS.ProcessEnv;
    if (isThreaded) return threaded(module, exported, { ...process.env, ...environment });
    // What several of them are told is the same for all.
    Object.assign(process.env, environment);
    return ((await import(module)) as Readonly<Record<string, AnyHandler>>)[exported]!;
  }

  const run = async (event: unknown, requestId: string = randomUUID()) => {
    const deadlineMs = Date.now() + timeoutSeconds * 1000;
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<{ error: FunctionError }>((resolve) => {
      const end = () => resolve({ error: timeoutError(requestId, timeoutSeconds) });
      timer = setTimeout(end, timeoutSeconds * 1000);
    });
    try {
      const handler = await (loading ??= load());
      const running = asFunction(basename(path, extname(path)), () =>
        handler(event, contextOf(name, requestId, deadlineMs)),
      );
      return await Promise.race([running.then((result) => ({ result })), tooLate]);
    } catch (thrown) {
      return { error: describe(thrown) };
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    name,
    timeoutSeconds,
    memoryMb: MEMORY_MB,
    run,
    async invoke({ payload, requestId }): Promise<Outcome> {
      let event: unknown;
      try {
        event = payload.length === 0 ? {} : JSON.parse(payload.toString());
      } catch (error) {
        return { kind: "notJson", message: (error as Error).message };
      }
      const outcome = await run(event, requestId);
      if ("error" in outcome) return { kind: "failed", error: outcome.error, log: "" };
      const text = JSON.stringify(outcome.result ?? null);
      return { kind: "returned", payload: Buffer.from(text), log: "" };
    },
  };
}

/** For what calls them from within: event sources, schedules and declared resources. */
export function invokeOwn(functions: readonly OwnFunction[]): Invoke {
  const byName = new Map(functions.map((each) => [each.name, each]));
  return async (functionName, event) => {
    const called = byName.get(functionName);
    if (called === undefined) return { kind: "failed", message: `there is no ${functionName}` };
    const outcome = await called.run(event);
    return "error" in outcome
      ? { kind: "failed", message: outcome.error.errorMessage }
      : { kind: "returned", payload: JSON.stringify(outcome.result ?? null) };
  };
}

function contextOf(functionName: string, awsRequestId: string, deadlineMs: number): Context {
  const facts = {
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: "$LATEST",
    invokedFunctionArn: functionArn(functionName),
    memoryLimitInMB: String(MEMORY_MB),
    awsRequestId,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: functionName,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
  return facts as Context;
}

function describe(thrown: unknown): FunctionError {
  const { name, message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown));
  return { errorType: name, errorMessage: message, trace: (stack ?? "").split("\n") };
}
