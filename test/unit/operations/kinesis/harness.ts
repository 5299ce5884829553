/** Kinesis's operations over the memory twins, called with JSON as the wire would bring it. */
import { memoryJq } from "../../../../src/storage/memory/jq.ts";
import { toServiceError } from "../../../../src/errors.ts";
import { laneMeter } from "../../../../src/delivery/lane-meter.ts";
import { createAppender } from "../../../../src/log/append.ts";
import type { OperationContext } from "../../../../src/operations/context.ts";
import { rememberSeconds } from "../../../../src/log/shard-seconds.ts";
import { dataStreamCache } from "../../../../src/operations/data-stream-cache.ts";
import { kinesisService } from "../../../../src/operations/kinesis/index.ts";
import { streamCache } from "../../../../src/operations/stream-cache.ts";
import { targetRules } from "../../../helpers/targets.ts";
import { systemRandom } from "../../../../src/random.ts";
import { memoryBodies } from "../../../../src/storage/memory/bodies.ts";
import { memoryDeliveryStreams } from "../../../../src/storage/memory/delivery-streams.ts";
import { memoryLog } from "../../../../src/storage/memory/log.ts";
import { memoryProofs } from "../../../../src/storage/memory/proofs.ts";
import { memoryReadWindows } from "../../../../src/storage/memory/read-windows.ts";
import { memoryReaders } from "../../../../src/storage/memory/readers.ts";
import { memoryRedrives } from "../../../../src/storage/memory/redrives.ts";
import type { RedriveProgress } from "../../../../src/delivery/redrive/redrive.ts";
import type { ReaderStore } from "../../../../src/readers/store.ts";
import { memoryReplays } from "../../../../src/storage/memory/replays.ts";
import { memoryStreams } from "../../../../src/storage/memory/streams.ts";
import type { Service } from "../../../../src/wire/operation.ts";
import { decodeJson, encodeJson } from "../../../../src/wire/json.ts";
import { validate } from "../../../../src/wire/validate.ts";

export const ACCOUNT_ID = "123456789012";
export const REGION = "eu-west-1";
export const NOW_MS = Date.UTC(2026, 6, 13, 14, 5, 6, 789);
export const TRANSITION_MS = 500;

/** `value: any` on purpose: a test reads it as a client that only has JSON would. */
export interface Answer {
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly value?: any;
  readonly error?: { readonly name: string; readonly message: string };
}

export function arnOf(name: string): string {
  return `arn:aws:kinesis:${REGION}:${ACCOUNT_ID}:stream/${name}`;
}

/** Calls a service's operations with JSON as the wire would bring it. */
export function caller<Context>(service: Service<Context>, context: Context) {
  return async (name: string, request: object, members: Partial<Context> = {}): Promise<Answer> => {
    const row = service.operations.get(name);
    if (row?.kind !== "operation") throw new Error(`${name} is not offered`);
    try {
      const input = decodeJson(row.input, JSON.parse(JSON.stringify(request)));
      validate(row.input, input, service);
      const called = { ...context, ...members };
      await row.resource?.(input, called);
      const output = await row.handle(input, called);
      return { value: JSON.parse(encodeJson(output ?? {})) };
    } catch (thrown) {
      const { name: error, message } = toServiceError(thrown);
      if (error === "InternalFailure") throw thrown;
      return { error: { name: error, message } };
    }
  };
}

export function harness(overrides: Partial<OperationContext> = {}, log = memoryLog()) {
  let nowMs = NOW_MS;
  const clock = {
    now: () => nowMs,
    async sleep(durationMs: number) {
      nowMs += durationMs;
    },
  };
  const readers = memoryReaders();
  const deliveryStreams = memoryDeliveryStreams(log, readers);
  const bodies = memoryBodies(systemRandom);
  const append = {
    log: rememberSeconds(log, clock),
    bodies,
    clock,
    random: systemRandom,
    proofs: memoryProofs(),
  };
  const dataStreams = overrides.dataStreams ?? memoryStreams(log);
  let isSweepOn = false;
  const context: OperationContext = {
    accountId: ACCOUNT_ID,
    region: REGION,
    clock,
    random: systemRandom,
    appender: createAppender(append),
    deliveryStreams,
    replays: memoryReplays(),
    redrives: memoryRedrives(log, readers),
    redriveReaders: readers as ReaderStore<RedriveProgress>,
    laneMeter: laneMeter(clock),
    streamCache: streamCache(deliveryStreams, clock),
    dataStreams,
    dataStreamCache: dataStreamCache({ dataStreams, log, clock, transitionDelayMs: TRANSITION_MS }),
    log,
    readers,
    bodies,
    append,
    dryRunWindows: memoryReadWindows(),
    blockExpiry: log,
    targets: targetRules({ region: REGION, accountId: ACCOUNT_ID }),
    jq: memoryJq(),
    sweepRule: {
      async enable() {
        isSweepOn = true;
      },
    },
    tokenSecret: Buffer.alloc(32, "secret"),
    transitionDelayMs: TRANSITION_MS,
    ...overrides,
  };

  const call = caller(kinesisService, context);

  function advance(durationMs: number): void {
    nowMs += durationMs;
  }

  return {
    call,
    context,
    log,
    bodies,
    dataStreams,
    advance,
    isSweepOn: () => isSweepOn,
    turnSweepOff: () => void (isSweepOn = false),
    /** Creates a stream and waits until it is ACTIVE. */
    async create(StreamName: string, members: object = { ShardCount: 1 }): Promise<void> {
      const { error } = await call("CreateStream", { StreamName, ...members });
      if (error) throw new Error(`${error.name}: ${error.message}`);
      advance(TRANSITION_MS);
    },
  };
}

export function invalidArgument(message: string): Answer {
  return { error: { name: "InvalidArgumentException", message } };
}

export function invalid(...violations: string[]): Answer {
  const count = `${violations.length} validation error${violations.length === 1 ? "" : "s"}`;
  return {
    error: { name: "ValidationException", message: `${count} detected: ${violations.join("; ")}` },
  };
}

export function notFound(name: string): Answer {
  return {
    error: {
      name: "ResourceNotFoundException",
      message: `Stream ${name} under account ${ACCOUNT_ID} not found.`,
    },
  };
}

export function inUse(message: string): Answer {
  return { error: { name: "ResourceInUseException", message } };
}
