/** How a recorded call of AWS is described, and by whom it was made. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { expect, onTestFinished, test } from "vitest";
import { describeCall } from "../../../offline/recording/describe.ts";
import { asFunction, recordCalls } from "../../../offline/recording/record.ts";

const signedFor = (service: string, operation = "") => ({
  authorization: `AWS4-HMAC-SHA256 Credential=test/20261130/us-east-1/${service}/aws4_request, SignedHeaders=host`,
  ...(operation !== "" && { "x-amz-target": `Target.${operation}` }),
});
const json = (service: string, operation: string, input: object) => ({
  method: "POST",
  path: "/",
  headers: signedFor(service, operation),
  body: JSON.stringify(input),
});
const s3 = (method: string, path: string, query = {}, headers = {}) => ({
  method,
  path,
  query,
  headers: { ...signedFor("s3"), ...headers },
});
const STATE = "hydrant-dev-state";
const key = (pk: string) => ({ pk: { S: pk } });
const LOG = "/hydrant-dev-log-000000000000";

test.each<[string, Parameters<typeof describeCall>[0], readonly string[]]>([
  [
    "an item",
    json("dynamodb", "GetItem", { TableName: STATE, Key: key("readers#firehose/logs/5c1f/0") }),
    [`dynamodb GetItem ${STATE} readers#firehose/…`],
  ],
  [
    "a query",
    json("dynamodb", "Query", {
      TableName: STATE,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: "data-streams" } },
    }),
    [`dynamodb Query ${STATE} data-streams`],
  ],
  [
    "a transaction, part by part",
    json("dynamodb", "TransactWriteItems", {
      TransactItems: [
        { Put: { TableName: STATE, Item: key("shards#a/1") } },
        { ConditionCheck: { TableName: STATE, Key: key("secret#tokens") } },
        { Update: { TableName: "hydrant-dev-log", Key: key("kinesis/a/1#0") } },
      ],
    }),
    [
      `dynamodb PutItem ${STATE} shards#…`,
      `dynamodb ConditionCheckItem ${STATE} secret#tokens`,
      "dynamodb UpdateItem hydrant-dev-log",
    ],
  ],
  [
    "a queue",
    json("sqs", "SendMessage", { QueueUrl: "http://127.0.0.1:1/000000000000/hydrant-dev-consume" }),
    ["sqs SendMessage hydrant-dev-consume"],
  ],
  [
    "a user's queue",
    json("sqs", "GetQueueUrl", { QueueName: "reports" }),
    ["sqs GetQueueUrl users"],
  ],
  [
    "a user's function",
    {
      method: "POST",
      path: "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Aclean/invocations",
      headers: signedFor("lambda"),
    },
    ["lambda Invoke users"],
  ],
  [
    "a rule",
    json("events", "EnableRule", { Name: "hydrant-dev-sweep" }),
    ["events EnableRule hydrant-dev-sweep"],
  ],
  ["a body", s3("PUT", `${LOG}/day/ab/x`), [`s3 PutObject ${LOG.slice(1)}/day/`]],
  [
    "a copy",
    s3("PUT", `${LOG}/year/ab/x`, {}, { "x-amz-copy-source": "a" }),
    [`s3 CopyObject ${LOG.slice(1)}/year/`],
  ],
  [
    "a part",
    s3("PUT", "/logs/2026/x", { uploadId: "1", partNumber: "1" }),
    ["s3 UploadPart users/users"],
  ],
  ["tags", s3("PUT", "/logs/2026/x", { tagging: "" }), ["s3 PutObjectTagging users/users"]],
  ["a listing", s3("GET", "/logs", { "list-type": "2" }), ["s3 ListObjectsV2 users"]],
  ["undici's query", s3("DELETE", "/logs/x?uploadId=1"), ["s3 AbortMultipartUpload users/users"]],
  ["what is not signed", { method: "GET", path: "/", headers: {} }, []],
])("%s", (_, call, expected) => {
  const described = describeCall(call).map(({ service, operation, resource, partition = "" }) =>
    `${service} ${operation} ${resource} ${partition}`.trimEnd(),
  );
  expect(described).toEqual(expected);
});

test("a partition that is not known is no guess", () => {
  const call = json("dynamodb", "Scan", { TableName: STATE });
  expect(() => describeCall(call)).toThrow("which partition does Scan go to?");
});

test("each kind of call is written once, and only what a function does", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hydrant-calls-"));
  const usual = Reflect.get(NodeHttpHandler.prototype, "handle");
  onTestFinished(() => {
    NodeHttpHandler.prototype.handle = usual;
    rmSync(folder, { recursive: true });
  });
  const sent: string[] = [];
  NodeHttpHandler.prototype.handle = (request) => {
    sent.push(request.path);
    return Promise.resolve({ response: {} as never });
  };
  const file = join(folder, "calls.jsonl");
  recordCalls(file);
  const handler = new NodeHttpHandler();
  const call = () => handler.handle(s3("HEAD", "/hydrant-dev-log-0") as never);
  await call();
  await asFunction("api", async () => {
    await call();
    await call();
  });
  expect(sent).toHaveLength(3);
  expect(readFileSync(file, "utf8")).toBe(
    '{"function":"api","service":"s3","operation":"HeadBucket","resource":"hydrant-dev-log-0"}\n',
  );
});
