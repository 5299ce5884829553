/** One wake-up of a delivery stream's lane: finds the stream and runs the reader with the right sink. */
import { runReader, type ReaderPorts } from "../readers/reader.ts";
import type { RunOptions, RunResult } from "../readers/run.ts";
import type { BodyStore } from "../log/store.ts";
import { BACKUP_READER, type DeliveryStream, parseLaneKey } from "./delivery-stream.ts";
import type { DeliveryPlan } from "./plan.ts";
import type { DeliveryStreamStore, FunctionInvoker, ObjectStore } from "./ports.ts";
import { type FlushReport, s3Sink } from "./s3-sink.ts";

export interface DeliverPorts extends ReaderPorts<DeliveryPlan> {
  readonly bodies: BodyStore;
  readonly objects: ObjectStore;
  readonly invoker: FunctionInvoker;
  readonly deliveryStreams: DeliveryStreamStore;
  readonly region: string;
  /** `deliveryStreamArn("access-logs")` → `arn:aws:firehose:us-east-1:000000000000:deliverystream/access-logs`. */
  readonly deliveryStreamArn: (name: string) => string;
  readonly report: (flush: FlushReport) => void;
}

/** Wake-ups of streams that are gone, or that were created anew under the same name, have nothing to do. */
export async function deliver(ports: DeliverPorts, options: RunOptions): Promise<RunResult> {
  const { wakeUp, deadlineMs } = options;
  const lane = parseLaneKey(wakeUp.shard);
  if (lane === undefined) throw new Error(`no delivery stream's lane: ${wakeUp.shard}`);
  const stream = await ports.deliveryStreams.get(lane.name);
  const target = stream && targetOf(stream, wakeUp.readerId);
  if (target === undefined || stream?.generation !== lane.generation) return { kind: "done" };
  const sink = s3Sink({
    ...ports,
    ...target,
    stream,
    deadlineMs,
    lane: lane.lane,
    shard: wakeUp.shard,
    readerId: wakeUp.readerId,
    deliveryStreamArn: ports.deliveryStreamArn(stream.name),
  });
  return runReader(ports, sink, options);
}

function targetOf({ destination }: DeliveryStream, readerId: string) {
  if (readerId === BACKUP_READER) return destination.backup && { target: destination.backup };
  const { transform, delimiter } = destination;
  return {
    target: destination,
    ...(transform && { transform }),
    ...(delimiter !== undefined && { delimiter }),
  };
}
