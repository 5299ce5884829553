/** Starting, stopping and dying: what a stack leaves behind, and what it says when it cannot start. */
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { callAws } from "../../../offline/aws-json.ts";
import { isAlive } from "../../../offline/processes.ts";
import { startServices } from "../../../offline/services/host.ts";
import { eventually } from "../../helpers/eventually.ts";
import { childrenOf } from "../../helpers/process-tree.ts";
import { spawnStart, startStack, type StackProcess } from "../../helpers/stack-process.ts";

const scratch = mkdtempSync(join(tmpdir(), "hydrant-life-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Facts {
  readonly pid: number;
  readonly servicesPid: number;
  readonly dynamodbPid: number;
}

const factsOf = ({ dataDir }: { readonly dataDir: string }) =>
  JSON.parse(readFileSync(join(dataDir, "stack.json"), "utf8")) as Facts;

function hasEnded(...pids: readonly number[]): Promise<true> {
  return eventually(`${pids.join(", ")} ended`, async () => !pids.some(isAlive) || undefined);
}

describe("a stack", () => {
  let stack: StackProcess;
  beforeAll(async () => {
    stack = await startStack({ dataDir: join(scratch, "stack") });
  });
  afterAll(async () => {
    await stack.stop();
  });

  it("is healthy when it says that it is ready", async () => {
    expect((await fetch(`${stack.apiEndpoint}/health`)).status).toBe(200);
  });

  it("refuses a second one on the same data", async () => {
    const second = spawnStart([], {
      HYDRANT_PORT: "0",
      HYDRANT_S3_PORT: "0",
      HYDRANT_DATA_DIR: stack.dataDir,
    });
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain(`is using ${stack.dataDir}`);
    expect(existsSync(join(stack.dataDir, "stack.json"))).toBe(true);
  });

  it("loses its S3 for a while and gets it back with what it held", async () => {
    const object = `${stack.s3Endpoint}/${stack.deliveryBucket}/through-the-outage`;
    await fetch(object, { method: "PUT", body: "kept" });
    await stack.pauseS3();
    await expect(fetch(object)).rejects.toThrow();
    await stack.resumeS3();
    expect(await (await fetch(object)).text()).toBe("kept");
  });

  it("finds its objects again after everything was killed", async () => {
    const object = `${stack.s3Endpoint}/${stack.deliveryBucket}/through-the-kill`;
    await fetch(object, { method: "PUT", body: "kept" });
    await stack.kill9();
    stack = await startStack({ dataDir: stack.dataDir, ports: stack.ports });
    expect(await (await fetch(object)).text()).toBe("kept");
    expect((await fetch(`${stack.apiEndpoint}/health`)).status).toBe(200);
  });

  it("ends a database that outlived everything else, and opens it again", async () => {
    const { pid, servicesPid, dynamodbPid } = factsOf(stack);
    // Neither its parent nor what watches over it can end it.
    const guards = childrenOf(servicesPid).filter((child) => child !== dynamodbPid);
    for (const each of [...guards, servicesPid]) process.kill(each, "SIGSTOP");
    for (const each of [...guards, pid, servicesPid]) process.kill(each, "SIGKILL");
    expect(isAlive(dynamodbPid)).toBe(true);
    stack = await startStack({ dataDir: stack.dataDir, ports: stack.ports });
    expect(isAlive(dynamodbPid)).toBe(false);
  });

  it("leaves no database behind when everything else is killed", async () => {
    const { pid, servicesPid, dynamodbPid } = factsOf(stack);
    for (const each of [servicesPid, pid]) process.kill(each, "SIGKILL");
    await hasEnded(dynamodbPid);
    stack = await startStack({ dataDir: stack.dataDir, ports: stack.ports });
  });

  it("ends with code 0 when asked to", async () => {
    expect(await stack.stop()).toBe(0);
    // Nothing that says that it is still running.
    expect(readdirSync(stack.dataDir)).not.toContain("holder.json");
    expect(readdirSync(stack.dataDir)).not.toContain("stack.json");
    stack = await startStack({ dataDir: stack.dataDir, ports: stack.ports });
  });
});

describe("a copy of the data of a stack that runs", () => {
  it("is data of its own", async () => {
    const stack = await startStack({ dataDir: join(scratch, "original") });
    const object = `${stack.deliveryBucket}/before-the-copy`;
    await fetch(`${stack.s3Endpoint}/${object}`, { method: "PUT", body: "kept" });
    cpSync(stack.dataDir, join(scratch, "copy"), { recursive: true });
    const copy = await startStack({ dataDir: join(scratch, "copy") });
    expect(await (await fetch(`${copy.s3Endpoint}/${object}`)).text()).toBe("kept");
    expect((await fetch(`${stack.s3Endpoint}/${object}`)).status).toBe(200);
    expect((await fetch(`${stack.apiEndpoint}/health`)).status).toBe(200);
    await Promise.all([stack.stop(), copy.stop()]);
  });
});

describe("a port that is taken", () => {
  const blocker = createServer();
  beforeAll(() => new Promise<void>((resolve) => void blocker.listen(0, "127.0.0.1", resolve)));
  afterAll(() => void blocker.close());

  it.each(["HYDRANT_PORT", "HYDRANT_S3_PORT"])("is named together with %s", async (variable) => {
    const { port } = blocker.address() as AddressInfo;
    const start = spawnStart([], {
      HYDRANT_PORT: "0",
      HYDRANT_S3_PORT: "0",
      HYDRANT_DATA_DIR: join(scratch, variable),
      [variable]: String(port),
    });
    expect(await start.ended).toBe(1);
    expect(start.output()).toContain(`port ${port} on 127.0.0.1 is taken`);
    expect(start.output()).toContain(variable);
  });
});

it("says which file of functions it cannot read", async () => {
  const start = spawnStart(["--functions", join(scratch, "absent.yml")], {
    HYDRANT_PORT: "0",
    HYDRANT_S3_PORT: "0",
    HYDRANT_DATA_DIR: join(scratch, "functions"),
  });
  expect(await start.ended).toBe(1);
  expect(start.output()).toContain("absent.yml");
});

describe("the embedded services", () => {
  let stop: (() => unknown) | undefined;
  afterEach(() => stop?.());

  it("keep every acknowledged row, object and message through a kill", async () => {
    const dataDir = join(scratch, "services");
    const first = await startServices({ dataDir, s3Port: 0 });
    const table = {
      TableName: "rows",
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      BillingMode: "PAY_PER_REQUEST",
    };
    await callAws(first.dynamodbEndpoint, "DynamoDB_20120810.CreateTable", table);
    await callAws(first.sqsEndpoint, "AmazonSQS.CreateQueue", { QueueName: "messages" });
    await fetch(`${first.s3Endpoint}/objects`, { method: "PUT" });
    const names = Array.from({ length: 20 }, (_, n) => `n${n}`);
    for (const name of names) {
      const Item = { pk: { S: name } };
      await callAws(first.dynamodbEndpoint, "DynamoDB_20120810.PutItem", {
        TableName: "rows",
        Item,
      });
      await fetch(`${first.s3Endpoint}/objects/${name}`, { method: "PUT", body: name });
      const QueueUrl = `${first.sqsEndpoint}/000000000000/messages`;
      await callAws(first.sqsEndpoint, "AmazonSQS.SendMessage", { QueueUrl, MessageBody: name });
    }
    // One is being worked on when the end comes; its worker dies, so it must be due again at once.
    const QueueUrl = `${first.sqsEndpoint}/000000000000/messages`;
    await callAws(first.sqsEndpoint, "AmazonSQS.ReceiveMessage", {
      QueueUrl,
      VisibilityTimeout: 900,
    });
    for (const pid of [first.process.pid!, first.dynamodbPid!]) process.kill(pid, "SIGKILL");
    await first.stop();

    const second = await startServices({ dataDir, s3Port: 0 });
    stop = () => second.stop();
    const scan = await callAws<{ Count: number }>(
      second.dynamodbEndpoint,
      "DynamoDB_20120810.Scan",
      {
        TableName: "rows",
      },
    );
    expect(scan.Count).toBe(names.length);
    for (const name of names) {
      expect(await (await fetch(`${second.s3Endpoint}/objects/${name}`)).text()).toBe(name);
    }
    const { Attributes } = await callAws<{ Attributes: Record<string, string> }>(
      second.sqsEndpoint,
      "AmazonSQS.GetQueueAttributes",
      { QueueUrl: `${second.sqsEndpoint}/000000000000/messages`, AttributeNames: ["All"] },
    );
    expect(Attributes["ApproximateNumberOfMessages"]).toBe(String(names.length));
  });
});
