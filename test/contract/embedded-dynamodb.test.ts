/** How the embedded DynamoDB starts. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { freePort } from "../../offline/free-port.ts";
import { startDynamodb } from "../../offline/services/dynamodb.ts";

test("it takes another port when the one that was free is another's by now", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hydrant-dynamodb-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const other = createServer();
  onTestFinished(() => void other.close());
  await new Promise<void>((resolve) => other.listen(0, "0.0.0.0", resolve));
  const taken = (other.address() as { readonly port: number }).port;
  const ports = [taken, await freePort()];
  const addresses = async () => ({ host: "127.0.0.1", port: ports.shift()! });
  const running = await startDynamodb(join(folder, "database"), undefined, addresses);
  onTestFinished(() => void running.process.kill("SIGKILL"));
  expect(running.endpoint).not.toContain(String(taken));
});
