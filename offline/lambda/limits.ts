/**
 * Lambda's quotas, and those of the laptop.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */

/** The 6 MB of a synchronous invocation, which are not the same for both ways. */
export const REQUEST_MAX_BYTES = 6_291_456;
export const ANSWER_MAX_BYTES = 6_291_556;
/** An asynchronous one. */
export const EVENT_MAX_BYTES = 1_048_576;
export const CLIENT_CONTEXT_MAX_BYTES = 3_583;
export const LOG_TAIL_BYTES = 4_096;
export const FUNCTION_TIMEOUT_MAX_SECONDS = 900;
export const MEMORY_MIN_MB = 128;
export const MEMORY_MAX_MB = 10_240;
/** How long a function may take to load, without its timeout. */
export const INIT_MAX_MS = 10_000;
/** After these an asynchronous invocation that failed is run again. */
export const EVENT_RETRY_DELAYS_MS: readonly number[] = [60_000, 120_000];
/** Of an account: more are refused. */
export const CONCURRENCY_MAX_COUNT = 1_000;

/**
 * Of a function, on this machine: further invocations wait for one to be free. Each is a process of some 50 MB, so that
 * those without work go after a minute.
 */
export const ENVIRONMENTS_MAX_COUNT = 40;
export const ENVIRONMENT_IDLE_MS = 60_000;
/** Starting takes a core; those that are needed no longer once others are free are never started. */
export const STARTING_MAX_COUNT = 2;
export const MEMORY_WATCH_MS = 100;
