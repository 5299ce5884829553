/** One invocation of a mapping's function, and what its answer means for the lane. */
import type { BodyStore } from "../log/store.ts";
import { windowEndMs, windowStartMs } from "./batch.ts";
import { type EventSource, kinesisEvent, windowedEvent } from "./event.ts";
import type { EventSourceMapping } from "./mapping.ts";
import type { Verdict } from "./outcome.ts";
import type { BatchInvoker, BatchResult } from "./ports.ts";
import type { LaneProgress, OpenWindow } from "./progress.ts";
import type { ConsumerRecord } from "./record.ts";
import { readBatchResponse } from "./response.ts";
import { loadState, storeState } from "./windows.ts";

export interface InvokePorts {
  readonly invoker: BatchInvoker;
  readonly bodies: BodyStore;
}

export interface InvokeOptions {
  readonly mapping: EventSourceMapping;
  readonly source: EventSource;
  readonly nowMs: number;
}

export interface Invocation {
  readonly verdict: Verdict;
  /** The window as it is from then on; absent when it is closed, or there are none. */
  readonly window?: OpenWindow;
}

/** @param records none for the last invocation of the lane's open window */
export async function invokeBatch(
  { invoker, bodies }: InvokePorts,
  { mapping, source, nowMs }: InvokeOptions,
  lane: LaneProgress,
  records: readonly ConsumerRecord[],
): Promise<Invocation> {
  const { functionArn, reportsItemFailures } = mapping;
  if (mapping.tumblingWindowSeconds === 0) {
    const result = await invoker.invoke(functionArn, kinesisEvent(records, source));
    return { verdict: verdictOf(result, records, { reportsItemFailures }).verdict };
  }
  const isFinal = records.length === 0;
  const startMs = lane.window?.startMs ?? windowStartMs(records[0]!, mapping);
  const payload = windowedEvent(records, source, {
    startMs,
    endMs: windowEndMs(startMs, mapping),
    state: await loadState(bodies, lane, nowMs),
    isFinal,
    isTerminatedEarly: lane.window?.isTerminatedEarly ?? false,
  });
  const result = await invoker.invoke(functionArn, payload);
  const { verdict, state, isTooLarge } = verdictOf(result, records, {
    reportsItemFailures,
    expectsState: !isFinal,
  });
  if (state === undefined) {
    const isClosed = isFinal && verdict.kind === "success";
    return { verdict, ...(lane.window && !isClosed && { window: lane.window }) };
  }
  const stored = await storeState(bodies, state);
  const window = {
    startMs,
    state: stored,
    ...(isTooLarge && { isTerminatedEarly: true as const }),
  };
  return { verdict, window };
}

interface Answer {
  readonly verdict: Verdict;
  readonly state?: unknown;
  readonly isTooLarge?: boolean;
}

function verdictOf(
  result: BatchResult,
  records: readonly ConsumerRecord[],
  options: { readonly reportsItemFailures: boolean; readonly expectsState?: boolean },
): Answer {
  switch (result.kind) {
    case "refused":
      return { verdict: { kind: "refused", message: `${result.code}: ${result.message}` } };
    case "failed": {
      const { message, functionError, facts } = result;
      return { verdict: { kind: "failure", message, functionError, facts } };
    }
    case "returned":
      break;
  }
  const { facts, payload } = result;
  const { expectsState = false, reportsItemFailures } = options;
  const response = readBatchResponse(payload, records, { reportsItemFailures, expectsState });
  switch (response.kind) {
    case "failure":
      return {
        verdict: { kind: "failure", message: response.message, functionError: null, facts },
      };
    case "partial": {
      const { firstFailed, state } = response;
      return { verdict: { kind: "partial", firstFailed, facts }, state };
    }
    case "success":
      return {
        verdict: { kind: "success" },
        state: response.state,
        isTooLarge: response.stateTooLarge ?? false,
      };
  }
}
