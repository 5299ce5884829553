/** The functions behind the queue and the schedule, as `handlers/` wires them. */
import { deliver } from "../../src/delivery/deliver.ts";
import { createBlockSeals, KeyUnusable } from "../../src/log/block-seals.ts";
import { deliveryStreamArn } from "../../src/operations/arn.ts";
import { backOffMs } from "../../src/readers/back-off.ts";
import { whileHidden } from "../../src/readers/hidden-message.ts";
import type { RunResult } from "../../src/readers/run.ts";
import { allDeliveryStreams } from "../../src/delivery/all-streams.ts";
import type { DeliveryStream } from "../../src/delivery/delivery-stream.ts";
import type { ErrorObjects } from "../../src/delivery/redrive/ports.ts";
import type { FlushReport } from "../../src/delivery/destinations/sink-options.ts";
import { tendLanes } from "../../src/delivery/lane-change.ts";
import { noteSeveralLanes } from "../../src/delivery/sweep-streams.ts";
import { sweepLeftovers } from "../../src/readers/left-by-calls.ts";
import { sweepShards, tried } from "../../src/readers/sweep.ts";
import { switchByNeed } from "../../src/readers/sweep-switch.ts";
import type { WakeUp } from "../../src/readers/store.ts";
import { memoryDeliveryNotes } from "../../src/storage/memory/delivery-notes.ts";
import { memoryLog } from "../../src/storage/memory/log.ts";
import { memoryErrorLog } from "../../src/storage/memory/error-log.ts";
import type { ObjectStore } from "../../src/delivery/ports.ts";
import { type ErrorObject, parseRedriveShard } from "../../src/delivery/redrive/redrive.ts";
import { memoryTables } from "../../src/storage/memory/tables.ts";
import { memoryStreams } from "../../src/storage/memory/streams.ts";
import { ACCOUNT_ID, REGION } from "./api.ts";
import { settleReplays } from "../../src/delivery/replay/lifecycle.ts";
import { STREAMS_SWEEP_BUDGET_MS } from "../../src/limits.ts";
import { InjectedFault } from "./faults.ts";
import { partitionJq } from "./jq.ts";
import type { StorePorts } from "./ports.ts";
import type { Message } from "./queue.ts";
import type { Process } from "./scheduler.ts";
import { sweepPortsOf } from "./sweeping.ts";
import { invokerOf } from "./transform-function.ts";
import { streamOf } from "./twins.ts";
import { simulatedReceivers } from "./receivers.ts";
import { callsFrom } from "./wire.ts";
import type { World } from "./world.ts";

/** As the deliver function keeps for its last PUT and the checkpoint. */
const TIME_RESERVE_MS = 30_000;
const DELIVER_WORKERS_MAX_COUNT = 3;
/** Replays and redrives of buckets that refuse them are not given up, however much time an outage takes. */
const FORGOTTEN = async () => {};

/** Serves one message in a process of its own; false when too many are at work. */
export function offerMessage(world: World, message: Message<WakeUp>): boolean {
  const { scheduler } = world;
  const atWork = scheduler.processes().filter(({ name }) => name.startsWith("deliver"));
  const mostCount = world.load?.workerCount ?? DELIVER_WORKERS_MAX_COUNT;
  if (atWork.length >= mostCount) return false;
  const process = world.spawn("deliver");
  world.load?.invoked("deliver");
  message.receiveCount += 1;
  // Lambda ends a function at its time limit, wherever it is.
  scheduler.after(process, world.timeLimitMs, "time limit", () => world.crash(process));
  serve(world, process, message).then(
    () => world.end(process),
    (error: unknown) => {
      if (!(error instanceof InjectedFault)) world.surprise(error);
      world.end(process);
    },
  );
  return true;
}

async function serve(world: World, process: Process, message: Message<WakeUp>): Promise<void> {
  const { scheduler, random, queue, mutant } = world;
  const { content: wakeUp, receiveCount } = message;
  const clock = scheduler.clockOf(process);
  const invoker = invokerOf(process, {
    ...world,
    onDropped: (record) => {
      const { shard, readerId: reader } = wakeUp;
      const from = redriven();
      const of = { stream: streamOf(shard), reader, record, ...(from && { from: from.key }) };
      world.note({ kind: "dropped", ...of });
    },
  });
  const { deliveryStreams, ...ownStores } = world.portsOf(process);
  const { redriven, ...stores } = tellingOrigins(world, ownStores, wakeUp);
  const { seenStream = (stream: DeliveryStream) => stream } = mutant;
  const ports = {
    ...stores,
    seals: createBlockSeals(stores.keys, clock, random),
    deliveryStreams: {
      ...deliveryStreams,
      async get(name: string) {
        const stream = await deliveryStreams.get(name);
        return stream && seenStream(stream);
      },
    },
    invoker,
    clock,
    random,
    region: REGION,
    deliveryStreamArn: (name: string) =>
      deliveryStreamArn({ accountId: ACCOUNT_ID, region: REGION }, name),
    // No stream of the simulation reads another.
    dataStreams: memoryStreams(memoryLog()),
    dataStreamArn: (name: string) => name,
    // Nor does any convert its records.
    tables: memoryTables(),
    errorLog: memoryErrorLog(),
    jq: partitionJq(),
    deliveryNotes: world.load
      ? memoryDeliveryNotes()
      : { ...stores.deliveryNotes, failed: FORGOTTEN },
    receivers: simulatedReceivers({
      ...world.receiverWeather,
      twins: world.twins.receivers,
      call: callsFrom(process, world.receiverWire),
      redriven: () => redriven()?.key,
      mutate: mutant.receiver ?? ((kind) => kind),
    }),
    report: (flush: FlushReport) => world.load?.flushed(flush),
  };
  const delayMs = backOffMs(receiveCount, random);
  const hide = queue.hideFrom(process, message);
  const run = () =>
    deliver(ports, {
      wakeUp,
      messageId: message.id,
      isRepeated: receiveCount > 1,
      deadlineMs: clock.now() + world.timeLimitMs - TIME_RESERVE_MS,
      backOffMs: delayMs,
    });
  const result = await whileHidden({ clock, hide }, run).catch((error: unknown): RunResult => ({
    kind: "retry",
    atMs: clock.now() + delayMs,
    error,
  }));
  if (result.kind === "done") return queue.remove(message);
  const { error } = result;
  const isRefused = [error, causeOf(error)].some((each) => world.twins.objects.refusalOf(each));
  const isFault = error instanceof InjectedFault || error instanceof KeyUnusable || isRefused;
  if (error !== undefined && !isFault) world.surprise(error);
  if (mutant.dropsFailedMessages) return queue.remove(message);
  const delaySeconds = Math.max(0, Math.ceil((result.atMs - clock.now()) / 1000));
  await hide(delaySeconds);
}

const causeOf = (error: unknown) => (error instanceof Error ? error.cause : undefined);

/** A process that redrives does so with one object of failed records after the other: what it puts comes from that. */
function tellingOrigins<Stores extends Pick<StorePorts, "objects" | "errorObjects">>(
  { twins }: World,
  stores: Stores,
  { shard }: WakeUp,
): Stores & { readonly redriven: () => ErrorObject | undefined } {
  let from: ErrorObject | undefined;
  const { redriveId = "" } = parseRedriveShard(shard) ?? {};
  const objects: ObjectStore = {
    ...stores.objects,
    putIfAbsent(target, body) {
      twins.errorObjects.comesFrom(target, from);
      return stores.objects.putIfAbsent(target, body);
    },
    startUpload(target) {
      twins.errorObjects.comesFrom(target, from);
      return stores.objects.startUpload(target);
    },
  };
  const errorObjects: ErrorObjects = {
    ...stores.errorObjects,
    get(object) {
      from = object;
      return stores.errorObjects.get(object);
    },
    tag(object, tag) {
      twins.errorObjects.handledBy(object, redriveId);
      return stores.errorObjects.tag(object, tag);
    },
    move(object, toKey) {
      twins.errorObjects.handledBy(object, redriveId);
      return stores.errorObjects.move(object, toKey);
    },
  };
  return { ...stores, objects, errorObjects, redriven: () => from };
}

export function sweep(world: World, process: Process): Promise<void> {
  const { scheduler, queue } = world;
  const clock = scheduler.clockOf(process);
  const own = sweepPortsOf(process, world);
  const ports = {
    ...world.portsOf(process),
    ...own,
    clock,
    random: world.random,
    queue: { send: queue.sendFrom(process) },
    reportFailure: () => {},
  };
  return switchByNeed(ports, async () => {
    const notes = await own.notes.list();
    await noteSeveralLanes(ports, notes);
    const isAnyOpen = await sweepShards(ports, notes);
    const isAnyLeft = await sweepLeftovers(ports, notes, async () => {
      let isAnyTended = false;
      for await (const streams of allDeliveryStreams(ports.deliveryStreams)) {
        for (const stream of streams) {
          const isTended = await tried(ports, stream.name, () => tendLanes(ports, stream));
          isAnyTended ||= isTended;
        }
      }
      const isAnyReplay = await settleReplays(
        { ...ports, dataStreams: memoryStreams(memoryLog()) },
        clock.now() + STREAMS_SWEEP_BUDGET_MS,
      );
      return !isAnyTended && !isAnyReplay;
    });
    return isAnyOpen || isAnyLeft || (world.mutant.keepsSweepOn ?? false);
  });
}
