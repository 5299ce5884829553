/**
 * A client as the SDKs are: one invocation id per call, an attempt that is not answered in time is sent again
 * with the same id, and after a few attempts the call is given up.
 */
import { createHash } from "node:crypto";
import type { ProducerRequest } from "../../src/log/record.ts";
import { callId } from "../../src/log/retry.ts";
import { payloadOf } from "./payload.ts";
import type { World } from "./world.ts";
import { InjectedFault } from "./faults.ts";
import { decodeRecordId } from "../../src/delivery/record-id.ts";
import { laneKey } from "../../src/delivery/delivery-stream.ts";
import { ServiceError } from "../../src/errors.ts";

const ATTEMPTS_MAX_COUNT = 4;
/** No attempt is begun later than this, as no SDK would. */
const PERSISTENCE_MS = 15 * 60_000;
/** Who knows that nothing is wrong any more sends on what was refused, for longer than it may take. */
const PROBE_PATIENCE_MS = 120_000;
const RECORDS_MAX_COUNT = 4;
const FILLING_MAX_BYTES = 60;
/** Beyond what fits a block's item, hexadecimal digits compress to a good half. */
const LARGE_FILLING_BYTES = 20_000;
const LARGE_SHARE = 0.02;
const REUSED_ID_SHARE = 0.05;

/** What a client makes of one attempt. */
type Outcome =
  | {
      readonly kind: "acknowledged";
      readonly recordIds: readonly string[];
      readonly isEncrypted: boolean;
    }
  | { readonly kind: "throttled" | "failed" }
  /** The stream does not exist. */
  | { readonly kind: "gone" }
  /** The client lost patience. */
  | { readonly kind: "unanswered" };

export interface ProducerOptions {
  readonly name: string;
  readonly streamNames: readonly string[];
  readonly callCount: number;
  /** Longest pause between two calls. */
  readonly pauseMaxMs: number;
  readonly patienceMs: number;
  /** Without an invocation id nothing proves a retry, and so this client sends none. */
  readonly hasInvocationId: boolean;
  /** Goes on after the others have stopped, and until all is taken. */
  readonly isProbe: boolean;
}

export async function produce(world: World, options: ProducerOptions): Promise<void> {
  const { random } = world;
  const pending: Promise<void>[] = [];
  for (let number = 0; number < options.callCount; number++) {
    if (!options.isProbe && !world.isOpen()) break;
    await sleep(world, random.fraction() * options.pauseMaxMs);
    const call = sendCall(world, options, number);
    pending.push(call);
    // Now and then the next call starts before this one is answered.
    if (random.fraction() < 0.7) await call;
  }
  await Promise.all(pending);
}

function sleep({ scheduler }: World, durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    scheduler.after(undefined, durationMs, "producer goes on", resolve);
  });
}

async function sendCall(world: World, options: ProducerOptions, number: number): Promise<void> {
  const { random, note, scheduler } = world;
  const call = `${options.name}-${number}`;
  const stream = options.streamNames[number % options.streamNames.length] as string;
  const count = 1 + Math.floor(random.fraction() * RECORDS_MAX_COUNT);
  const records = Array.from({ length: count }, (_, i) => `${call}.${i}`);
  const data = records.map((record) => payloadOf(record, filling(world)));
  const id = options.hasInvocationId ? identify(world, options, number, data) : undefined;
  const { isProbe } = options;
  note({
    kind: "sent",
    call,
    records,
    ...(isProbe && { isProbe }),
    ...(id && { invocation: { name: stream, id: id.invocationId } }),
  });
  const giveUpAtMs = scheduler.now() + (isProbe ? PROBE_PATIENCE_MS : PERSISTENCE_MS);
  const mostCount = isProbe ? Number.POSITIVE_INFINITY : ATTEMPTS_MAX_COUNT;
  for (let attempt = 1; attempt <= mostCount; attempt++) {
    const producerRequest = id && { callId: id.callId, attempt };
    const outcome = await exchange(
      world,
      { stream, data, call, attempt, producerRequest },
      options,
    );
    scheduler.note(`${call} attempt ${attempt}: ${outcome.kind}`);
    if (outcome.kind === "acknowledged") {
      acknowledge(world, stream, call, outcome);
      return;
    }
    if (!isProbe && (outcome.kind === "gone" || id === undefined)) return;
    await sleep(world, random.fraction() * 1000 * Math.min(attempt, ATTEMPTS_MAX_COUNT));
    if (scheduler.now() > giveUpAtMs) return;
  }
}

/** Now and then a client sends another payload under the invocation id of the call before: that is another call. */
function identify(
  { random, mutant, situations }: World,
  { name }: ProducerOptions,
  number: number,
  data: readonly Uint8Array[],
): { readonly invocationId: string; readonly callId: Uint8Array } {
  const isReused = number > 0 && random.fraction() < REUSED_ID_SHARE;
  if (isReused) situations.meet("reusedId");
  const payloadSha256 = createHash("sha256").update(Buffer.concat(data)).digest("hex");
  const invocationId = `${name}-${isReused ? number - 1 : number}`;
  const id = callId({
    accessKeyId: "test",
    target: "Firehose_20150804.PutRecordBatch",
    invocationId,
    payloadSha256: mutant.ignoresPayloads ? "" : payloadSha256,
  });
  return { invocationId, callId: id };
}

function filling({ random }: World): string {
  if (random.fraction() >= LARGE_SHARE) {
    return "z".repeat(random.fraction() * FILLING_MAX_BYTES);
  }
  return Buffer.from(random.bytes(LARGE_FILLING_BYTES / 2)).toString("hex");
}

function acknowledge(
  { note }: World,
  streamName: string,
  call: string,
  { recordIds, isEncrypted }: Outcome & { readonly kind: "acknowledged" },
): void {
  const place = decodeRecordId(streamName, recordIds[0] ?? "");
  if (place === undefined) throw new Error(`${call} was answered with ${recordIds[0]}`);
  const { generation, lane, blockIndex: block, position } = place;
  const shard = laneKey({ name: streamName, generation }, lane);
  note({
    kind: "acknowledged",
    call,
    stream: `${streamName}/${generation}`,
    shard,
    block,
    position,
    isEncrypted,
  });
}

interface Request {
  readonly stream: string;
  readonly data: readonly Uint8Array[];
  readonly call: string;
  readonly attempt: number;
  readonly producerRequest: ProducerRequest | undefined;
}

/** One attempt: the request travels, a process serves it, the answer travels back, or the client loses patience. */
function exchange(
  world: World,
  request: Request,
  { patienceMs }: ProducerOptions,
): Promise<Outcome> {
  const { scheduler, faults, random } = world;
  return new Promise((resolve) => {
    const giveUp = scheduler.after(undefined, patienceMs, `${request.call} gives up`, () =>
      resolve({ kind: "unanswered" }),
    );
    const deliver = () =>
      serve(world, request, (outcome) => {
        if (faults.strikes("responseLost")) return;
        scheduler.add(undefined, `answer to ${request.call} arrives`, () => {
          giveUp();
          resolve(outcome);
        });
      });
    if (faults.strikes("requestLost")) return;
    if (faults.strikes("requestLate")) {
      const delayMs = patienceMs * (0.5 + random.fraction());
      scheduler.after(undefined, delayMs, `${request.call} arrives late`, deliver);
    } else scheduler.add(undefined, `${request.call} arrives`, deliver);
  });
}

function serve(
  world: World,
  { stream, data, call, attempt, producerRequest }: Request,
  answer: (outcome: Outcome) => void,
): void {
  const api = world.pickApi();
  const ended = world.situations.begun(call, { process: api.process, number: attempt });
  const handle = async (): Promise<Outcome> => {
    try {
      const result = await api.put(stream, data, producerRequest);
      if (result.kind === "throttled") return { kind: "throttled" };
      const { recordIds, isEncrypted } = result;
      return { kind: "acknowledged", recordIds, isEncrypted };
    } catch (error) {
      if (error instanceof ServiceError && error.name === "ResourceNotFoundException")
        return { kind: "gone" };
      // Its key cannot be used; who is patient sends it again.
      if (error instanceof ServiceError && error.name === "InvalidKMSResourceException")
        return { kind: "throttled" };
      if (!world.mayCallsFail || !(error instanceof InjectedFault)) world.surprise(error);
      return { kind: "failed" };
    } finally {
      ended();
    }
  };
  void handle().then(answer);
}
