/**
 * What a run over a data stream is against: a stack of its own, which it kills, or one that `HYDRANT_ENDPOINT` names, which
 * it leaves alone and clean.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startStack } from "../helpers/stack-process.ts";
import type { Target } from "../helpers/target.ts";
import type { Capacity } from "./options.ts";

export interface Subject {
  readonly target: Target;
  readonly endpoint: string;
  /** Kills it as a power cut would, and starts it again; absent: nobody may. */
  readonly dieAndRise?: () => Promise<void>;
  /** @param keepsData what it holds, and what it logged */
  end(keepsData: boolean): Promise<void>;
}

export async function ownStack(target: Target, capacity: Capacity): Promise<Subject> {
  const dataDir = mkdtempSync(join(tmpdir(), "hydrant-kinesis-faults-"));
  const environment = { HYDRANT_CAPACITY: capacity };
  let stack = await startStack({ dataDir, environment });
  const { apiEndpoint: endpoint, s3Endpoint, deliveryBucket, ports } = stack;
  return {
    target: { ...target, s3Endpoint, deliveryBucket },
    endpoint,
    async dieAndRise() {
      await stack.kill9();
      stack = await startStack({ dataDir, ports, environment });
    },
    async end(keepsData) {
      await stack.kill9().catch(() => {});
      if (keepsData) console.log(`data and log are kept in ${dataDir}`);
      else rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export function deployed(target: Target, endpoint: string): Subject {
  return { target, endpoint, end: () => Promise.resolve() };
}
