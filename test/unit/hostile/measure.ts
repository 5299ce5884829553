/**
 * Sends every hostile request through the front door over the memory twins, in a process of its own, and prints a line
 * for each: what its processors were busy for, and by how much the most memory that the process ever held has grown.
 */
import { createDispatch } from "../../../src/wire/dispatch.ts";
import type { HttpBody } from "../../../src/wire/http.ts";
import type { MappingContext, OperationContext } from "../../../src/operations/context.ts";
import { SERVICES } from "../../../src/operations/services.ts";
import { harness } from "../operations/hydrant/harness.ts";
import { REGION } from "../operations/kinesis/harness.ts";
import { hostileCases, KEY } from "./requests.ts";
import { memoryAccessKeys } from "../../../src/storage/memory/access-keys.ts";

export interface Measured {
  readonly name: string;
  readonly cpuMs: number;
  /** The process's peak up to then, above what it needed to stand there. */
  readonly grownMiB: number;
  /** Of the longest answer that refuses. */
  readonly refusalBytes: number;
  /** How many were answered with a fault of ours. */
  readonly failures: number;
}

const { context } = await harness();

const dispatch = createDispatch<OperationContext & MappingContext>({
  services: SERVICES,
  keys: memoryAccessKeys(KEY),
  accountId: context.accountId,
  region: REGION,
  clock: context.clock,
  random: context.random,
  contextFor: () => context,
  report: () => {},
});

const peakMiB = () => process.resourceUsage().maxRSS / 1024;
/** What is collected before the next: small requests may wait. */
const LARGE_BYTES = 500_000;
const bytesIn = (body: HttpBody): number =>
  typeof body === "string" || body instanceof Uint8Array
    ? Buffer.byteLength(body)
    : body.reduce((sum, piece) => sum + piece.length, 0);
const collect = globalThis.gc;
if (collect === undefined) throw new Error("needs --expose-gc");

collect();
const standingMiB = peakMiB();
for (const { name, requests } of hostileCases()) {
  let cpuMs = 0;
  let refusalBytes = 0;
  let failures = 0;
  for (const request of requests()) {
    const before = process.cpuUsage();
    const { status, headers, body } = await dispatch(request);
    const { user, system } = process.cpuUsage(before);
    cpuMs += (user + system) / 1000;
    const headerBytes = Object.entries(headers).flat().join("").length;
    if (status >= 400) refusalBytes = Math.max(refusalBytes, bytesIn(body) + headerBytes);
    if (status >= 500) failures++;
    if (Buffer.byteLength(request.body) > LARGE_BYTES) collect();
  }
  const measured: Measured = {
    name,
    cpuMs,
    grownMiB: peakMiB() - standingMiB,
    refusalBytes,
    failures,
  };
  process.stdout.write(`${JSON.stringify(measured)}\n`);
}
