/** A stream, a function that reads it, and the mapping between them, all from one file of the user's. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DescribeStreamSummaryCommand,
  KinesisClient,
  PutRecordCommand,
} from "@aws-sdk/client-kinesis";
import { afterAll, expect, it } from "vitest";
import { connectionFrom } from "../../bin/hydrant/connection.ts";
import { signedHeaders } from "../../bin/hydrant/sign.ts";
import { freePort } from "../../offline/free-port.ts";
import { eventually } from "../helpers/eventually.ts";
import { startStack, type StackProcess } from "../helpers/stack-process.ts";

const directory = mkdtempSync(join(tmpdir(), "hydrant-declared-"));
const functionsFile = join(directory, "functions.yml");
const dataDir = join(directory, "data");
const received = join(directory, "received");
let stack: StackProcess | undefined;

afterAll(async () => {
  await stack?.stop();
  rmSync(directory, { recursive: true, force: true });
});

writeFileSync(
  join(directory, "keep.mjs"),
  `import { appendFileSync } from "node:fs";
export const handler = async ({ Records }) => {
  for (const { kinesis } of Records) {
    appendFileSync(${JSON.stringify(received)}, Buffer.from(kinesis.data, "base64") + "\\n");
  }
};
`,
);

function declare(shardCount: number, batchSize: number | undefined): void {
  const mapping =
    batchSize === undefined
      ? ""
      : `
    OrdersToKeep:
      Type: Custom::HydrantEventSourceMapping
      Properties:
        ServiceToken: !ImportValue hydrant-dev-MappingsServiceToken
        EventSourceArn: !GetAtt Orders.Arn
        FunctionName: !GetAtt KeepLambdaFunction.Arn
        StartingPosition: TRIM_HORIZON
        BatchSize: ${batchSize}
`;
  writeFileSync(
    functionsFile,
    `keep: { handler: keep.handler }
resources:
  Resources:
    Orders:
      Type: Custom::HydrantStream
      Properties:
        ServiceToken: !ImportValue hydrant-dev-MappingsServiceToken
        Name: orders
        ShardCount: ${shardCount}
${mapping}`,
  );
}

/** Puts as soon as the API says that it is healthy: what is declared stands by then. */
async function start(): Promise<void> {
  const ports = { api: await freePort(), s3: await freePort() };
  const endpoint = `http://127.0.0.1:${ports.api}`;
  const starting = startStack({ dataDir, functionsFile, ports });
  const isHealthy = async () => {
    const response = await fetch(`${endpoint}/health`).catch(() => undefined);
    return response?.status === 200 ? response : undefined;
  };
  const [started] = await Promise.all([
    starting,
    eventually("the API is healthy", isHealthy).then(() => describeOrders(endpoint)),
  ]);
  stack = started;
  expect(stack.log()).not.toContain("is not as it is declared");
}

const clientOf = (endpoint: string) =>
  new KinesisClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });

async function describeOrders(endpoint: string): Promise<void> {
  const asked = new DescribeStreamSummaryCommand({ StreamName: "orders" });
  await clientOf(endpoint).send(asked);
}

async function put(text: string): Promise<void> {
  const client = clientOf(stack!.apiEndpoint);
  const Data = Buffer.from(text);
  await client.send(new PutRecordCommand({ StreamName: "orders", PartitionKey: "k", Data }));
  client.destroy();
}

function untilReceived(text: string): Promise<true> {
  return eventually(`the function received ${text}`, async () => {
    const lines = existsSync(received) ? readFileSync(received, "utf8").split("\n") : [];
    return lines.includes(text) || undefined;
  });
}

async function mappings(): Promise<
  readonly { readonly UUID: string; readonly BatchSize: number }[]
> {
  const connection = connectionFrom(stack!.apiEndpoint, {});
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": "Hydrant_20261122.ListEventSourceMappings",
  };
  const response = await fetch(connection.endpoint, {
    method: "POST",
    headers: signedHeaders(connection, "hydrant", headers, "{}", Date.now()),
    body: "{}",
  });
  const { EventSourceMappings } = (await response.json()) as {
    readonly EventSourceMappings: Awaited<ReturnType<typeof mappings>>;
  };
  return EventSourceMappings;
}

it("makes what a file declares, changes it on the next start, and removes it when it is gone", async () => {
  declare(1, 25);
  await start();
  const [made, ...others] = await mappings();
  expect(made).toMatchObject({
    BatchSize: 25,
    State: "Enabled",
    EventSourceArn: "arn:aws:kinesis:us-east-1:000000000000:stream/orders",
    FunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:keep",
  });
  expect(others).toEqual([]);
  await put("first");
  await untilReceived("first");
  await stack?.stop();

  declare(2, 50);
  await start();
  expect(await mappings()).toMatchObject([{ UUID: made?.UUID, BatchSize: 50 }]);
  await put("second");
  await untilReceived("second");
  await stack?.stop();

  declare(2, undefined);
  await start();
  expect(await mappings()).toEqual([]);
}, 120_000);
