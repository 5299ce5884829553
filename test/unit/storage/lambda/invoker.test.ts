import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  EC2ThrottledException,
  ENILimitReachedException,
  InvokeCommand,
  LambdaClient,
  LambdaServiceException,
  ResourceNotFoundException,
  TooManyRequestsException,
} from "@aws-sdk/client-lambda";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { systemClock } from "../../../../src/clock.ts";
import { TRANSFORM_TIMEOUT_MS } from "../../../../src/limits.ts";
import { lambdaClient, patientLambdaClient } from "../../../../src/storage/clients.ts";
import { lambdaBatchInvoker } from "../../../../src/storage/lambda/batch-invoker.ts";
import { RoleRefused } from "../../../../src/storage/sts/roles.ts";
import { lambdaInvoker } from "../../../../src/storage/lambda/invoker.ts";

const ARN = "arn:aws:lambda:us-east-1:123456789012:function:f";

describe("what Lambda answers", () => {
  const client = new LambdaClient({ region: "us-east-1" });
  const lambda = mockClient(client);
  const invoker = lambdaInvoker(client, systemClock);
  beforeEach(() => lambda.reset());

  function answer(payload: string, functionError?: string) {
    lambda.on(InvokeCommand).resolves({
      Payload: Buffer.from(payload) as never,
      $metadata: {},
      ...(functionError !== undefined && { FunctionError: functionError }),
    });
  }

  test("invokes the function and waits for its answer", async () => {
    answer('{"records":["ü"]}');
    expect(await invoker.invoke(ARN, '{"n":"ü"}')).toEqual({
      kind: "returned",
      payload: '{"records":["ü"]}',
    });
    expect(lambda.call(0).args[0].input).toEqual({
      FunctionName: ARN,
      InvocationType: "RequestResponse",
      Payload: Buffer.from('{"n":"ü"}'),
    });
  });

  test("invokes it under the role that is named, and tells of one that may not be assumed", async () => {
    const asked: unknown[] = [];
    const under = (roleArn: string | undefined) => {
      asked.push(roleArn);
      return client;
    };
    const assuming = lambdaInvoker(client, systemClock, under);
    answer("null");
    await assuming.invoke(ARN, "{}");
    await assuming.invoke(ARN, "{}", "arn:aws:iam::1:role/r");
    expect(asked).toEqual([undefined, "arn:aws:iam::1:role/r"]);
    lambda.on(InvokeCommand).rejects(new RoleRefused("Firehose is unable to assume role r."));
    expect(await assuming.invoke(ARN, "{}")).toEqual({
      kind: "refused",
      code: "Lambda.AssumeRoleAccessDenied",
      message: "Firehose is unable to assume role r.",
    });
  });

  test("an answer ends nothing else, and costs no error", async () => {
    answer("null");
    const waits: (AbortSignal | undefined)[] = [];
    const clock = {
      now: () => 0,
      sleep(_durationMs: number, signal?: AbortSignal) {
        waits.push(signal);
        return systemClock.sleep(60_000, signal);
      },
    };
    await lambdaInvoker(client, clock).invoke(ARN, "{}");
    expect(waits[0]?.aborted).toBe(true);
    expect(waits[0]?.reason).not.toBeInstanceOf(Error);
    const [, options] = lambda.call(0).args as unknown as [unknown, { abortSignal: AbortSignal }];
    expect(options.abortSignal.aborted).toBe(false);
  });

  test.each([
    ['{"errorMessage":"boom","errorType":"Error"}', "boom", false],
    [
      '{"errorMessage":"2026-11-23T10:00:03.000Z 7f Task timed out after 3.00 seconds"}',
      "2026-11-23T10:00:03.000Z 7f Task timed out after 3.00 seconds",
      true,
    ],
    ['{"errorType":"Runtime.ExitError"}', '{"errorType":"Runtime.ExitError"}', false],
    ["null", "null", false],
    ["no JSON", "no JSON", false],
  ])("reads the function's error %s", async (payload, message, timedOut) => {
    answer(payload, "Unhandled");
    expect(await invoker.invoke(ARN, "{}")).toEqual({ kind: "failed", timedOut, message });
  });

  const at = (httpStatusCode: number) => ({
    message: "said Lambda",
    $metadata: { httpStatusCode },
  });
  const plain = (name: string, status: number) =>
    new LambdaServiceException({ name, $fault: "client", ...at(status) });

  test.each([
    [new TooManyRequestsException(at(429)), "Lambda.InvokeLimitExceeded"],
    [new ResourceNotFoundException(at(404)), "Lambda.ResourceNotFound"],
    [plain("AccessDeniedException", 403), "Lambda.InvokeAccessDenied"],
    [new ENILimitReachedException(at(502)), "Lambda.ENILimitReachedException"],
    [new EC2ThrottledException(at(502)), "Lambda.EC2ThrottledException"],
    [plain("ServiceException", 500), "Lambda.ServiceException"],
  ])("names the refusal %s", async (error, code) => {
    lambda.on(InvokeCommand).rejects(error);
    const message = error.message;
    expect(await invoker.invoke(ARN, "{}")).toEqual({ kind: "refused", code, message });
  });

  test("throws what is neither Lambda's nor the network's", async () => {
    const error = Object.assign(new TypeError("bad argument"), { code: "ERR_INVALID_ARG_TYPE" });
    lambda.on(InvokeCommand).rejects(error);
    await expect(invoker.invoke(ARN, "{}")).rejects.toBe(error);
  });
});

describe("the network", () => {
  async function serve(
    listener: RequestListener,
    clientOf = lambdaClient,
  ): Promise<{ client: LambdaClient; close(): Promise<void> }> {
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    vi.stubEnv("AWS_ENDPOINT_URL_LAMBDA", `http://127.0.0.1:${port}`);
    vi.stubEnv("AWS_REGION", "us-east-1");
    vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
    onTestFinished(() => void vi.unstubAllEnvs());
    const client = clientOf();
    const close = async () => {
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
    onTestFinished(() => (server.listening ? close() : undefined));
    return { client, close };
  }

  test("that refuses or drops the connection is a refusal of its own", async () => {
    const { client, close } = await serve((request) => request.socket.destroy());
    const invoker = lambdaInvoker(client, systemClock);
    const refused = { kind: "refused", code: "Lambda.ConnectionFailed" };
    expect(await invoker.invoke(ARN, "{}")).toMatchObject(refused);
    await close();
    expect(await invoker.invoke(ARN, "{}")).toMatchObject(refused);
  });

  test("is asked once, also when Lambda answers with a server error", async () => {
    let requestCount = 0;
    const { client } = await serve((_request, response) => {
      requestCount += 1;
      response.writeHead(500, { "x-amzn-errortype": "ServiceException" });
      response.end('{"Message":"try later"}');
    });
    const result = await lambdaInvoker(client, systemClock).invoke(ARN, "{}");
    expect(result).toMatchObject({ kind: "refused", code: "Lambda.ServiceException" });
    expect(requestCount).toBe(1);
  });

  test("carries as many invocations at once as a busy consumer has lanes", async () => {
    const laneCount = 150;
    const waiting: ServerResponse[] = [];
    const { client } = await serve((_request, response) => {
      waiting.push(response);
      if (waiting.length === laneCount) for (const each of waiting) each.end("null");
    }, patientLambdaClient);
    const invoker = lambdaBatchInvoker(client, systemClock);
    const results = await Promise.all(
      Array.from({ length: laneCount }, () => invoker.invoke(ARN, "{}")),
    );
    expect(results.filter(({ kind }) => kind === "returned")).toHaveLength(laneCount);
  });

  test("is given up after the longest time that a transform may take", async () => {
    const { client } = await serve(() => {});
    const sleeps: number[] = [];
    const clock = {
      now: () => 0,
      async sleep(durationMs: number) {
        sleeps.push(durationMs);
      },
    };
    expect(await lambdaInvoker(client, clock).invoke(ARN, "{}")).toMatchObject({
      kind: "failed",
      timedOut: true,
    });
    expect(sleeps).toEqual([TRANSFORM_TIMEOUT_MS]);
  });
});
