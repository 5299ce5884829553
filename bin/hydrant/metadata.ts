/** `hydrant metadata STREAM`: what a delivery stream's records say of themselves, by its processing configuration. */
import { firehoseService } from "../../src/operations/firehose/index.ts";
import { deliveryStreamName } from "../../src/operations/firehose/common-shapes.ts";
import { asksForRecordMetadata, ENGINE } from "../../src/operations/firehose/record-metadata.ts";
import { required, string } from "../../src/wire/shape.ts";
import { call } from "./call.ts";
import type { Connection } from "./connection.ts";
import { type Options, readOptions, withStreamName } from "./options.ts";

const USAGE = `usage: hydrant metadata STREAM [options]
  --as NAME        all there is, in an object of that name in each record  (hydrant)
  --members JSON   what is named, where it is named: {"came": "arrivalTimestamp", "id": "id"}
  --off            none

  Without options it tells what is recorded. docs/record-metadata.md says what there is.`;

const MEMBERS = {
  DeliveryStreamName: required(deliveryStreamName),
  As: string(),
  Members: string(),
};

export async function runMetadata(
  args: readonly string[],
  connect: (options: Options) => Connection,
): Promise<void> {
  const options = readOptions(MEMBERS, withStreamName(args), ["off"]);
  if (options.isHelpWanted) return console.log(USAGE);
  const { DeliveryStreamName, As, Members } = options.input as {
    readonly DeliveryStreamName: string;
    readonly As?: string;
    readonly Members?: string;
  };
  const connection = connect(options);
  const address = { DeliveryStreamName };
  const { DeliveryStreamDescription } = await call(
    connection,
    "DescribeDeliveryStream",
    address,
    firehoseService,
  );
  const { VersionId, Destinations } = DeliveryStreamDescription as Description;
  const [{ DestinationId, ExtendedS3DestinationDescription }] = Destinations;
  const { ProcessingConfiguration: standing } = ExtendedS3DestinationDescription;
  const query = As ?? Members;
  const isOff = options.flags.has("off");
  if (query === undefined && !isOff) return console.log(told(DeliveryStreamName, standing));
  const ProcessingConfiguration = withRecordMetadata(standing, isOff ? undefined : query);
  await call(
    connection,
    "UpdateDestination",
    {
      ...address,
      CurrentDeliveryStreamVersionId: VersionId,
      DestinationId,
      ExtendedS3DestinationUpdate: { ProcessingConfiguration },
    },
    firehoseService,
  );
  console.log(told(DeliveryStreamName, ProcessingConfiguration));
}

interface Description {
  readonly VersionId: string;
  readonly Destinations: readonly [
    {
      readonly DestinationId: string;
      readonly ExtendedS3DestinationDescription: { readonly ProcessingConfiguration?: Processing };
    },
  ];
}

type Processor = Parameters<typeof asksForRecordMetadata>[0];

export interface Processing {
  readonly Enabled?: boolean;
  readonly Processors?: readonly Processor[];
}

/** Other processors stay, unless they are disabled: then they would be enabled with this one. */
export function withRecordMetadata(
  standing: Processing = {},
  query: string | undefined,
): Processing {
  const { Enabled = false, Processors = [] } = standing;
  const others = Processors.filter((processor) => !asksForRecordMetadata(processor));
  if (query === undefined) return { Enabled: Enabled && others.length > 0, Processors: others };
  if (!Enabled && others.length > 0) {
    throw new Error(
      "the stream has processors that are disabled: enable them or remove them first",
    );
  }
  const processor: Processor = {
    Type: "MetadataExtraction",
    Parameters: [
      { ParameterName: "JsonParsingEngine", ParameterValue: ENGINE },
      { ParameterName: "MetadataExtractionQuery", ParameterValue: query },
    ],
  };
  return { Enabled: true, Processors: [...others, processor] };
}

function told(name: string, { Enabled = false, Processors = [] }: Processing = {}): string {
  const processor = Enabled ? Processors.find(asksForRecordMetadata) : undefined;
  if (processor === undefined) return `${name} records no metadata in its objects`;
  const query = processor.Parameters?.find(
    ({ ParameterName }) => ParameterName === "MetadataExtractionQuery",
  );
  return `${name} records metadata in its objects: ${query?.ParameterValue ?? "all, as hydrant"}`;
}
