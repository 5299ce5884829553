/** Records, functions and runs for the tests of the transform. */
import type { TransformSettings } from "../../../../src/delivery/delivery-stream.ts";
import type { FunctionInvoker, InvokeResult } from "../../../../src/delivery/ports.ts";
import type { DeliveryRecord } from "../../../../src/delivery/record.ts";
import { type TransformContext, transform } from "../../../../src/delivery/stages/transform.ts";
import type { RecordGroups } from "../../../../src/delivery/stages/transform-request.ts";
import type { TransformOutcome } from "../../../../src/delivery/stages/transform-response.ts";
import { steppingClock } from "../../../helpers/stepping-clock.ts";

const FUNCTION_ARN = "arn:aws:lambda:us-east-1:123456789012:function:clean";
export const STREAM_ARN = "arn:aws:firehose:us-east-1:123456789012:deliverystream/access-logs";
export const START_MS = Date.parse("2026-11-23T10:00:00Z");

export function record(number: number, data = `record ${number}`): DeliveryRecord {
  const recordId = `49590338271490256608559692538361571095921575989136588898${String(number).padStart(6, "0")}`;
  return { recordId, arrivedAtMs: START_MS - 1000 + number, data: Buffer.from(data) };
}

export const SIX = [0, 1, 2, 3, 4, 5].map((number) => record(number));

export interface TransformEvent {
  readonly invocationId: string;
  readonly records: readonly { readonly recordId: string; readonly data: string }[];
}

/** An invoker that answers each call with what `answer` makes of the event and the call's number, from 1. */
export function invokerOf(
  answer: (event: TransformEvent, callNumber: number) => InvokeResult | Promise<InvokeResult>,
): FunctionInvoker & { readonly calls: TransformEvent[] } {
  const calls: TransformEvent[] = [];
  return {
    calls,
    async invoke(_arn, payload) {
      const event = JSON.parse(payload) as TransformEvent;
      calls.push(event);
      return answer(event, calls.length);
    },
  };
}

/** Gives every record back as it came. */
export function echo({ records }: TransformEvent): InvokeResult {
  const payload = {
    records: records.map(({ recordId, data }) => ({ recordId, result: "Ok", data })),
  };
  return { kind: "returned", payload: JSON.stringify(payload) };
}

export const THROWN: InvokeResult = { kind: "failed", timedOut: false, message: "boom" };

/** One record per batch unless the test says otherwise, and no chance: every wait has its full length. */
export function transforming(
  records: RecordGroups,
  invoker: FunctionInvoker,
  options: Partial<TransformSettings & TransformContext> = {},
) {
  const settings = { functionArn: FUNCTION_ARN, retryCount: 3, bufferBytes: 1, ...options };
  return transform(records, settings, {
    invoker,
    clock: steppingClock(START_MS),
    random: { bytes: (count) => new Uint8Array(count), fraction: () => 1 },
    deliveryStreamArn: STREAM_ARN,
    region: "us-east-1",
    deadlineMs: START_MS + 900_000,
    ...options,
  });
}

export async function outcomesOf(
  ...input: Parameters<typeof transforming>
): Promise<TransformOutcome[]> {
  const all: TransformOutcome[] = [];
  for await (const outcomes of transforming(...input)) all.push(...outcomes);
  return all;
}
