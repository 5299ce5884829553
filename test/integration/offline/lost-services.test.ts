/** A stack whose embedded services die gives up as a whole. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { isAlive } from "../../../offline/processes.ts";
import { eventually } from "../../helpers/eventually.ts";
import { startStack } from "../../helpers/stack-process.ts";

const dataDir = mkdtempSync(join(tmpdir(), "hydrant-lost-"));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

it("leaves no process behind when the services' own process is killed", async () => {
  await startStack({ dataDir });
  const read = (file: string): unknown => JSON.parse(readFileSync(join(dataDir, file), "utf8"));
  const { pid, servicesPid } = read("stack.json") as { pid: number; servicesPid: number };
  const { children } = read("lock.json") as { children: readonly number[] };
  expect(children).toHaveLength(2);
  process.kill(servicesPid, "SIGKILL");
  await eventually("the stack has ended", async () => (isAlive(pid) ? undefined : true));
  await eventually("its children have, too", async () =>
    children.some(isAlive) ? undefined : true,
  );
});
