/**
 * `DryRun: true`: every check of the call is made, nothing is done, and a call that would have been made is told so by
 * an exception. What limits a shard or a subscription at the moment is no part of the checks.
 * https://docs.aws.amazon.com/streams/latest/dev/kds-dryrun-validation.html
 */
import { serviceError } from "../../errors.ts";
import { takeDryRun } from "../../streams/read-limit.ts";
import type { DataStream } from "../../streams/stream.ts";
import { boolean } from "../../wire/shape.ts";
import type { DataStreamContext } from "../context.ts";

export const dryRun = boolean();

/** To be called behind the last check. Throws in any case; AWS's sentences are not known. */
export async function endDryRun(
  stream: DataStream,
  { accountId, clock, dryRunWindows }: DataStreamContext,
): Promise<never> {
  if (await takeDryRun({ readWindows: dryRunWindows, clock }, stream)) {
    throw serviceError(
      "DryRunOperationException",
      "The request would have succeeded, but the DryRun parameter is set.",
    );
  }
  throw serviceError(
    "ThrottlingException",
    `Rate exceeded for dry runs on stream ${stream.name} under account ${accountId}.`,
  );
}
