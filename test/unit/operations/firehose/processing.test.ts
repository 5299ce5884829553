import { expect, it } from "vitest";
import { readStages } from "../../../../src/operations/firehose/processing.ts";

type Configuration = NonNullable<Parameters<typeof readStages>[0]>;

function configuration(...processors: (readonly [string, Readonly<Record<string, string>>?])[]) {
  const Processors = processors.map(([Type, parameters = {}]) => ({
    Type,
    Parameters: Object.entries(parameters).map(([ParameterName, ParameterValue]) => ({
      ParameterName,
      ParameterValue,
    })),
  }));
  return { Enabled: true, Processors } as Configuration;
}

it.each([
  [configuration(["Lambda", { LambdaArn: "a" }]), {}],
  [
    configuration(
      ["Decompression"],
      ["CloudWatchLogProcessing", { DataMessageExtraction: "True" }],
    ),
    { decompression: "GZIP", messageExtraction: true },
  ],
  [
    configuration(
      ["Decompression", { CompressionFormat: "GZIP" }],
      ["CloudWatchLogProcessing", { DataMessageExtraction: "false" }],
    ),
    { decompression: "GZIP" },
  ],
  [
    configuration(
      ["MetadataExtraction", { MetadataExtractionQuery: "{id: .id}", JsonParsingEngine: "JQ-1.6" }],
      ["RecordDeAggregation", { SubRecordType: "JSON" }],
    ),
    { subRecords: { kind: "JSON" }, metadataQuery: "{id: .id}" },
  ],
  [
    configuration(["RecordDeAggregation", { SubRecordType: "DELIMITED", Delimiter: "IyMjIw==" }]),
    { subRecords: { kind: "DELIMITED", delimiter: "IyMjIw==" } },
  ],
])("%j asks for its stages", (given, settings) => {
  expect(readStages(given)).toEqual(settings);
  expect(readStages({ ...given, Enabled: false })).toEqual({});
});
