/** What is done for a deployment beside the framework's own steps: its hooks, on tables that stand. */
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { firstLanes } from "../../src/delivery/lanes.ts";
import { laneReaders } from "../../src/delivery/lane-change.ts";
import { laneKey, type DeliveryStream } from "../../src/delivery/delivery-stream.ts";
import { dynamodbClient } from "../../src/storage/clients.ts";
import { dynamodbDeliveryStreams } from "../../src/storage/dynamodb/delivery-streams.ts";
import { dynamodbLog } from "../../src/storage/dynamodb/log.ts";
import { DESTINATION } from "../unit/delivery/delivery-ports.ts";

const endpoint = inject("dynamodbEndpoint");
const config = {
  endpoint,
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
};
const client = dynamodbClient(config);

type Hooks = Readonly<Record<string, () => Promise<void>>>;

interface Plugin {
  readonly hooks: Hooks;
}

const { default: Keeping } = (await import(
  new URL("../../offline/keeping.mjs", import.meta.url).href
)) as { readonly default: new (serverless: object, options: object, utils: object) => Plugin };

/** The plugin in a framework that carries out such a command. */
function keeping(
  command: readonly string[],
  names: { readonly log: string; readonly state: string },
  { isOfStack = false, waitingRecords = "refuse" } = {},
) {
  const said: string[] = [];
  const table = (TableName: string) => ({
    Properties: { TableName, DeletionProtectionEnabled: true },
  });
  const Resources = { LogTable: table(names.log), StateTable: table(names.state) };
  const serverless = {
    processedInput: { commands: command },
    classes: { Error },
    service: {
      resources: { Resources },
      custom: { keeping: { logTable: names.log, stateTable: names.state, waitingRecords } },
    },
    getProvider: () => ({
      naming: { getStackName: () => "hydrant-test" },
      getAwsSdkV3Config: async () => config,
      getRegion: () => config.region,
      getCloudFormationClient: async () => ({
        send: async () => {
          if (isOfStack) return { StackResourceDetail: { ResourceStatus: "UPDATE_COMPLETE" } };
          throw Object.assign(new Error("Stack does not exist"), { name: "ValidationError" });
        },
      }),
    }),
  };
  const log = { notice: (text: string) => void said.push(text) };
  const { hooks } = new Keeping(serverless, {}, { log });
  return { hooks, Resources, said };
}

const run = async (hooks: Hooks, ...names: readonly string[]) => {
  for (const name of names) await hooks[name]!();
};

async function makeTable(TableName: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: ["pk", "sk"].map((AttributeName) => ({
        AttributeName,
        AttributeType: "S",
      })),
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
    }),
  );
}

test("nothing is done where the stack runs on a laptop, or a single function is deployed", () => {
  for (const command of [["offline"], ["package"], ["deploy", "function"]]) {
    expect(keeping(command, { log: "a", state: "b" }).hooks).toEqual({});
  }
});

describe("a deployment", () => {
  const names = { log: "first-log", state: "first-state" };

  test("that is the first makes tables that it can take back, and protects them once it is done", async () => {
    const { hooks, Resources } = keeping(["deploy"], names);
    await run(hooks, "before:package:finalize");
    for (const { Properties } of Object.values(Resources))
      expect(Properties.DeletionProtectionEnabled).toBe(false);
    for (const name of Object.values(names)) await makeTable(name);
    await run(hooks, "after:deploy:deploy");
    for (const TableName of Object.values(names)) {
      const { Table } = await client.send(new DescribeTableCommand({ TableName }));
      expect(Table?.DeletionProtectionEnabled).toBe(true);
    }
  });

  test("that is a later one leaves them protected", async () => {
    const { hooks, Resources } = keeping(["deploy"], names, { isOfStack: true });
    await run(hooks, "before:package:finalize", "after:deploy:deploy");
    for (const { Properties } of Object.values(Resources))
      expect(Properties.DeletionProtectionEnabled).toBe(true);
  });

  test("is refused where a stack that was removed has left its tables", async () => {
    const { hooks } = keeping(["deploy"], names);
    await expect(run(hooks, "before:package:finalize")).rejects.toThrow(
      "the table first-log stands, and the stack hydrant-test does not have it",
    );
  });
});

describe("a removal", () => {
  const names = { log: "waiting-log", state: "waiting-state" };
  const tables = { client, logTable: names.log, stateTable: names.state };
  const nowMs = Date.now();
  const stream: DeliveryStream = {
    name: "access-logs",
    generation: "0123456789abcdef",
    versionId: 1,
    createdAtMs: nowMs,
    lanes: firstLanes(nowMs),
    destination: DESTINATION,
  };

  beforeAll(async () => {
    // Of whoever is asked what waits, in a process of its own.
    vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", endpoint);
    for (const name of Object.values(names)) await makeTable(name);
    const lane = laneKey(stream, 0);
    await dynamodbDeliveryStreams(tables).create(stream, [lane], laneReaders(stream));
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    for (const TableName of Object.values(names))
      await client.send(new DeleteTableCommand({ TableName }));
  });

  test("goes on where nothing waits, and tells what it has kept", async () => {
    const { hooks, said } = keeping(["remove"], names);
    await run(hooks, "before:remove:remove", "after:remove:remove");
    expect(said).toEqual([
      expect.stringContaining("the tables waiting-log and waiting-state, the log bucket"),
    ]);
  });

  test("is refused while records wait, by name and number, unless that is said", async () => {
    const log = dynamodbLog(tables);
    const lane = laneKey(stream, 0);
    const reserved = await log.reserve(lane, { recordCount: 3, byteCount: 6, arrivedAtMs: nowMs });
    if (reserved.kind !== "reserved") throw new Error(reserved.kind);
    await log.write({
      kind: "data",
      shard: lane,
      index: reserved.blockIndex,
      firstRecord: 0,
      recordCount: 3,
      byteOffset: 0,
      byteCount: 6,
      arrivedAtMs: nowMs,
      expiresAtMs: nowMs + 86_400_000,
      token: "token",
      body: { kind: "inline", bytes: Buffer.from("abcdef") },
    });
    const { hooks } = keeping(["remove"], names);
    await expect(run(hooks, "before:remove:remove")).rejects.toThrow(
      /hydrant-test holds records that were acknowledged and wait:\n {2}delivery stream access-logs: 3 records, the oldest for \d+ s\n[^]*--param="waitingRecords=leave"/,
    );
    const leaving = keeping(["remove"], names, { waitingRecords: "leave" });
    await run(leaving.hooks, "before:remove:remove");
  });

  test("is not held up by tables that are gone", async () => {
    const { hooks, said } = keeping(["remove"], { log: "gone-log", state: "gone-state" });
    await run(hooks, "before:remove:remove", "after:remove:remove");
    expect(said).toEqual([]);
  });

  test("is refused where it cannot be found out", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1");
    const { hooks } = keeping(["remove"], names);
    await expect(run(hooks, "before:remove:remove")).rejects.toThrow(
      /^whether records wait in hydrant-test could not be found out \([^]*--param="waitingRecords=leave"$/,
    );
  });
});
