/** Carries faults out on a stack that runs as a process, and brings it back. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startStack, type StackOptions, type StackProcess } from "../helpers/stack-process.ts";
import type { EmbeddedProcess, Fault } from "./plan.ts";

export interface Chaos {
  readonly stack: StackProcess;
  /** Returns when the fault is over and the stack serves again. */
  inflict(fault: Fault): Promise<void>;
  /** Kills the stack, also one that is just being started; nothing is started afterwards. */
  end(): Promise<void>;
}

/** How long a stack goes on after one of its processes was lost before it is asked to end. */
const LOST_MS = 1000;

export function createChaos(first: StackProcess, options: StackOptions): Chaos {
  let stack = first;
  let isOver = false;
  let starting: Promise<StackProcess> | undefined;
  const again = async () => {
    if (isOver) throw new Error("the faults are over");
    starting = startStack({ ...options, dataDir: first.dataDir, ports: first.ports });
    stack = await starting;
  };

  async function inflict(fault: Fault): Promise<void> {
    await sleep(fault.calmMs);
    switch (fault.kind) {
      case "kill":
        await stack.kill9();
        return again();
      case "restart":
        await stack.stop();
        return again();
      case "outage":
        await stack.pauseS3();
        await sleep(fault.durationMs);
        return stack.resumeS3();
      case "kill amid an outage":
        await stack.pauseS3();
        await sleep(fault.durationMs);
        await stack.kill9();
        return again();
      case "freeze": {
        const pid = pidOf(fault.process, stack.dataDir);
        process.kill(pid, "SIGSTOP");
        await sleep(fault.durationMs);
        process.kill(pid, "SIGCONT");
        return;
      }
      case "kill amid a freeze":
        process.kill(pidOf(fault.process, stack.dataDir), "SIGSTOP");
        await sleep(fault.durationMs);
        await stack.kill9();
        return again();
      case "lose":
        process.kill(pidOf(fault.process, stack.dataDir), "SIGKILL");
        await sleep(LOST_MS);
        await stack.stop();
        return again();
    }
  }

  return {
    get stack() {
      return stack;
    },
    inflict,
    async end() {
      isOver = true;
      try {
        const last = (await starting) ?? stack;
        await last.kill9();
      } catch {
        // It did not start, or is gone already.
      }
    },
  };
}

/** From what the stack wrote down of itself. */
function pidOf(wanted: EmbeddedProcess, dataDir: string): number {
  const { servicesPid, dynamodbPid } = JSON.parse(
    readFileSync(join(dataDir, "stack.json"), "utf8"),
  ) as { readonly servicesPid: number; readonly dynamodbPid?: number };
  if (wanted === "services") return servicesPid;
  if (dynamodbPid === undefined) throw new Error("the stack names no process of DynamoDB");
  return dynamodbPid;
}
