/** How a delivery stream's owner asks for record metadata. */
import { describe, expect, it, test } from "vitest";
import { METADATA_FIELDS } from "../../../../src/delivery/stages/record-metadata.ts";
import {
  checkProcessing,
  queryOf,
  readStages,
} from "../../../../src/operations/firehose/processing.ts";

type Configuration = NonNullable<Parameters<typeof readStages>[0]>;

const extraction = (engine: string, query?: string) => ({
  Type: "MetadataExtraction",
  Parameters: [
    { ParameterName: "JsonParsingEngine", ParameterValue: engine },
    ...(query === undefined
      ? []
      : [{ ParameterName: "MetadataExtractionQuery", ParameterValue: query }]),
  ],
});
const asking = (...queries: (string | undefined)[]) =>
  ({
    Enabled: true,
    Processors: queries.map((query) => extraction("RecordMetadata", query)),
  }) as Configuration;

const check = (configuration: Configuration, isStrict = false) => {
  checkProcessing(configuration, { dynamicPartitioning: false, isStrict });
};

const ALL = METADATA_FIELDS.map((name) => ({ name, field: name }));

it.each([
  [undefined, [{ name: "hydrant", members: ALL }]],
  [" came ", [{ name: "came", members: ALL }]],
  [
    '{"at":"arrivalTimestamp","id":"id"}',
    [
      { name: "at", field: "arrivalTimestamp" },
      { name: "id", field: "id" },
    ],
  ],
  [
    '{"came":{"at":"arrivalMs"},"event":"data"}',
    [
      { name: "came", members: [{ name: "at", field: "arrivalMs" }] },
      { name: "event", field: "data" },
    ],
  ],
])("%j asks for it, without partitions", (query, recordMetadata) => {
  check(asking(query));
  expect(readStages(asking(query))).toEqual({ recordMetadata });
});

it("stands beside a query for partition keys, whichever comes first", () => {
  const processors = [extraction("RecordMetadata"), extraction("JQ-1.6", "{id: .id}")];
  for (const Processors of [processors, processors.toReversed()]) {
    const configuration = { Enabled: true, Processors } as Configuration;
    expect(queryOf(configuration)).toBe("{id: .id}");
    expect(readStages(configuration)).toMatchObject({ metadataQuery: "{id: .id}" });
    expect(readStages(configuration)).toHaveProperty("recordMetadata");
  }
});

describe("refuses", () => {
  it.each([
    [
      '{"at":"when"}',
      "at has to be one of arrival, arrivalMs, arrivalTimestamp, id, index, partitionKey, sequenceNumber, subSequenceNumber, shardId, data, dataBase64",
    ],
    [
      '{"came":{"at":"data"}}',
      "came.at has to be one of arrival, arrivalMs, arrivalTimestamp, id, index, partitionKey, sequenceNumber, subSequenceNumber, shardId",
    ],
    ['{"came":{"at":{}}}', "came.at has to be one of"],
    ['{"at":["id"]}', "at has to be one of"],
    ["{}", "names nothing to be recorded"],
    ['{"came":{}}', "names nothing to be recorded"],
    ["{at: .arrival}", "has to be the name of a member, or a JSON object of names"],
    [`{"${"a".repeat(256)}":"id"}`, "Names of record metadata have to be of 1 to 255 characters"],
    ['{"":"id"}', "Names of record metadata have to be of 1 to 255 characters"],
  ])("%s", (query, sentence) => {
    expect(() => check(asking(query))).toThrow(sentence);
  });

  test("it twice", () => {
    expect(() => check(asking(undefined, "came"))).toThrow(
      "Only one processor may have the JsonParsingEngine RecordMetadata.",
    );
  });

  test("it as AWS does, where only that is taken", () => {
    expect(() => check(asking(undefined), true)).toThrow(
      "can only be present when Dynamic Partitioning is enabled",
    );
    const options = { dynamicPartitioning: true, isStrict: true };
    expect(() => checkProcessing(asking(undefined), options)).toThrow(
      "MetaDataExtraction JSON Parsing Engine has to be one of JQ-1.6",
    );
  });
});
