import { expect, test } from "vitest";
import { type Processing, withRecordMetadata } from "../../../../bin/hydrant/metadata.ts";

const DELIMITER = { Type: "AppendDelimiterToRecord" } as const;

test("is added to the processors that there are, changed, and taken away", () => {
  const one = withRecordMetadata({ Enabled: true, Processors: [DELIMITER] }, "came");
  expect(one).toMatchObject({
    Enabled: true,
    Processors: [
      DELIMITER,
      {
        Type: "MetadataExtraction",
        Parameters: [
          { ParameterName: "JsonParsingEngine", ParameterValue: "RecordMetadata" },
          { ParameterName: "MetadataExtractionQuery", ParameterValue: "came" },
        ],
      },
    ],
  });
  expect(withRecordMetadata(one, "other").Processors).toHaveLength(2);
  expect(withRecordMetadata(one, undefined)).toEqual({ Enabled: true, Processors: [DELIMITER] });
});

test("leaves nothing enabled where it was alone", () => {
  const alone = withRecordMetadata(undefined, "came");
  expect(alone.Processors).toHaveLength(1);
  expect(withRecordMetadata(alone, undefined)).toEqual({ Enabled: false, Processors: [] });
});

test("does not enable what is disabled", () => {
  const disabled: Processing = { Enabled: false, Processors: [DELIMITER] };
  expect(() => withRecordMetadata(disabled, "came")).toThrow("processors that are disabled");
});
