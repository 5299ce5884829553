/**
 * A retry strategy for the SDK that does not tire. The SDK's own has a budget that a stack's restart uses up, and
 * what is to be seen here is what becomes of the retries.
 */
import { setTimeout as sleep } from "node:timers/promises";

interface Token {
  getRetryCount(): number;
  getRetryDelay(): number;
}

interface Failure {
  readonly errorType: "TRANSIENT" | "THROTTLING" | "SERVER_ERROR" | "CLIENT_ERROR";
  readonly error?: unknown;
}

const PAUSE_MS = 250;

export function patientRetries(maxRetries: number) {
  const tokenOf = (count: number): Token => ({
    getRetryCount: () => count,
    getRetryDelay: () => 0,
  });
  return {
    acquireInitialRetryToken: () => Promise.resolve(tokenOf(0)),
    async refreshRetryTokenForRetry(token: Token, { errorType, error }: Failure): Promise<Token> {
      if (errorType === "CLIENT_ERROR" || token.getRetryCount() >= maxRetries) throw error;
      await sleep(PAUSE_MS);
      return tokenOf(token.getRetryCount() + 1);
    },
    recordSuccess: () => {},
  };
}
