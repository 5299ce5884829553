/**
 * One wake-up of a consumer: finds the mapping, its stream and the shard, and feeds the shard to the function until
 * nothing is left to do now. Mappings and streams that are gone leave a reader behind here and there; whoever meets
 * it removes it.
 */
import { isFresh } from "../clock.ts";
import { MAPPING_MAX_AGE_MS } from "../limits.ts";
import { passOn, type PassOnPorts } from "../readers/follow.ts";
import {
  type LeasedRun,
  type RunOptions,
  type RunPorts,
  type RunResult,
  runLeased,
} from "../readers/run.ts";
import { tryAgain } from "../readers/try-again.ts";
import type { ReadPorts } from "../streams/read.ts";
import { formatShardId } from "../streams/shard-id.ts";
import type { ShardLookup } from "../streams/shard-lookup.ts";
import { type DataStream, parseDataShardKey, type Shard } from "../streams/stream.ts";
import type { EventSource } from "./event.ts";
import { failureDocument, failureObject } from "./failure-document.ts";
import type { InvokePorts } from "./invoke.ts";
import {
  consumerFollower,
  type EventSourceMapping,
  isFed,
  isFedAlike,
  mappingOfReader,
} from "./mapping.ts";
import type { FailureDestination, MappingStore } from "./ports.ts";
import type { Progress } from "./progress.ts";
import { type ConsumeReport, observeRun } from "./run-report.ts";
import { ShardRun } from "./shard-run.ts";
import { sourceProblem } from "./source-problem.ts";

export interface ConsumePorts extends RunPorts<Progress>, ReadPorts, InvokePorts {
  readonly mappings: Pick<MappingStore, "get" | "lastResult" | "noteResult">;
  readonly streams: ShardLookup;
  readonly dataStreams: PassOnPorts["dataStreams"];
  readonly destination: FailureDestination;
  readonly region: string;
  /** Of the role that the function is invoked by. */
  readonly roleArn: string;
  /** `streamArn("clicks")` → `arn:aws:kinesis:us-east-1:000000000000:stream/clicks`. */
  readonly streamArn: (name: string) => string;
  readonly report: (run: ConsumeReport) => void;
}

const DONE: RunResult = { kind: "done" };

export async function consume(given: ConsumePorts, options: RunOptions): Promise<RunResult> {
  const ports = { ...given, readers: tryAgain(given.readers, given.clock) };
  const { readers, mappings, streams } = ports;
  const { wakeUp } = options;
  const place = parseDataShardKey(wakeUp.shard);
  const uuid = mappingOfReader(wakeUp.readerId);
  if (place === undefined || uuid === undefined) {
    throw new Error(`no consumer's reader: ${wakeUp.readerId} of ${wakeUp.shard}`);
  }
  const mapping = await mappings.get(uuid);
  if (mapping === undefined || mapping.status === "deleting") {
    await readers.remove(wakeUp.shard, wakeUp.readerId);
    return DONE;
  }
  // One who died on the way to the children must be followed whatever has become of the mapping: nobody else does it.
  const isEnded = async () => (await readers.get(wakeUp.shard, wakeUp.readerId))?.ended ?? false;
  if (!isFed(mapping) && !(await isEnded())) return DONE;
  const stream = await streamOf(streams, place);
  const shard = stream && (await streams.shard(stream, place.shardIndex));
  if (stream === undefined || shard === undefined) {
    await readers.remove(wakeUp.shard, wakeUp.readerId);
    const problem = sourceProblem(mapping, await streams.stream(place.name));
    if (problem) await mappings.noteResult(uuid, problem);
    return DONE;
  }
  return runLeased(ports, options, (run) => feed(ports, mapping, { stream, shard }, run, options));
}

/** One that was made since another of its name was remembered is looked for in the store. */
async function streamOf(
  streams: ShardLookup,
  { name, generation }: Pick<DataStream, "name" | "generation">,
): Promise<DataStream | undefined> {
  const known = await streams.stream(name);
  if (known?.generation === generation) return known;
  const current = await streams.refresh(name);
  return current?.generation === generation ? current : undefined;
}

interface FedShard {
  readonly stream: DataStream;
  readonly shard: Shard;
}

async function feed(
  ports: ConsumePorts,
  mapping: EventSourceMapping,
  { stream, shard }: FedShard,
  run: LeasedRun<Progress>,
  { messageId, deadlineMs }: RunOptions,
): Promise<RunResult> {
  const { mappings, clock } = ports;
  const toChildren = (readTo: number) => goOn(ports, mapping, { stream, shard }, run, readTo);
  if (run.state.ended) return toChildren(run.state.checkpoint.blockIndex);
  const shardId = formatShardId(shard.index);
  const source: EventSource = {
    shardId,
    eventSourceArn: mapping.eventSourceArn,
    region: ports.region,
    invokeIdentityArn: ports.roleArn,
  };
  const watch = await observeRun(ports, mapping, shardId);
  let readAtMs = clock.now();
  const shardRun = new ShardRun(
    {
      ...ports,
      mapping,
      stream,
      shard,
      source,
      async isOutdated() {
        if (isFresh(readAtMs, clock.now(), MAPPING_MAX_AGE_MS)) return false;
        readAtMs = clock.now();
        const [standing, current] = await Promise.all([
          mappings.get(mapping.uuid),
          ports.streams.stream(stream.name),
        ]);
        const isAlike = standing !== undefined && isFedAlike(mapping, standing);
        // A retention that was raised holds at once.
        return !isAlike || current?.revision !== stream.revision;
      },
      async reportGivenUp({ atMs: givenUpAtMs, functionError = null, ...givenUp }, records) {
        const { uuid: mappingUuid, functionArn, onFailureArn } = mapping;
        if (onFailureArn === undefined) return;
        const streamArn = ports.streamArn(stream.name);
        const batch = { ...givenUp, mappingUuid, functionArn, streamArn, source };
        const failed = { ...batch, functionError, givenUpAtMs, records };
        await ports.destination.report(onFailureArn, {
          document: failureDocument(failed),
          object: failureObject(failed),
        });
      },
      passOn: toChildren,
      observer: watch.observer,
    },
    run,
  );
  try {
    return await shardRun.run({ messageId, deadlineMs });
  } finally {
    await watch.finish();
  }
}

/** How soon to look again for the children of a reshard that is under way. */
const RESHARD_LOOK_MS = 1000;

async function goOn(
  ports: ConsumePorts,
  mapping: EventSourceMapping,
  { stream, shard }: FedShard,
  { lease }: LeasedRun<Progress>,
  readTo: number,
): Promise<RunResult> {
  const follower = consumerFollower(mapping);
  const passed = await passOn(ports, stream, lease, follower, shard.index, readTo);
  if (passed !== "resharding") return DONE;
  // Whoever is at it may have died.
  await ports.streams.refresh(stream.name);
  return { kind: "retry", atMs: ports.clock.now() + RESHARD_LOOK_MS };
}
