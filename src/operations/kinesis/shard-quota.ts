/**
 * AWS's quota on the open shards of an account, all streams together. They are counted by what each stream has noted of itself.
 * https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
 */
import { serviceError, type ServiceError } from "../../errors.ts";
import { allDataStreams } from "../../streams/all-streams.ts";
import { openShardCountOf } from "../../streams/stream.ts";
import type { DataStreamContext } from "../context.ts";

type QuotaContext = Pick<
  DataStreamContext,
  "accountId" | "region" | "dataStreams" | "shardsMaxCount"
>;

/**
 * Throws if there is no room for so many shards more. Reshards at once may each find room for one; creations count
 * themselves once more when they stand, so that of these none goes beyond it.
 */
export async function checkShardQuota(
  context: QuotaContext,
  additionalCount: number,
): Promise<void> {
  const { shardsMaxCount: maxCount } = context;
  if (maxCount === undefined || additionalCount <= 0) return;
  const count = await openShardCount(context);
  if (count + additionalCount > maxCount) throw exceeded(context, count, additionalCount);
}

/** The same for shards that stand already. */
export async function shardQuotaProblem(
  context: QuotaContext,
  additionalCount: number,
): Promise<ServiceError | undefined> {
  const { shardsMaxCount: maxCount } = context;
  if (maxCount === undefined) return undefined;
  const count = await openShardCount(context);
  return count > maxCount ? exceeded(context, count - additionalCount, additionalCount) : undefined;
}

function exceeded(
  { accountId, region, shardsMaxCount: maxCount }: QuotaContext,
  count: number,
  additionalCount: number,
): ServiceError {
  return serviceError(
    "LimitExceededException",
    `This request would exceed the shard limit for the account ${accountId} in ${region}. Current shard count for the account: ${count}. Limit: ${maxCount}. Number of additional shards that would have resulted from this request: ${additionalCount}. Refer to the AWS Service Limits page (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to request higher limits.`,
  );
}

async function openShardCount({ dataStreams }: Pick<QuotaContext, "dataStreams">): Promise<number> {
  let count = 0;
  for await (const streams of allDataStreams(dataStreams)) {
    count += streams.reduce((sum, stream) => sum + openShardCountOf(stream), 0);
  }
  return count;
}
