/** The consume function and the schedule, as `handlers/` wires them. A container serves one message after the other. */
import { settleMapping } from "../../../src/consumer/lifecycle.ts";
import { consume } from "../../../src/consumer/run.ts";
import {
  allMappings,
  leftReaders,
  pausedReaders,
  sweepMappings,
} from "../../../src/consumer/sweep-mappings.ts";
import { rememberBlocks } from "../../../src/log/remembered-blocks.ts";
import { STREAMS_SWEEP_BUDGET_MS } from "../../../src/limits.ts";
import { dataStreamArn } from "../../../src/operations/arn.ts";
import { pruneShards } from "../../../src/readers/prune.ts";
import { finishStreams } from "../../../src/streams/unfinished.ts";
import { backOffMs } from "../../../src/readers/back-off.ts";
import { whileHidden } from "../../../src/readers/hidden-message.ts";
import type { RunResult } from "../../../src/readers/run.ts";
import type { WakeUp } from "../../../src/readers/store.ts";
import { sweepLeftovers } from "../../../src/readers/left-by-calls.ts";
import { sweepShards } from "../../../src/readers/sweep.ts";
import { switchByNeed } from "../../../src/readers/sweep-switch.ts";
import { ACCOUNT_ID, REGION } from "../api.ts";
import { InjectedFault } from "../faults.ts";
import type { Message } from "../queue.ts";
import type { Process } from "../scheduler.ts";
import { isTaken } from "../stage.ts";
import { sweepPortsOf } from "../sweeping.ts";
import { destinationOf, invokerOf } from "./function.ts";
import { contextOf, type ProcessView, storesOf, viewOf } from "./ports.ts";
import { witnessRun } from "./run-witness.ts";
import type { ConsumerWorld, Content } from "./world.ts";

const CONTAINERS_MAX_COUNT = 4;
const ROLE_ARN = "arn:aws:iam::000000000000:role/consume";

interface Container {
  readonly process: Process;
  readonly view: ProcessView;
  isBusy: boolean;
}

export function createContainers(worldOf: () => ConsumerWorld) {
  let containers: Container[] = [];

  function freeContainer(world: ConsumerWorld): Container | undefined {
    containers = containers.filter(
      ({ process, isBusy }) => isTaken(process) || (isBusy && process.isAlive),
    );
    const free = containers.find(({ process, isBusy }) => !isBusy && isTaken(process));
    const mostCount = world.load?.workerCount ?? CONTAINERS_MAX_COUNT;
    if (free || containers.length === mostCount) return free;
    const process = world.spawn("consume");
    const view = viewOf(process, world);
    const log = rememberBlocks(view.log);
    const made = { process, view: { ...view, log }, isBusy: false };
    containers.push(made);
    return made;
  }

  return {
    /** False when all are at work. */
    offer(message: Message<Content>): boolean {
      const world = worldOf();
      const container = freeContainer(world);
      if (container === undefined) return false;
      const { process } = container;
      container.isBusy = true;
      world.load?.invoked("consume");
      message.receiveCount += 1;
      // Lambda ends a function at its time limit, wherever it is.
      const cancelLimit = world.scheduler.after(process, world.timeLimitMs, "time limit", () =>
        world.crash(process),
      );
      void serve(world, container, message)
        .catch((error: unknown) => {
          // It could not even be handed back, and shows when its visibility is over.
          if (!(error instanceof InjectedFault)) world.surprise(error);
        })
        .finally(() => {
          cancelLimit();
          container.isBusy = false;
        });
      return true;
    },
  };
}

async function serve(
  world: ConsumerWorld,
  { process, view }: Container,
  message: Message<Content>,
): Promise<void> {
  const { scheduler, random, queue, mutant } = world;
  const { content, receiveCount } = message;
  const { lookup: streams, cache: _, ...stores } = view;
  const clock = scheduler.clockOf(process);
  const delayMs = backOffMs(receiveCount, random);
  const run = async (): Promise<RunResult> => {
    if (!("mapping" in content)) return feed(content);
    await settleMapping({ ...stores, clock }, content.mapping);
    return { kind: "done" };
  };
  const hide = queue.hideFrom(process, message);
  const result = await whileHidden({ clock, hide }, run).catch((error: unknown): RunResult => ({
    kind: "retry",
    atMs: clock.now() + delayMs,
    error,
  }));
  if (result.kind === "done") return queue.remove(message);
  if (result.error !== undefined && !(result.error instanceof InjectedFault)) {
    world.surprise(result.error);
  }
  const delaySeconds = Math.max(0, Math.ceil((result.atMs - clock.now()) / 1000));
  await hide(delaySeconds);
  if (mutant.sendsOnRetry) queue.push(content, delaySeconds * 1000);

  function feed(wakeUp: WakeUp): Promise<RunResult> {
    const { run: witnessed, stores: seen } = witnessRun(stores, wakeUp, world);
    const ports = {
      ...stores,
      ...seen,
      streams,
      clock,
      random,
      invoker: world.load?.invoker ?? invokerOf(process, witnessed, world),
      destination: destinationOf(process, witnessed, world),
      region: REGION,
      roleArn: ROLE_ARN,
      streamArn: (name: string) => dataStreamArn({ accountId: ACCOUNT_ID, region: REGION }, name),
      report: () => {},
    };
    return consume(mutant.ports?.(ports) ?? ports, {
      wakeUp,
      messageId: message.id,
      isRepeated: receiveCount > 1,
      deadlineMs: clock.now() + world.timeLimitMs,
      backOffMs: delayMs,
    });
  }
}

export function sweep(world: ConsumerWorld, process: Process): Promise<void> {
  const { scheduler, queue, mutant } = world;
  const stores = storesOf(process, world);
  const context = contextOf(process, world);
  const send = queue.sendFrom(process);
  const ports = {
    ...stores,
    ...sweepPortsOf(process, world),
    clock: scheduler.clockOf(process),
    queue: { send },
    mappingQueue: { send: (mapping: string) => send({ mapping }, 0) },
    isPaused: pausedReaders(stores.mappings),
    reportFailure: () => {},
  };
  const finishAll = async () => {
    const known = await allMappings(stores.mappings);
    const isAnyBehind = await sweepMappings(ports, known);
    const pruned = { ...ports, isNobodys: leftReaders(known) };
    const prunePorts = mutant.prune?.(pruned) ?? pruned;
    const isAllDone = await finishStreams(
      {
        ...context,
        prune: (stream, deadlineMs) => pruneShards(prunePorts, stream, deadlineMs),
        reportFailure: (_, error) => {
          if (!(error instanceof InjectedFault)) world.surprise(error);
        },
      },
      scheduler.now() + STREAMS_SWEEP_BUDGET_MS,
    );
    return !isAnyBehind && isAllDone;
  };
  return switchByNeed(ports, async () => {
    const notes = await ports.notes.list();
    const isAnyOpen = await sweepShards(ports, notes);
    const isAnyLeft = await sweepLeftovers(ports, notes, finishAll);
    return isAnyOpen || isAnyLeft;
  });
}
