/**
 * The execution environments of one function. They are made when invocations wait, up to a bound, take one invocation at
 * a time, and go when there was nothing for them to do for a while; those of code that has changed go at once.
 */
import type { Build, BuiltCode } from "./code.ts";
import type { Environment, Failure } from "./environment.ts";
import { ENVIRONMENT_IDLE_MS, ENVIRONMENTS_MAX_COUNT, STARTING_MAX_COUNT } from "./limits.ts";
import type { InvocationRequest, Outcome } from "./outcome.ts";

export interface PoolOptions {
  /** The code as it is now. */
  readonly currentCode: () => Promise<Build>;
  readonly start: (code: BuiltCode, onEnd: (environment: Environment) => void) => Environment;
}

export interface Pool {
  invoke(request: InvocationRequest): Promise<Outcome>;
  /** Ends all that have been idle for long. */
  reap(nowMs: number): void;
  stop(): void;
}

type Given = { readonly environment: Environment } | { readonly failure: Failure };

export function createPool({ currentCode, start }: PoolOptions): Pool {
  const all = new Set<Environment>();
  const idle: Environment[] = [];
  const waiting: ((given: Given) => void)[] = [];
  let startingCount = 0;
  let code: BuiltCode | undefined;
  let isStopped = false;

  function take(wanted: BuiltCode): Promise<Given> {
    code = wanted;
    // The last one first, so that those that are not needed grow old.
    for (let environment = idle.pop(); environment !== undefined; environment = idle.pop()) {
      if (isUsable(environment)) return Promise.resolve({ environment });
    }
    return new Promise((resolve) => {
      waiting.push(resolve);
      startMore();
    });
  }

  function isUsable(environment: Environment): boolean {
    if (environment.isKilled) return false;
    if (environment.code === code) return true;
    environment.kill();
    return false;
  }

  function release(environment: Environment): void {
    if (isUsable(environment)) {
      const next = waiting.shift();
      if (next !== undefined) next({ environment });
      else {
        environment.idleSinceMs = performance.now();
        idle.push(environment);
      }
    }
    startMore();
  }

  function startMore(): void {
    const wanted = isStopped ? undefined : code;
    if (wanted === undefined) return;
    while (
      startingCount < Math.min(waiting.length, STARTING_MAX_COUNT) &&
      all.size < ENVIRONMENTS_MAX_COUNT
    ) {
      void startOne(wanted);
    }
  }

  async function startOne(of: BuiltCode): Promise<void> {
    startingCount += 1;
    try {
      const environment = start(of, onEnd);
      all.add(environment);
      const failure = await environment.ready;
      startingCount -= 1;
      if (failure === undefined) return release(environment);
      environment.kill();
      waiting.shift()?.({ failure });
    } catch (error) {
      startingCount -= 1;
      const { name: errorType, message: errorMessage } = error as Error;
      waiting.shift()?.({ failure: () => ({ errorType, errorMessage }) });
    }
    startMore();
  }

  function onEnd(environment: Environment): void {
    all.delete(environment);
    const index = idle.indexOf(environment);
    if (index !== -1) idle.splice(index, 1);
    startMore();
  }

  return {
    async invoke(request) {
      const build = await currentCode();
      if ("problem" in build) return { kind: "failed", error: build.problem, log: "" };
      const given = await take(build);
      if ("failure" in given) {
        return { kind: "failed", error: given.failure(request.requestId), log: "" };
      }
      const { environment } = given;
      try {
        return await environment.invoke(request);
      } finally {
        release(environment);
      }
    },
    reap(nowMs) {
      while (idle[0] !== undefined && nowMs - idle[0].idleSinceMs > ENVIRONMENT_IDLE_MS) {
        idle.shift()!.kill();
      }
    },
    stop() {
      isStopped = true;
      for (const environment of all) environment.kill();
    },
  };
}
