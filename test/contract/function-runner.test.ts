/**
 * The contract of Lambda's runtime and of its Invoke, kept by the local function runner: what functions may do, and what
 * becomes of it. Asked through the SDK.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  InvokeCommand,
  LambdaClient,
  LambdaServiceException,
  type InvokeCommandInput,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readExtraFunctions } from "../../offline/functions.ts";
import { createRunner, type Runner } from "../../offline/lambda/runner.ts";
import { isAlive } from "../../offline/processes.ts";
import { eventually } from "../helpers/eventually.ts";

const SOURCES = fileURLToPath(new URL("../fixtures/runner/", import.meta.url));
const ARN = "arn:aws:lambda:us-east-1:000000000000:function:acts";
const TEST_TIMEOUT_MS = 60_000;

const directory = mkdtempSync(join(tmpdir(), "hydrant-runner-"));
const write = (name: string, text: string) => writeFileSync(join(directory, name), text);
const printed: { readonly name: string; readonly text: string }[] = [];
let runner: Runner;
let endpoint: string;
let client: LambdaClient;

beforeAll(async () => {
  cpSync(SOURCES, directory, { recursive: true });
  write("broken.mjs", "export const handler = (;\n");
  write("own.mjs", 'export const handler = async () => "own";\n');
  write("edited.mjs", 'export const handler = async () => "first";\n');
  const file = join(directory, "functions.yml");
  writeFileSync(file, `${readFileSync(file, "utf8")}broken: { handler: broken.handler }\n`);
  runner = createRunner({
    own: [
      {
        name: "own",
        handler: "own.handler",
        events: [],
      },
    ],
    threaded: new Set(),
    codeDir: () => directory,
    users: readExtraFunctions(file).functions,
    bundleDir: join(directory, "bundles"),
    variables: () => ({
      ...process.env,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_REGION: "us-east-1",
      AWS_ENDPOINT_URL_S3: "http://127.0.0.1:4572",
    }),
    ownVariables: ({ environment }) => environment as Record<string, string>,
    print: (name, text) => printed.push({ name, text }),
    origins: new Set(["https://dash.example.com"]),
    report: (error) => printed.push({ name: "", text: String(error) }),
  });
  endpoint = `http://127.0.0.1:${await runner.listen({ port: 0, isOnlyUsual: true })}`;
  client = new LambdaClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
});

afterAll(() => {
  client.destroy();
  runner.stop();
  rmSync(directory, { recursive: true, force: true });
});

interface Answered {
  readonly functionError?: string;
  readonly payload: unknown;
  readonly log?: string;
  readonly status?: number;
  readonly requestId?: string;
}

async function invoke(
  FunctionName: string,
  event: unknown = {},
  more: Partial<InvokeCommandInput> = {},
): Promise<Answered> {
  const Payload = Buffer.from(JSON.stringify(event));
  const output = await client.send(new InvokeCommand({ FunctionName, Payload, ...more }));
  const text = Buffer.from(output.Payload ?? []).toString();
  const requestId = output.$metadata.requestId;
  return {
    status: output.StatusCode!,
    payload: text === "" ? "" : (JSON.parse(text) as unknown),
    ...(output.FunctionError !== undefined && { functionError: output.FunctionError }),
    ...(output.LogResult !== undefined && {
      log: Buffer.from(output.LogResult, "base64").toString(),
    }),
    ...(requestId !== undefined && { requestId }),
  };
}

async function errorOf(name: string, event: unknown = {}): Promise<unknown> {
  const { functionError, payload } = await invoke(name, event);
  expect(functionError, JSON.stringify(payload)).toBe("Unhandled");
  return payload;
}

async function refusalOf(invocation: Promise<unknown>): Promise<LambdaServiceException> {
  const refusal = await invocation.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(refusal).toBeInstanceOf(LambdaServiceException);
  return refusal as LambdaServiceException;
}

/** `undefined` as long as there is nothing to read. */
async function read(file: string): Promise<string | undefined> {
  return (await readFile(file, "utf8").catch(() => "")) || undefined;
}

const fileIn = (name: string) => join(directory, name);

describe("an answer", () => {
  it.each([
    ["acts", { act: "echo", n: [1, null, "ü"] }, { act: "echo", n: [1, null, "ü"] }],
    ["acts", { act: "nothing" }, null],
    ["acts", { act: "answer a function" }, null],
    ["module", {}, "beside"],
    ["common", {}, "beside"],
    ["typed", { text: "hello" }, "HELLO!"],
    ["file", { text: "hello" }, "HELLO!"],
    ["callbacks", { act: "succeed" }, "succeeded"],
    ["callbacks", { act: "done" }, "done"],
    ["callbacks", { act: "call back" }, "called back"],
    ["callbacks", { act: "call back twice" }, "first"],
    ["callbacks", { act: "say nothing" }, null],
    ["callbacks", { act: "leave work behind", waits: true }, { isDone: true }],
    ["callbacks", { act: "leave work behind", waits: false }, { isDone: false }],
    ["own", {}, "own"],
  ])("of %s, %j, is %j", async (name, event, payload) => {
    expect(await invoke(name, event)).toMatchObject({ status: 200, payload });
  });

  it(
    "may have 6,291,556 bytes and no more",
    async () => {
      const { payload } = await invoke("acts", { act: "bytes", bytes: 6_291_556 });
      expect((payload as string).length).toBe(6_291_554);
      expect(await errorOf("acts", { act: "bytes", bytes: 6_291_557 })).toEqual({
        errorType: "Function.ResponseSizeTooLarge",
        errorMessage:
          "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
      });
    },
    TEST_TIMEOUT_MS,
  );
});

describe("an error", () => {
  it.each([
    ["acts", "throw text", "string", "text"],
    ["acts", "throw null", "string", "handled"],
    ["acts", "throw undefined", "string", "handled"],
    ["acts", "reject", "string", "handled"],
    ["acts", "throw an object", "object", "[object Object]"],
    ["acts", "throw a number", "number", "42"],
    ["acts", "throw a bigint", "bigint", "42"],
    ["acts", "throw a symbol", "symbol", "Symbol(s)"],
    ["acts", "throw a bare object", "handled", /^callback called with Error argument, but/],
    ["acts", "throw an error that cannot be read", "handled", /^callback called with Error/],
    ["acts", "throw an error", "Particular", "particularly"],
    ["acts", "answer a circle", "Runtime.JSONStringifyError", "Unable to stringify response body"],
    ["acts", "answer a bigint", "Runtime.JSONStringifyError", "Unable to stringify response body"],
    ["acts", "never answer", "Runtime.NodeJsExit", /a Promise that was never settled/],
    ["acts", "reject behind the answer", "Runtime.UnhandledPromiseRejection", "Particular: stray"],
    ["acts", "throw behind the answer", "Particular", "stray"],
    ["acts", "throw in between", "string", "stray text"],
    ["callbacks", "fail", "string", "failed"],
    ["callbacks", "fail for no reason", "string", "handled"],
    ["callbacks", "done with an error", "TypeError", "not done"],
    ["callbacks", "call back text", "string", "text"],
    ["callbacks", "call back an error", "TypeError", "wrong"],
    [
      "callbacks",
      "call back a circle",
      "Runtime.JSONStringifyError",
      "Unable to stringify response body",
    ],
    ["callbacks", "break behind the callback", "TypeError", "late"],
    ["callbacks", "reject behind the callback", "Runtime.UnhandledPromiseRejection", "late text"],
    ["callbacks", "throw at once", "TypeError", "at once"],
  ])("of %s, %s, is a %s", async (name, act, errorType, message) => {
    const errorMessage = message instanceof RegExp ? expect.stringMatching(message) : message;
    expect(await errorOf(name, { act })).toMatchObject({ errorType, errorMessage });
    // Nobody else's.
    expect(await invoke("acts", { act: "echo" })).toMatchObject({ payload: { act: "echo" } });
  });

  it("has a trace in the user's own files", async () => {
    const { trace } = (await errorOf("acts", { act: "throw an error" })) as { trace: string[] };
    expect(trace[0]).toBe("Particular: particularly");
    expect(
      trace.some((line) => /^\s+at .*acts\.ts:\d+:\d+/.test(line)),
      trace.join("\n"),
    ).toBe(true);
  });

  it.each([
    ["unexported", "Runtime.HandlerNotFound", "acts.absent is undefined or not exported"],
    ["no-function", "Runtime.HandlerNotFound", "acts.notAFunction is not a function"],
    ["no-file", "Runtime.ImportModuleError", /^Error: Cannot find module .*nowhere/],
    ["broken", "Runtime.UserCodeSyntaxError", 'SyntaxError: Unexpected ";"'],
    ["throws-at-load", "TypeError", "no such table"],
    [
      "exits-at-load",
      "Runtime.ExitError",
      /^RequestId: [0-9a-f-]{36} Error: Runtime exited with error: exit status 3$/,
    ],
    [
      "missing-package",
      "Runtime.ImportModuleError",
      /^Error: Cannot find module '@aws-sdk\/client-that-nobody-has'[^]*install it beside/,
    ],
  ])("of %s, which cannot be loaded, is %s", async (name, errorType, message) => {
    const errorMessage = message instanceof RegExp ? expect.stringMatching(message) : message;
    expect(await errorOf(name)).toMatchObject({ errorType, errorMessage });
    expect(await errorOf(name)).toMatchObject({ errorType, errorMessage });
    expect(printed.filter((line) => line.name === name)).not.toEqual([]);
  });

  it("is met where something missing is imported, and not before", async () => {
    expect(await invoke("missing-if-called")).toMatchObject({ payload: "not called" });
    const error = await errorOf("missing-if-called", { isCalled: true });
    expect(error).toMatchObject({
      errorType: "Error",
      errorMessage: expect.stringMatching(/^Cannot find module 'a-package-that-nobody-has'/),
    });
  });
});

describe("a function that ends its process", () => {
  it.each([
    [{ act: "exit", code: 1 }, "Runtime exited with error: exit status 1"],
    [{ act: "exit", code: 0 }, "Runtime exited without providing a reason"],
    [{ act: "abort" }, "Runtime exited with error: signal: aborted"],
    [{ act: "be killed" }, "Runtime exited with error: signal: killed"],
  ])("%j fails that invocation", async (event, reason) => {
    const { functionError, payload, requestId } = await invoke("acts", event);
    expect(functionError).toBe("Unhandled");
    expect(payload).toEqual({
      errorType: "Runtime.ExitError",
      errorMessage: `RequestId: ${requestId} Error: ${reason}`,
    });
    expect(await invoke("acts", { act: "echo" })).toMatchObject({ status: 200 });
  });

  it("by computing without end is ended at its time limit, and nobody waits for it", async () => {
    const [{ payload, requestId }, ...others] = await Promise.all([
      invoke("hasty", { act: "spin" }),
      invoke("hasty", { act: "echo", of: "the same function" }),
      invoke("acts", { act: "echo", of: "another" }),
    ]);
    expect(others.map((other) => other.payload)).toEqual([
      { act: "echo", of: "the same function" },
      { act: "echo", of: "another" },
    ]);
    expect(payload).toEqual({
      errorType: "Sandbox.Timedout",
      errorMessage: `RequestId: ${requestId} Error: Task timed out after 1.00 seconds`,
    });
  });

  it("by waiting for too long is ended likewise", async () => {
    expect(await errorOf("hasty", { act: "wait", ms: 60_000 })).toMatchObject({
      errorType: "Sandbox.Timedout",
    });
  });

  it.each(["eat buffers", "eat heap"])(
    "by taking more memory than it has: %s",
    async (act) => {
      expect(await errorOf("small", { act })).toMatchObject({
        errorType: "Runtime.ExitError",
        errorMessage: expect.stringMatching(/signal: (killed|aborted)$/),
      });
    },
    TEST_TIMEOUT_MS,
  );
});

describe("an environment", () => {
  it("tells a function who it is and how long it has", async () => {
    const { payload, requestId } = await invoke("acts", { act: "look" });
    const { remainingMs, url, ...facts } = payload as Record<string, unknown>;
    expect(facts).toEqual({
      callbackWaitsForEmptyEventLoop: true,
      functionName: "acts",
      functionVersion: "$LATEST",
      invokedFunctionArn: ARN,
      memoryLimitInMB: "1024",
      awsRequestId: requestId,
      logGroupName: "/aws/lambda/acts",
      logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
      cwd: directory,
      argv: [],
      timezoneOffset: 0,
    });
    expect(url).toBe(`file://${fileIn("acts.ts")}`);
    expect(remainingMs).toBeGreaterThan(0);
    expect(remainingMs).toBeLessThanOrEqual(20_000);
  });

  it.each([
    ["acts:live", `${ARN}:live`],
    [ARN, ARN],
    [`${ARN}:$LATEST`, `${ARN}:$LATEST`],
    [`${ARN}:7`, `${ARN}:7`],
    ["000000000000:function:acts", ARN],
  ])("is told, when it is invoked as %s, the ARN", async (name, arn) => {
    const { payload } = await invoke(name, { act: "look" });
    expect(payload).toMatchObject({ invokedFunctionArn: arn, functionVersion: "$LATEST" });
  });

  it("is told of a qualifier and a client context given apart", async () => {
    const ClientContext = Buffer.from('{"custom":{"a":"b"}}').toString("base64");
    const more = { Qualifier: "live", ClientContext };
    const { payload } = await invoke("acts", { act: "look" }, more);
    expect(payload).toMatchObject({
      invokedFunctionArn: `${ARN}:live`,
      clientContext: { custom: { a: "b" } },
    });
  });

  it("has the stack's variables, Lambda's and the function's own", async () => {
    process.env["HYDRANT_TEST_OF_THE_SHELL"] = "seen";
    // Another environment than those that were made before.
    await invoke("acts", { act: "exit", code: 0 });
    const { payload } = await invoke("acts", { act: "variables" });
    expect(payload).toMatchObject({
      HYDRANT_TEST_OF_THE_SHELL: "seen",
      AWS_ENDPOINT_URL_S3: "http://127.0.0.1:4572",
      AWS_ACCESS_KEY_ID: "test",
      AWS_REGION: "eu-west-1",
      GREETING: "hello",
      NUMBER: "7",
      TZ: ":UTC",
      _HANDLER: "acts.handler",
      LAMBDA_TASK_ROOT: directory,
      AWS_LAMBDA_FUNCTION_NAME: "acts",
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "1024",
      AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/acts",
      AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${process.versions.node.split(".")[0]}.x`,
    });
  });

  it("has the SDK's clients that Lambda's has, where the user installed none", async () => {
    expect(await invoke("runtime-package")).toMatchObject({
      payload: { accessKeyId: "test", region: "us-east-1" },
    });
  });

  it("takes one invocation after the other, and keeps what the module keeps", async () => {
    const first = await invoke("reserved", { act: "where" });
    const { pid, count } = first.payload as { pid: number; count: number };
    const second = await invoke("reserved", { act: "where" });
    expect(second.payload).toEqual({ pid, count: count + 1 });
  });

  it(
    "takes one invocation at a time: those that wait for each other are in as many",
    async () => {
      const crowd = 12;
      const event = { act: "meet", file: fileIn("meeting"), crowd };
      const all = await Promise.all(Array.from({ length: crowd }, () => invoke("acts", event)));
      expect(new Set(all.map(({ payload }) => payload)).size).toBe(crowd);
    },
    TEST_TIMEOUT_MS,
  );

  it("goes with the runner", async () => {
    const { users } = { users: readExtraFunctions(fileIn("functions.yml")).functions };
    const another = createRunner({
      own: [],
      threaded: new Set(),
      codeDir: () => directory,
      users,
      bundleDir: join(directory, "other-bundles"),
      variables: () => process.env,
      ownVariables: () => ({}),
      print: () => {},
      origins: new Set(),
      report: () => {},
    });
    const port = await another.listen({ port: 0, isOnlyUsual: true });
    const url = `http://127.0.0.1:${port}/2015-03-31/functions/acts/invocations`;
    const response = await fetch(url, { method: "POST", body: '{"act":"where"}' });
    const { pid } = (await response.json()) as { pid: number };
    expect(isAlive(pid)).toBe(true);
    another.stop();
    await eventually("the environment is gone", () => Promise.resolve(!isAlive(pid) || undefined));
  });
});

describe("an edited function", () => {
  it(
    "is taken up by the next invocation, broken or mended, and with what it imports",
    async () => {
      expect(await invoke("edited")).toMatchObject({ payload: "first" });
      write("edited.mjs", 'export const handler = async () => "second";\n');
      expect(await invoke("edited")).toMatchObject({ payload: "second" });
      write("edited.mjs", "export const handler = async () => {;\n");
      expect(await errorOf("edited")).toMatchObject({ errorType: "Runtime.UserCodeSyntaxError" });
      write(
        "edited.mjs",
        'import { n } from "./n.mjs";\nexport const handler = async () => `${n}`;\n',
      );
      expect(await errorOf("edited")).toMatchObject({ errorType: "Runtime.ImportModuleError" });
      write("n.mjs", "export const n = 1;\n");
      write(
        "edited.mjs",
        'import { n } from "./n.mjs";\nexport const handler = async () => `n=${n}`;\n',
      );
      expect(await invoke("edited")).toMatchObject({ payload: "n=1" });
      write("n.mjs", "export const n = 22;\n");
      expect(await invoke("edited")).toMatchObject({ payload: "n=22" });
    },
    TEST_TIMEOUT_MS,
  );
});

it(
  "takes up a package that is installed, and a file that is put where it was missing",
  async () => {
    write("late.mjs", 'import { n } from "./later.js";\nexport const handler = async () => n;\n');
    expect(await errorOf("late")).toMatchObject({ errorType: "Runtime.ImportModuleError" });
    write("later.ts", 'import { n as m } from "@scope/late";\nexport const n = m + 1;\n');
    expect(await errorOf("late")).toMatchObject({ errorType: "Runtime.ImportModuleError" });
    const folder = join(directory, "node_modules", "@scope", "late");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "index.js"), "module.exports = { n: 1 };\n");
    expect(await invoke("late")).toMatchObject({ payload: 2 });
  },
  TEST_TIMEOUT_MS,
);

describe("what a function prints", () => {
  it("is shown in whole lines before its answer, and told to who asks for it", async () => {
    const before = printed.length;
    const { payload, log, requestId } = await invoke("acts", { act: "print" }, { LogType: "Tail" });
    expect(payload).toBe("printed");
    const text = "begun, and told at length\nnot ended\n";
    const lines = printed.slice(before).filter(({ name }) => name === "acts");
    expect(lines.map((line) => line.text).join("")).toBe(text);
    expect(log).toMatch(`START RequestId: ${requestId} Version: $LATEST\n${text}END RequestId:`);
    expect(log).toMatch(/REPORT RequestId: .*\tMemory Size: 1024 MB\n$/);
  });

  it("is told with its error, from the end", async () => {
    const { log } = await invoke("acts", { act: "throw an error" }, { LogType: "Tail" });
    expect(log).toContain("Invoke Error Particular: particularly\n    at ");
    expect(Buffer.byteLength(log!)).toBeLessThanOrEqual(4096);
  });
});

describe("an invocation", () => {
  it("of type Event is answered at once, and happens", async () => {
    const file = fileIn("noted");
    const more = { InvocationType: "Event" } as const;
    const answered = await invoke("acts", { act: "note", file, code: 5 }, more);
    expect(answered).toMatchObject({ status: 202, payload: "" });
    const text = await eventually("it is noted", () => read(file));
    expect(text).toBe("5\n");
  });

  it("of type DryRun does not happen", async () => {
    const more = { InvocationType: "DryRun" } as const;
    const answered = await invoke("acts", { act: "exit", code: 1 }, more);
    expect(answered).toMatchObject({ status: 204, payload: "" });
    const { $metadata } = await refusalOf(invoke("absent", {}, more));
    expect($metadata.httpStatusCode).toBe(404);
  });

  it.each([
    ["absent", ARN.replace("acts", "absent")],
    ["absent:live", `${ARN.replace("acts", "absent")}:live`],
    [ARN.replace("us-east-1", "eu-west-1"), ARN.replace("us-east-1", "eu-west-1")],
    [ARN.replace("000000000000", "123456789012"), ARN.replace("000000000000", "123456789012")],
  ])("of %s, which is not there, is refused", async (name, arn) => {
    const { name: code, message, $metadata } = await refusalOf(invoke(name));
    expect([code, message]).toEqual(["ResourceNotFoundException", `Function not found: ${arn}`]);
    expect($metadata.httpStatusCode).toBe(404);
  });

  it("of more than is reserved for the function is refused", async () => {
    const closed = await refusalOf(invoke("closed"));
    expect(closed).toMatchObject({
      name: "TooManyRequestsException",
      Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
      message: "Rate Exceeded.",
      $metadata: { httpStatusCode: 429 },
    });
    const file = fileIn("crowd");
    const first = invoke("reserved", { act: "meet", file });
    await eventually("it is under way", () => read(file));
    const second = await refusalOf(invoke("reserved", { act: "echo" }));
    expect(second.name).toBe("TooManyRequestsException");
    writeFileSync(file, "0\n0\n");
    expect(await first).toMatchObject({ status: 200 });
  });

  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    fetch(`${endpoint}${path}`, { method: "POST", body, headers });
  const ACTS = "/2015-03-31/functions/acts/invocations";

  it.each([
    ["RequestResponse", "{"],
    ["Event", "[1,]"],
  ])("of type %s with what is no JSON is refused", async (type, body) => {
    const response = await post(ACTS, body, { "x-amz-invocation-type": type });
    expect(response.status).toBe(400);
    expect(response.headers.get("x-amzn-errortype")).toBe("InvalidRequestContentException");
    expect(await response.text()).toContain("Could not parse request body into json");
  });

  it("without anything has an empty event", async () => {
    expect(await (await post(ACTS, "")).text()).toBe("{}");
  });

  it.each([
    ["RequestResponse", 6_291_456, 200],
    ["RequestResponse", 6_291_457, 413],
    ["Event", 1_048_577, 413],
  ])(
    "of type %s with %i bytes is answered %i",
    async (type, bytes, status) => {
      const body = `{"a":"${"x".repeat(bytes - 8)}"}`;
      const response = await post(ACTS, body, { "x-amz-invocation-type": type });
      expect(response.status).toBe(status);
      const text = await response.text();
      if (status === 413) {
        expect(response.headers.get("x-amzn-errortype")).toBe("RequestEntityTooLargeException");
        expect(text).toContain(type === "Event" ? "(limit 1048576 bytes)" : "6291456 bytes");
      } else expect(text.length).toBe(bytes);
    },
    TEST_TIMEOUT_MS,
  );

  it.each([
    ["GET", "/2015-03-31/functions", "UnknownOperationException"],
    ["POST", "/2015-03-31/functions/a%20b/invocations", "ValidationException"],
    ["POST", "/2015-03-31/functions/acts%3Aa/invocations?Qualifier=b", "ValidationException"],
    ["POST", "/2015-03-31/functions/%ff/invocations", "ValidationException"],
  ])("is no %s of %s: %s", async (method, path, code) => {
    const response = await fetch(`${endpoint}${path}`, { method });
    expect(response.headers.get("x-amzn-errortype")).toBe(code);
    expect(await response.text()).toContain('"Type":"User"');
  });

  it("of a type that there is not is refused", async () => {
    const response = await post(ACTS, "{}", { "x-amz-invocation-type": "Later" });
    expect(await response.text()).toContain("[Event, RequestResponse, DryRun]");
  });

  it.each(["http://evil.example", "null", "http://127.0.0.1.evil.example"])(
    "by a page of %s is refused, text/plain and all",
    async (origin) => {
      const file = fileIn("by-a-page");
      const body = JSON.stringify({ act: "note", file });
      const response = await post(ACTS, body, { origin, "content-type": "text/plain" });
      expect(response.status).toBe(403);
      expect(await response.text()).toContain("HYDRANT_ORIGINS");
      expect(() => readFileSync(file)).toThrow("ENOENT");
    },
  );

  it.each(["http://localhost:3000", "https://dash.example.com"])(
    "by a page of %s is served",
    async (origin) => {
      const response = await post(ACTS, "{}", { origin });
      expect(response.status).toBe(200);
      expect(response.headers.get("access-control-allow-origin")).toBe(origin);
    },
  );

  it("may come over a connection that was idle for long: the server sets no time at which it ends one", async () => {
    const response = await post(ACTS, "{}");
    expect(await response.text()).toBe("{}");
    expect(response.headers.get("keep-alive")).toBeNull();
  });
});

it("names what a file of functions gets wrong", () => {
  const file = fileIn("wrong.yml");
  const reading = (text: string) => () => {
    writeFileSync(file, text);
    return readExtraFunctions(file).functions;
  };
  expect(reading("a: { handler: a.handler, timeout: 901 }")).toThrow(
    `${file}: timeout of a must be 1..900, got 901`,
  );
  expect(reading("a: { handler: a.handler, memorySize: 64 }")).toThrow(
    "must be 128..10240, got 64",
  );
  expect(reading("a: { handler: a.handler, environment: text }")).toThrow(
    "must map names to values",
  );
  expect(reading("a: {}")).toThrow("a has no handler");
});
