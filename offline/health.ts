/** When the api function answers, functions can run. */
import { setTimeout as sleep } from "node:timers/promises";

const HEALTH_TIMEOUT_MS = 20_000;

export async function waitForHealth(url: string): Promise<void> {
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
