/** A stack that is another account, listens beyond the loopback and serves TLS. */
import { readFileSync, rmSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { join } from "node:path";
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
} from "@aws-sdk/client-kinesis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callAws } from "../../../offline/aws-json.ts";
import { spawnStart, startStack, type StackProcess } from "../../helpers/stack-process.ts";

const ACCOUNT_ID = "123456789012";
const BEYOND = "127.0.0.2";
const environment = { HYDRANT_ACCOUNT_ID: ACCOUNT_ID, HYDRANT_HOST: BEYOND, HYDRANT_TLS: "1" };

let stack: StackProcess;
beforeAll(async () => {
  stack = await startStack({ environment });
});
afterAll(async () => {
  await stack.stop();
  rmSync(stack.dataDir, { recursive: true, force: true });
});

const facts = () =>
  JSON.parse(readFileSync(join(stack.dataDir, "stack.json"), "utf8")) as Record<string, string>;

describe("its account", () => {
  it("stands in the names of buckets and the ARNs of streams and queues", async () => {
    expect(facts()["accountId"]).toBe(ACCOUNT_ID);
    expect(stack.deliveryBucket).toBe(`hydrant-dev-delivery-${ACCOUNT_ID}`);
    const kinesis = new KinesisClient({
      endpoint: stack.apiEndpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    await kinesis.send(new CreateStreamCommand({ StreamName: "clicks", ShardCount: 1 }));
    const { StreamDescriptionSummary } = await kinesis.send(
      new DescribeStreamSummaryCommand({ StreamName: "clicks" }),
    );
    expect(StreamDescriptionSummary?.StreamARN).toBe(
      `arn:aws:kinesis:us-east-1:${ACCOUNT_ID}:stream/clicks`,
    );
    kinesis.destroy();
    const { QueueUrl } = await callAws<{ QueueUrl: string }>(
      stack.sqsEndpoint,
      "AmazonSQS.GetQueueUrl",
      { QueueName: "hydrant-dev-consumer-failures" },
    );
    expect(QueueUrl).toBe(`${stack.sqsEndpoint}/${ACCOUNT_ID}/hydrant-dev-consumer-failures`);
    const { Attributes } = await callAws<{ Attributes: Record<string, string> }>(
      stack.sqsEndpoint,
      "AmazonSQS.GetQueueAttributes",
      { QueueUrl, AttributeNames: ["QueueArn"] },
    );
    expect(Attributes["QueueArn"]).toBe(
      `arn:aws:sqs:us-east-1:${ACCOUNT_ID}:hydrant-dev-consumer-failures`,
    );
  });

  it("is told to STS's callers", async () => {
    const response = await fetch(stack.apiEndpoint, {
      method: "POST",
      headers: {
        authorization:
          "AWS4-HMAC-SHA256 Credential=test/20260501/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0",
      },
      body: new URLSearchParams({ Action: "GetCallerIdentity", Version: "2011-06-15" }),
    });
    expect(await response.text()).toContain(`<Account>${ACCOUNT_ID}</Account>`);
  });
});

describe("beyond the loopback", () => {
  const at = (endpoint: string) => fetch(endpoint.replace("127.0.0.1", BEYOND));

  it("API and S3 are reached, and the terminal says so; the others are not", async () => {
    expect((await at(`${stack.apiEndpoint}/health`)).status).toBe(200);
    expect((await at(stack.s3Endpoint)).status).toBe(200);
    for (const kept of ["sqsEndpoint", "dynamodbEndpoint", "lambdaEndpoint"]) {
      await expect(at(facts()[kept] ?? "")).rejects.toThrow("fetch failed");
    }
    expect(stack.log()).toContain(`Warning: beyond 127.0.0.1 these listen on ${BEYOND}: API, S3.`);
  });

  it("S3 is there again after an outage", async () => {
    await stack.pauseS3();
    await expect(at(stack.s3Endpoint)).rejects.toThrow("fetch failed");
    await stack.resumeS3();
    expect((await at(stack.s3Endpoint)).status).toBe(200);
  });
});

describe("by TLS", () => {
  const health = (host: string, ca: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      httpsRequest({ host, port: stack.ports.api, path: "/health", ca, agent: false }, (response) =>
        resolve(response.resume().statusCode),
      )
        .on("error", reject)
        .end();
    });

  it("it is who its certificate says, by every name that it was given", async () => {
    const { certFile = "" } = facts();
    expect(certFile).toBe(join(stack.dataDir, "tls", "certificate.pem"));
    const certificate = readFileSync(certFile, "utf8");
    for (const host of ["localhost", "127.0.0.1", BEYOND]) {
      expect(await health(host, certificate)).toBe(200);
    }
  });

  it("it has the same certificate when it is started again", async () => {
    const certificate = readFileSync(facts()["certFile"] ?? "", "utf8");
    await stack.stop();
    stack = await startStack({ dataDir: stack.dataDir, ports: stack.ports, environment });
    expect(await health("localhost", certificate)).toBe(200);
  });
});

it("its data are refused to another account", async () => {
  await stack.stop();
  const other = spawnStart([], {
    HYDRANT_PORT: "0",
    HYDRANT_S3_PORT: "0",
    HYDRANT_DATA_DIR: stack.dataDir,
  });
  expect(await other.ended).toBe(1);
  expect(other.output()).toContain(`are those of account ${ACCOUNT_ID}, not 000000000000`);
});
