/**
 * How long from a put until its object can be read, with a buffering interval of zero? Through the whole offline
 * stack: front, api, log, doorbell, queue, flush. Lone records, one after the other. `HYDRANT_ENDPOINT` names one that
 * runs, on this machine or deployed.
 */
import { randomUUID } from "node:crypto";
import { PutRecordCommand } from "@aws-sdk/client-firehose";
import { setTimeout as sleep } from "node:timers/promises";
import { openDelivered } from "../test/helpers/delivered.ts";
import { accessLogs } from "./access-logs.ts";
import { quantile } from "./measure.ts";
import { fixed, type Table } from "./report.ts";
import { createStream, firehoseClient, removeStream, withEndpoints } from "./stack.ts";

const PUT_COUNT = 120;
const POLL_MS = 4;
const WARM_UP_COUNT = 10;

export async function latency(): Promise<readonly Table[]> {
  const { acknowledged, visible } = await withEndpoints(async (stack) => {
    const name = `latency-${randomUUID()}`;
    const client = firehoseClient(stack.apiEndpoint);
    const delivered = openDelivered(stack.s3Endpoint, stack.deliveryBucket);
    await createStream(client, stack, { name, intervalSeconds: 0, sizeMiB: 5 });
    const acknowledgedMs: number[] = [];
    const visibleMs: number[] = [];
    for (const [i, Data] of accessLogs({ count: PUT_COUNT, recordBytes: 300 }).entries()) {
      const startedAt = performance.now();
      await client.send(new PutRecordCommand({ DeliveryStreamName: name, Record: { Data } }));
      const answeredAt = performance.now();
      while ((await delivered.keys(`${name}/`)).length <= i) await sleep(POLL_MS);
      if (i < WARM_UP_COUNT) continue;
      acknowledgedMs.push(answeredAt - startedAt);
      visibleMs.push(performance.now() - startedAt);
    }
    delivered.close();
    await removeStream(client, stack, name);
    client.destroy();
    return { acknowledged: acknowledgedMs, visible: visibleMs };
  });
  const row = (name: string, values: readonly number[]) => [
    name,
    fixed(quantile(values, 0.5), 0),
    fixed(quantile(values, 0.99), 0),
    fixed(Math.min(...values), 0),
  ];
  return [
    {
      title: `Latency of a lone record at interval 0, ${process.env["HYDRANT_ENDPOINT"] || "offline stack"}, ${PUT_COUNT - WARM_UP_COUNT} puts, ms on the clock`,
      columns: ["from the put until", "p50", "p99", "least"],
      rows: [row("it is acknowledged", acknowledged), row("its object can be listed", visible)],
    },
  ];
}
