/** All functions of the local stack, by name, and how many of their invocations may be under way. */
import { EVENT_RETRY_DELAYS_MS, CONCURRENCY_MAX_COUNT } from "./limits.ts";
import type { InvocationRequest, Outcome } from "./outcome.ts";
import type { LocalFunction } from "./user-function.ts";

export interface Invoker {
  find(name: string): LocalFunction | undefined;
  invoke(called: LocalFunction, request: InvocationRequest): Promise<Outcome>;
  /** Runs it later, and twice more should it fail; nobody waits. */
  invokeLater(called: LocalFunction, request: InvocationRequest): void;
}

export function createInvoker(
  functions: readonly LocalFunction[],
  report: (error: unknown) => void,
): Invoker {
  const byName = new Map(functions.map((each) => [each.name, each]));
  const underWay = new Map<string, number>();
  let totalCount = 0;

  async function invoke(called: LocalFunction, request: InvocationRequest): Promise<Outcome> {
    const { name, reservedConcurrency } = called;
    const count = underWay.get(name) ?? 0;
    if (reservedConcurrency !== undefined && count >= reservedConcurrency) {
      return {
        kind: "throttled",
        reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
      };
    }
    if (totalCount >= CONCURRENCY_MAX_COUNT) {
      return { kind: "throttled", reason: "ConcurrentInvocationLimitExceeded" };
    }
    underWay.set(name, count + 1);
    totalCount += 1;
    try {
      return await called.invoke(request);
    } finally {
      underWay.set(name, underWay.get(name)! - 1);
      totalCount -= 1;
    }
  }

  async function attempt(called: LocalFunction, request: InvocationRequest, tries: number) {
    const outcome = await invoke(called, request);
    if (outcome.kind === "returned") return;
    const delayMs = EVENT_RETRY_DELAYS_MS[tries];
    if (delayMs === undefined) {
      report(new Error(`an asynchronous invocation of ${called.name} was given up`));
      return;
    }
    setTimeout(() => void attempt(called, request, tries + 1), delayMs).unref();
  }

  return {
    find: (name) => byName.get(name),
    invoke,
    invokeLater: (called, request) => void attempt(called, request, 0),
  };
}
