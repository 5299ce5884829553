/**
 * Records that a stream will never take, such as those that are too large: each is an object of its own, with the line that
 * Firehose writes of a record that failed. It stands before the source hears that the record is done with.
 */
import { createHash } from "node:crypto";
import type { Clock } from "../clock.ts";
import { BRIDGE_ASIDE_PREFIX } from "../limits.ts";
import type { Brought } from "./brought.ts";
import type { KeepAside } from "./carry.ts";

/** Writes an object, if there is none of that name. */
export type PutObject = (key: string, body: Uint8Array) => Promise<unknown>;

export function keepAside(bridge: string, put: PutObject, clock: Pick<Clock, "now">): KeepAside {
  return async (item, errorMessage) => {
    const nowMs = clock.now();
    const { id, data } = item;
    const line = JSON.stringify({
      rawData: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64"),
      errorCode: "Bridge.RecordRefused",
      errorMessage,
      attemptsMade: 1,
      arrivalTimestamp: nowMs,
      attemptEndingTimestamp: nowMs,
      bridge,
      id,
      partitionKey: item.partitionKey(),
    });
    await put(asideKey(bridge, item, nowMs), Buffer.from(`${line}\n`));
  };
}

/** @example "bridge-failed/orders/2026/11/30/21/3f0c….json"; in the hour in which it is kept again it is the same */
function asideKey(bridge: string, { id }: Brought, nowMs: number): string {
  const hour = new Date(nowMs).toISOString().slice(0, 13).replaceAll(/[-T]/g, "/");
  const name = createHash("sha256").update(id).digest("hex").slice(0, 32);
  return `${BRIDGE_ASIDE_PREFIX}/${bridge}/${hour}/${name}.json`;
}
