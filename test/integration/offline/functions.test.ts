/** Functions of the user's own beside Hydrant's: found, bundled, invoked by ARN, and held to their time limits. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { spawnStart, startStack, type StackProcess } from "../../helpers/stack-process.ts";

const directory = mkdtempSync(join(tmpdir(), "hydrant-functions-"));
const write = (name: string, text: string): string => {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
};
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("a file of functions", () => {
  let stack: StackProcess;
  beforeAll(async () => {
    write(
      "upper.ts",
      "export const handler = (event: { text: string }) => Promise.resolve(event.text.toUpperCase());",
    );
    write("stuck.mjs", "export const run = () => new Promise(() => {});");
    const functionsFile = write(
      "functions.yml",
      "upper: { handler: upper.handler }\nstuck: { handler: stuck.run, timeout: 1 }\n",
    );
    stack = await startStack({ dataDir: join(directory, "data"), functionsFile });
  });
  afterAll(async () => {
    await stack.stop();
  });

  const invoke = async (name: string, event: object) => {
    const url = `${stack.lambdaEndpoint}/2015-03-31/functions/${encodeURIComponent(name)}/invocations`;
    const response = await fetch(url, { method: "POST", body: JSON.stringify(event) });
    return {
      status: response.status,
      error: response.headers.get("x-amz-function-error"),
      text: await response.text(),
    };
  };
  const ARN = "arn:aws:lambda:us-east-1:000000000000:function:upper";

  it.each(["upper", ARN, `${ARN}:$LATEST`])("is invoked as %s", async (name) => {
    expect(await invoke(name, { text: "hello" })).toEqual({
      status: 200,
      error: null,
      text: '"HELLO"',
    });
  });

  it("may be invoked over a connection that was idle for long: the server sets no time at which it ends one", async () => {
    const response = await fetch(`${stack.lambdaEndpoint}/2015-03-31/functions/upper/invocations`, {
      method: "POST",
      body: JSON.stringify({ text: "a" }),
    });
    expect(await response.text()).toBe('"A"');
    expect(response.headers.get("keep-alive")).toBeNull();
  });

  it("answers for an unknown function as Lambda does", async () => {
    expect(await invoke("absent", {})).toMatchObject({ status: 404 });
  });

  it("ends a function at its time limit with Lambda's words", async () => {
    const { status, error, text } = await invoke("stuck", {});
    expect([status, error]).toEqual([200, "Unhandled"]);
    expect(text).toContain("Task timed out after");
  });
});

it("ends with code 1 and the bundler's complaint when a function cannot be bundled", async () => {
  write("broken.ts", "export const handler = (;");
  const functionsFile = write("broken.yml", "broken: { handler: broken.handler }\n");
  const start = spawnStart(["--functions", functionsFile], {
    HYDRANT_PORT: "0",
    HYDRANT_S3_PORT: "0",
    HYDRANT_DATA_DIR: join(directory, "broken"),
  });
  expect(await start.ended).toBe(1);
  expect(start.output()).toContain("broken.ts");
});
