/**
 * What policies may ask of a resource: its tags, its own policy, and of a consumer its stream. Out of what the process
 * remembers, so that a call costs no read for it; a policy or a tag that was changed holds everywhere within the age of
 * that.
 */
import type { ResourceFacts } from "../auth/authorize.ts";
import type { Policy } from "../auth/policy.ts";
import { parseResourcePolicy } from "../auth/policy-document.ts";
import { findConsumer } from "../streams/consumers.ts";
import type { DataStream, StreamConsumer } from "../streams/stream.ts";
import { dataStreamArn, deliveryStreamArn } from "./arn.ts";
import type { OperationContext } from "./context.ts";

type Context = Pick<OperationContext, "accountId" | "region" | "dataStreamCache" | "streamCache">;

/** `undefined` for what is not ours, or has nothing. @param asksTags of what has nothing but tags */
export async function resourceFacts(
  arn: string,
  asksTags: boolean,
  context: Context,
): Promise<ResourceFacts | undefined> {
  const [, kind = "", name = "", consumer] = NAMED.exec(arn) ?? [];
  if (kind === "deliverystream") {
    if (!asksTags || arn !== deliveryStreamArn(context, name)) return undefined;
    const stream = await context.streamCache.get(name);
    return stream?.tags && { tags: stream.tags };
  }
  const streamArn = dataStreamArn(context, name);
  if (kind !== "stream" || !arn.startsWith(streamArn)) return undefined;
  const stream = await context.dataStreamCache.look(name);
  if (consumer === undefined) return stream && factsOf(stream, arn);
  return { ...consumerFacts(stream, consumer, arn), partOf: streamArn };
}

const NAMED = /:(deliverystream|stream)\/([^/:]+)(?:\/consumer\/([^/]+))?$/;

/** `clicker:1764489600`: one that was registered again under its name is another one. */
function consumerFacts(
  stream: DataStream | undefined,
  consumer: string,
  arn: string,
): ResourceFacts | undefined {
  const [name = "", createdAt] = consumer.split(":");
  const found = stream && createdAt && findConsumer(stream, name, createdAt);
  return found ? factsOf(found, arn) : undefined;
}

/** What is remembered is the same object for some seconds. */
const read = new WeakMap<DataStream | StreamConsumer, ResourceFacts>();

function factsOf(holder: DataStream | StreamConsumer, arn: string): ResourceFacts {
  const known = read.get(holder);
  if (known !== undefined) return known;
  const { tags, policy } = holder;
  const parsed = policy === undefined ? undefined : parsePut(policy, arn);
  const facts = { ...(tags && { tags }), ...(parsed && { policy: parsed }) };
  read.set(holder, facts);
  return facts;
}

/** What was put before policies were looked at may be anything, and means nothing until it is put again. */
function parsePut(text: string, arn: string): Policy | undefined {
  try {
    return parseResourcePolicy(text, arn);
  } catch {
    return undefined;
  }
}
