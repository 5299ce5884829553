/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStreamSummary.html */
import type { DescribeStreamSummaryOutput } from "@aws-sdk/client-kinesis";
import { operation } from "../../wire/operation.ts";
import type { DataStreamContext } from "../context.ts";
import { streamAddress } from "./common-shapes.ts";
import { shardsToList, streamDescription } from "./describe.ts";
import { addressedArn, findStream } from "./find-stream.ts";

export const describeStreamSummary = operation({
  input: streamAddress,
  resource: addressedArn,
  async handle(address, context: DataStreamContext) {
    const stream = await findStream(address, context);
    const open = await shardsToList(stream, context, { type: "AT_LATEST" });
    return {
      StreamDescriptionSummary: {
        ...streamDescription(stream, context),
        OpenShardCount: open.length,
        ConsumerCount: stream.consumers?.length ?? 0,
        MaxRecordSizeInKiB: stream.maxRecordKiB,
      },
    } satisfies DescribeStreamSummaryOutput;
  },
});
