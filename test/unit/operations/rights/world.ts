/**
 * A small deployment over the memory twins behind the front door, which tells of every call what was asked of the stores
 * and whether the operation was begun: with those, nothing can happen unseen.
 */
import { memoryAccessKeys } from "../../../../src/storage/memory/access-keys.ts";
import type { NewAccessKey } from "../../../../src/auth/store.ts";
import { parsePolicy } from "../../../../src/auth/policy-document.ts";
import type { HydrantContext, OperationContext } from "../../../../src/operations/context.ts";
import { firehoseService } from "../../../../src/operations/firehose/index.ts";
import { resourceFacts } from "../../../../src/operations/resource-facts.ts";
import { SERVICES } from "../../../../src/operations/services.ts";
import { memoryStreams } from "../../../../src/storage/memory/streams.ts";
import { memoryLog } from "../../../../src/storage/memory/log.ts";
import { memorySubscriptions } from "../../../../src/storage/memory/subscriptions.ts";
import { JSON_1_1 } from "../../../../src/wire/codec.ts";
import { createDispatch } from "../../../../src/wire/dispatch.ts";
import type { AnyOperation, NotOffered, Service } from "../../../../src/wire/operation.ts";
import { KEY, signed } from "../../hostile/requests.ts";
import { createRequest } from "../firehose/harness.ts";
import { harness } from "../hydrant/harness.ts";
import { arnOf, caller, REGION } from "../kinesis/harness.ts";

export type Context = OperationContext & HydrantContext;

export const ACCOUNT_ID = "123456789012";
export const CLICKS = arnOf("clicks");
export const ORDERS = arnOf("orders");
export const FIREHOSE = `arn:aws:firehose:${REGION}:${ACCOUNT_ID}:deliverystream`;
export const USER = `arn:aws:iam::${ACCOUNT_ID}:user/${KEY.id}`;

export interface Answered {
  readonly status: number;
  readonly type?: string;
  readonly message?: string;
  /** Whether the operation was begun. */
  readonly isBegun: boolean;
  /** `dataStreams.get`, in their order. */
  readonly calls: readonly string[];
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly value: any;
}

/** What is asked of ports, by the port's name in the context and its method. */
function recorded<Port extends object>(name: string, port: Port, calls: string[]): Port {
  return new Proxy(port, {
    get(target, method, receiver) {
      const found = Reflect.get(target, method, receiver) as unknown;
      if (typeof found !== "function") return found;
      return (...args: unknown[]) => {
        calls.push(`${name}.${String(method)}`);
        return Reflect.apply(found, target, args) as unknown;
      };
    },
  });
}

/** Neither tells anybody anything nor keeps it. */
const NO_PORTS = new Set(["clock", "random"]);
const isPlain = (value: unknown) => Array.isArray(value) || value instanceof Uint8Array;

export async function world() {
  const calls: string[] = [];
  const log = memoryLog();
  const dataStreams = recorded("dataStreams", memoryStreams(log), calls);
  const made = await harness({}, { dataStreams }, log);
  await made.callKinesis("CreateStream", { StreamName: "orders", ShardCount: 1 });
  await made.callKinesis("RegisterStreamConsumer", { StreamARN: CLICKS, ConsumerName: "reader" });
  made.advance(10_000);
  const consumers = await made.callKinesis("ListStreamConsumers", { StreamARN: CLICKS });
  const consumerArn: string = consumers.value.Consumers[0].ConsumerARN;
  const callFirehose = caller(firehoseService, made.context);
  await callFirehose("CreateDeliveryStream", createRequest({}, { DeliveryStreamName: "logs" }));
  const { error } = await callFirehose(
    "CreateDeliveryStream",
    createRequest({}, { DeliveryStreamName: "archive", ...readsClicks }),
  );
  if (error) throw new Error(error.message);
  const mapping = await made.create();
  await made.settle();

  const context: Context = Object.fromEntries(
    Object.entries({ ...made.context, dataStreams: made.context.dataStreams }).map(
      ([name, port]) =>
        typeof port === "object" && !NO_PORTS.has(name) && !isPlain(port)
          ? [name, recorded(name, port, calls)]
          : [name, port],
    ),
  ) as unknown as Context;
  const subscriptions = recorded("subscriptions", memorySubscriptions(), calls);
  const going = new AbortController();

  let isBegun = false;
  let key: NewAccessKey = KEY;
  const watched = (row: AnyOperation<Context> | NotOffered) =>
    row.kind === "notOffered"
      ? row
      : {
          ...row,
          handle(input: unknown, given: Context) {
            isBegun = true;
            return row.handle(input, given);
          },
        };
  const services = SERVICES.map((service: Service<Context>) => ({
    ...service,
    operations: new Map([...service.operations].map(([name, row]) => [name, watched(row)])),
  }));
  const dispatch = createDispatch<Context>({
    services,
    keys: { get: (id) => memoryAccessKeys(key).get(id) },
    accountId: ACCOUNT_ID,
    region: REGION,
    clock: context.clock,
    random: context.random,
    contextFor: () => ({ ...context, push: { subscriptions, signal: going.signal } }),
    resources: resourceFacts,
    report: () => {},
  });

  return {
    ...made,
    consumerArn,
    mappingUuid: mapping.value.UUID as string,
    iterator: async (StreamName: string) =>
      (
        await made.callKinesis("GetShardIterator", {
          StreamName,
          ShardId: "shardId-000000000000",
          ShardIteratorType: "TRIM_HORIZON",
        })
      ).value.ShardIterator as string,
    /** What a call answers, and does, of a key with these statements; of one without a policy, if there are none. */
    async send(
      operation: string,
      input: object,
      statements?: readonly object[],
    ): Promise<Answered> {
      const [signingName, name] = operation.split(":");
      const service = SERVICES.find((one) => one.signingName === signingName)!;
      const policy = statements && parsePolicy(JSON.stringify({ Statement: statements }));
      key = { ...KEY, ...(policy && { policy }) };
      isBegun = false;
      calls.length = 0;
      const target = `${service.targetPrefix}.${name}`;
      const { status, body, frames } = await dispatch(
        signed(target, JSON_1_1, JSON.stringify(input)),
      );
      const seen = [...calls];
      await frames?.[Symbol.asyncIterator]().return?.();
      const value = frames || body === "" ? {} : JSON.parse(String(body));
      const { __type: type, message } = value;
      return { status, type, message, isBegun, calls: seen, value };
    },
  };
}

export type World = Awaited<ReturnType<typeof world>>;

export const readsClicks = {
  DeliveryStreamType: "KinesisStreamAsSource",
  KinesisStreamSourceConfiguration: {
    KinesisStreamARN: CLICKS,
    RoleARN: `arn:aws:iam::${ACCOUNT_ID}:role/firehose`,
  },
};
