/** Firehose's operations over the memory twins, called with JSON as the wire would bring it. */
import { memoryJq } from "../../../../src/storage/memory/jq.ts";
import { memoryDeliveryStreams } from "../../../../src/storage/memory/delivery-streams.ts";
import { memoryBodies } from "../../../../src/storage/memory/bodies.ts";
import { memoryKeys } from "../../../../src/storage/memory/keys.ts";
import { memoryLog } from "../../../../src/storage/memory/log.ts";
import { memoryProofs } from "../../../../src/storage/memory/proofs.ts";
import { memoryReaders } from "../../../../src/storage/memory/readers.ts";
import { memoryRedrives } from "../../../../src/storage/memory/redrives.ts";
import type { RedriveProgress } from "../../../../src/delivery/redrive/redrive.ts";
import type { ReaderStore } from "../../../../src/readers/store.ts";
import { memoryReplays } from "../../../../src/storage/memory/replays.ts";
import { toServiceError } from "../../../../src/errors.ts";
import { memoryStreams } from "../../../../src/storage/memory/streams.ts";
import { laneMeter } from "../../../../src/delivery/lane-meter.ts";
import { createBlockSeals } from "../../../../src/log/block-seals.ts";
import { createAppender } from "../../../../src/log/append.ts";
import type { DeliveryStreamContext } from "../../../../src/operations/context.ts";
import { dataStreamCache } from "../../../../src/operations/data-stream-cache.ts";
import { firehoseService } from "../../../../src/operations/firehose/index.ts";
import { streamCache } from "../../../../src/operations/stream-cache.ts";
import { systemRandom } from "../../../../src/random.ts";
import { targetRules } from "../../../helpers/targets.ts";
import { decodeJson, encodeJson } from "../../../../src/wire/json.ts";
import { validate } from "../../../../src/wire/validate.ts";

export const ACCOUNT_ID = "123456789012";
export const NOW_MS = Date.UTC(2026, 6, 13, 14, 5, 6, 789);

export const ROLE_ARN = `arn:aws:iam::${ACCOUNT_ID}:role/firehose`;
export const BUCKET_ARN = "arn:aws:s3:::deliveries";

export function target(members: object = {}) {
  return { RoleARN: ROLE_ARN, BucketARN: BUCKET_ARN, ...members };
}

export function createRequest(extendedS3: object = {}, members: object = {}) {
  return {
    DeliveryStreamName: "access-logs",
    ExtendedS3DestinationConfiguration: target(extendedS3),
    ...members,
  };
}

/** `value: any` on purpose: a test reads it as a client that only has JSON would. */
export interface Answer {
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly value?: any;
  readonly error?: { readonly name: string; readonly message: string };
}

export function harness(overrides: Partial<DeliveryStreamContext> = {}) {
  let nowMs = NOW_MS;
  // Whatever the stores in memory are asked is answered before a sleep is over.
  const sleep = () => new Promise<void>((resolve) => void setImmediate(resolve));
  const clock = { now: () => nowMs, sleep };
  const log = memoryLog();
  const readers = memoryReaders();
  const dataStreams = memoryStreams(log);
  const deliveryStreams = memoryDeliveryStreams(log, readers);
  const bodies = memoryBodies(systemRandom);
  const proofs = memoryProofs();
  const meter = laneMeter(clock);
  const keys = memoryKeys(systemRandom);
  const context: DeliveryStreamContext = {
    accountId: ACCOUNT_ID,
    region: "eu-west-1",
    clock,
    random: systemRandom,
    appender: createAppender({
      log: meter.watch(log),
      bodies,
      proofs,
      clock,
      random: systemRandom,
    }),
    seals: createBlockSeals(keys, clock, systemRandom),
    laneMeter: meter,
    deliveryStreams,
    replays: memoryReplays(),
    redrives: memoryRedrives(log, readers),
    redriveReaders: readers as ReaderStore<RedriveProgress>,
    readers,
    dataStreams,
    targets: targetRules({ region: "eu-west-1", accountId: ACCOUNT_ID }),
    jq: memoryJq(),
    sweepRule: { enable: () => Promise.resolve() },
    dataStreamCache: dataStreamCache({ dataStreams, log, clock, transitionDelayMs: 0 }),
    log,
    streamCache: streamCache(deliveryStreams, clock),
    ...overrides,
  };

  async function call(name: string, request: object, members: Partial<DeliveryStreamContext> = {}) {
    const row = firehoseService.operations.get(name);
    if (row?.kind !== "operation") throw new Error(`${name} is not offered`);
    try {
      const input = decodeJson(row.input, JSON.parse(JSON.stringify(request)));
      validate(row.input, input, firehoseService);
      const output = await row.handle(input, { ...context, ...members });
      return { value: JSON.parse(encodeJson(output ?? {})) } as Answer;
    } catch (thrown) {
      const { name: error, message } = toServiceError(thrown);
      if (error === "InternalFailure") throw thrown;
      return { error: { name: error, message } } as Answer;
    }
  }

  return {
    call,
    context,
    log,
    keys,
    readers,
    deliveryStreams,
    advance(durationMs: number) {
      nowMs += durationMs;
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
      message: `Firehose ${name} under account ${ACCOUNT_ID} not found.`,
    },
  };
}
