/**
 * The programs of docs/managed-as-code.md: Pulumi's is run under its own mocks, which say what its provider would be asked for;
 * CDK's is synthesized, and the local stack makes what its template declares.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DescribeDeliveryStreamCommand, FirehoseClient } from "@aws-sdk/client-firehose";
import {
  DescribeStreamSummaryCommand,
  GetResourcePolicyCommand,
  KinesisClient,
  ListTagsForStreamCommand,
} from "@aws-sdk/client-kinesis";
import { startStack } from "../../helpers/stack-process.ts";

const PACKAGES = [
  "@pulumi/aws@7.48.0",
  "@pulumi/pulumi@3.276.0",
  "aws-cdk-lib@2.276.0",
  "constructs@10.8.1",
];
const root = fileURLToPath(new URL("../../../", import.meta.url));
const place = join(root, "node_modules", ".cache", "hydrant-clients", "as-code");
if (!existsSync(join(place, "ready"))) {
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "package.json"), '{ "type": "module" }\n');
  const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--save-exact"];
  execFileSync("npm", [...args, ...PACKAGES], { cwd: place, stdio: "inherit" });
  mkdirSync(join(place, "ready"));
}

const page = readFileSync(join(root, "docs", "managed-as-code.md"), "utf8");

/** The page's program under a heading, with what it lacks to be run here. */
function run(heading: string, before: string, after: string, env: NodeJS.ProcessEnv = {}): string {
  const section = page.slice(page.indexOf(`## ${heading}`));
  const program = /^```ts\n([^]*?)^```$/m.exec(section)?.[1];
  if (program === undefined) throw new Error(`there is no program under ${heading}`);
  const name = join(place, heading.split(" ")[0]!.toLowerCase());
  writeFileSync(`${name}.ts`, program);
  const check = [
    "--ignoreConfig",
    "--noEmit",
    "--skipLibCheck",
    "--strict",
    "--module",
    "nodenext",
    `${name}.ts`,
  ];
  execFileSync(join(root, "node_modules", ".bin", "tsc"), check, { cwd: place, stdio: "inherit" });
  const file = `${name}.mjs`;
  writeFileSync(file, stripTypeScriptTypes(before + program + after));
  return execFileSync(process.execPath, [file], {
    cwd: place,
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
}

const asked = run(
  "Pulumi",
  `import { runtime } from "@pulumi/pulumi";
const asked: unknown[] = [];
await runtime.setMocks({
  newResource({ type, inputs }) {
    asked.push([type, inputs]);
    return { id: type, state: { ...inputs, arn: \`arn of \${type}\` } };
  },
  call: ({ inputs }) => inputs,
});
for (const name of ["endpoint", "region", "accessKey", "secretKey"]) {
  runtime.setConfig(\`hydrant:\${name}\`, name);
}
`,
  `
await runtime.disconnect();
console.log(JSON.stringify(asked));
`,
);
const types = (JSON.parse(asked) as readonly [string, Record<string, unknown>][]).map(
  ([type]) => type,
);
expect("Pulumi asks for", types, [
  "pulumi:providers:aws",
  "aws:kinesis/stream:Stream",
  "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
]);

const folder = mkdtempSync(join(tmpdir(), "hydrant-as-code-"));
const template = run(
  "CloudFormation",
  "",
  '\nconsole.log(JSON.stringify(app.synth().getStackByName("clicks").template));\n',
  { CDK_OUTDIR: join(folder, "cdk.out") },
);
const { Resources } = JSON.parse(template) as { readonly Resources: unknown };
const functionsFile = join(folder, "functions.yml");
writeFileSync(functionsFile, JSON.stringify({ resources: { Resources } }));
const stack = await startStack({ functionsFile });
try {
  const options = {
    endpoint: stack.apiEndpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  };
  const kinesis = new KinesisClient(options);
  const { StreamDescriptionSummary: made } = await kinesis.send(
    new DescribeStreamSummaryCommand({ StreamName: "clicks" }),
  );
  expect(
    "the stream that CDK declared has shards, hours and consumers:",
    [made?.OpenShardCount, made?.RetentionPeriodHours, made?.ConsumerCount],
    [2, 48, 1],
  );
  const { Tags } = await kinesis.send(new ListTagsForStreamCommand({ StreamName: "clicks" }));
  expect("its tags are", Tags, [{ Key: "team", Value: "clicks" }]);
  const { Policy } = await kinesis.send(
    new GetResourcePolicyCommand({ ResourceARN: made?.StreamARN }),
  );
  const { Statement } = JSON.parse(Policy!) as {
    readonly Statement: readonly { Action: string }[];
  };
  expect("its policy allows", Statement[0]?.Action, "kinesis:PutRecords");
  const { DeliveryStreamDescription: archive } = await new FirehoseClient(options).send(
    new DescribeDeliveryStreamCommand({ DeliveryStreamName: "clicks-archive" }),
  );
  expect(
    "the delivery stream that CDK declared reads",
    archive?.Source?.KinesisStreamSourceDescription?.KinesisStreamARN,
    made?.StreamARN,
  );
} finally {
  await stack.stop();
  for (const path of [stack.dataDir, folder]) rmSync(path, { recursive: true, force: true });
}

function expect(what: string, seen: unknown, wanted: unknown): void {
  if (JSON.stringify(seen) !== JSON.stringify(wanted)) {
    throw new Error(`${what} ${JSON.stringify(seen)}, not ${JSON.stringify(wanted)}`);
  }
  console.log(`${what} ${JSON.stringify(seen)}`);
}
