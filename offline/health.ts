/** When the api function answers, functions can run. */
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Serve } from "./front/exchange.ts";
import { listen } from "./listen.ts";

const HEALTH_TIMEOUT_MS = 20_000;

/** Waits until the API is healthy, at a port that no client knows. */
export async function tryOut(serve: Serve): Promise<void> {
  const server = createServer((request, response) => void serve(request, response));
  const port = await listen(server, 0);
  try {
    await waitForHealth(`http://127.0.0.1:${port}/health`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

async function waitForHealth(url: string): Promise<void> {
  const deadline = performance.now() + HEALTH_TIMEOUT_MS;
  let last = "no answer";
  while (performance.now() < deadline) {
    try {
      const response = await fetch(url);
      if (response.status === 200) {
        await response.arrayBuffer();
        return;
      }
      last = `${response.status} ${await response.text()}`;
    } catch (error) {
      last = String(error);
    }
    await sleep(100);
  }
  throw new Error(
    `the api function did not become healthy in ${HEALTH_TIMEOUT_MS / 1000} s: ${last}`,
  );
}
