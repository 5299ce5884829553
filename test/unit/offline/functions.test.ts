import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { functionEntries, readExtraFunctions } from "../../../offline/functions.ts";

const directory = mkdtempSync(join(tmpdir(), "hydrant-functions-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it("takes declared resources beside functions, with CloudFormation's short forms", () => {
  const file = join(directory, "functions.yml");
  writeFileSync(join(directory, "clean.mjs"), "export const handler = () => {};");
  writeFileSync(
    file,
    `
clean: { handler: clean.handler }
resources:
  Resources:
    Clean:
      Type: Custom::HydrantEventSourceMapping
      Properties:
        ServiceToken: !ImportValue hydrant-dev-MappingsServiceToken
        EventSourceArn: !GetAtt Clicks.Arn
        FunctionName: !Ref CleanLambdaFunction
        StartingPositionTimestamp: 2026-01-02
        DestinationConfig:
          OnFailure: { Destination: !Join [":", [arn, !Sub "\${AWS::Region}"]] }
`,
  );
  const { functions, resources } = readExtraFunctions(file);
  expect(functions.map(({ name }) => name)).toEqual(["clean"]);
  expect(resources).toEqual({
    Clean: {
      Type: "Custom::HydrantEventSourceMapping",
      Properties: {
        ServiceToken: { "Fn::ImportValue": "hydrant-dev-MappingsServiceToken" },
        EventSourceArn: { "Fn::GetAtt": "Clicks.Arn" },
        FunctionName: { Ref: "CleanLambdaFunction" },
        // Not a date of JavaScript's.
        StartingPositionTimestamp: "2026-01-02",
        DestinationConfig: {
          OnFailure: {
            Destination: { "Fn::Join": [":", ["arn", { "Fn::Sub": "${AWS::Region}" }]] },
          },
        },
      },
    },
  });
});

it("gives functions the names that the framework gives them in templates", () => {
  const entries = functionEntries({ "clean-up_now": { name: "hydrant-dev-clean-up_now" } });
  expect(entries).toEqual([
    [
      "CleanDashupUnderscorenowLambdaFunction",
      {
        ref: "hydrant-dev-clean-up_now",
        attributes: {
          Arn: "arn:aws:lambda:us-east-1:000000000000:function:hydrant-dev-clean-up_now",
        },
      },
    ],
  ]);
});

it.each([
  ["clean: { handlr: clean.handler }", "clean has an unknown member handlr"],
  ["clean: { handler: clean.handler, timout: 5 }", "clean has an unknown member timout"],
  ["resources: { Resource: {} }", "resources must hold nothing but Resources, got Resource"],
  ["resources: []", "resources must hold Resources"],
  ["resources: { Resources: [] }", "Resources must map names to resources"],
  ["resources: { Resources: { Clicks: { Type: Custom::HydrantStrem } } }", "the resource Clicks"],
])("refuses what is misspelt: %s", (text, problem) => {
  const file = join(directory, "misspelt.yml");
  writeFileSync(file, text);
  expect(() => readExtraFunctions(file)).toThrow(`${file}: ${problem}`);
});
