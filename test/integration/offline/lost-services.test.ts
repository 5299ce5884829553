/** A stack whose embedded services die gives up as a whole. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, it } from "vitest";
import { isAlive } from "../../../offline/processes.ts";
import { eventually } from "../../helpers/eventually.ts";
import { startStack } from "../../helpers/stack-process.ts";

const dataDir = mkdtempSync(join(tmpdir(), "hydrant-lost-"));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

it("leaves no process behind when the services' own process is killed", async () => {
  await startStack({ dataDir });
  const facts = readFileSync(join(dataDir, "stack.json"), "utf8");
  const { pid, servicesPid, dynamodbPid } = JSON.parse(facts) as Readonly<Record<string, number>>;
  const children = [servicesPid!, dynamodbPid!];
  process.kill(servicesPid!, "SIGKILL");
  await eventually("the stack has ended", async () => (isAlive(pid!) ? undefined : true));
  await eventually("its children have, too", async () =>
    children.some(isAlive) ? undefined : true,
  );
});
