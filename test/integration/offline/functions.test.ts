/**
 * Functions of the user's own beside Hydrant's, in a whole stack: what they see of it, what it shows of them, and that none of
 * them keeps it from starting. What becomes of an invocation is tested with the runner alone.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { startStack, type StackProcess } from "../../helpers/stack-process.ts";

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
      `export const handler = (event: { text: string }) => {
        console.log("told", event.text);
        return Promise.resolve(event.text.toUpperCase());
      };`,
    );
    write("seen.mjs", "export const handler = async () => process.env;");
    write("broken.ts", "export const handler = (;");
    write("exit.mjs", "export const handler = async () => process.exit(1);");
    write(
      "streams.mjs",
      `import { KinesisClient, ListStreamsCommand } from "@aws-sdk/client-kinesis";
      export const handler = async () => (await new KinesisClient().send(new ListStreamsCommand())).StreamNames;`,
    );
    write("mail.mjs", 'import "@aws-sdk/client-ses";\nexport const handler = async () => {};');
    const functionsFile = write(
      "functions.yml",
      `upper: { handler: upper.handler }
seen: { handler: seen.handler, environment: { QUEUE: !GetAtt ConsumerFailureQueue.Arn } }
broken: { handler: broken.handler }
exit: { handler: exit.handler }
streams: { handler: streams.handler }
mail: { handler: mail.handler }
`,
    );
    stack = await startStack({
      dataDir: join(directory, "data"),
      functionsFile,
      environment: { OF_THE_SHELL: "seen" },
    });
  });
  afterAll(async () => {
    await stack.stop();
  });

  const invoke = async (name: string, event: object = {}) => {
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

  it("sees the local services, the environment of the shell and what it is given", async () => {
    const { text } = await invoke("seen");
    expect(JSON.parse(text)).toMatchObject({
      AWS_ENDPOINT_URL_KINESIS: stack.apiEndpoint,
      AWS_ENDPOINT_URL_FIREHOSE: stack.apiEndpoint,
      AWS_ENDPOINT_URL_S3: stack.s3Endpoint,
      AWS_ENDPOINT_URL_SQS: stack.sqsEndpoint,
      AWS_ENDPOINT_URL_LAMBDA: stack.lambdaEndpoint,
      AWS_ENDPOINT_URL_DYNAMODB: expect.stringMatching(/^http:/),
      AWS_ACCESS_KEY_ID: "test",
      AWS_REGION: "us-east-1",
      OF_THE_SHELL: "seen",
      QUEUE: "arn:aws:sqs:us-east-1:000000000000:hydrant-dev-consumer-failures",
    });
  });

  it("reaches them by the SDK's clients, as they are", async () => {
    expect(await invoke("streams")).toEqual({ status: 200, error: null, text: "[]" });
  });

  it("shows what a function prints, under its name, on the terminal and in the log", async () => {
    await invoke("upper", { text: "loud" });
    const line = "upper | told loud\n";
    expect(stack.terminal()).toContain(line);
    const file = join(directory, "data", "logs", "stack.log");
    await eventually("it is in the log", async () => {
      return (await readFile(file, "utf8")).includes(line) || undefined;
    });
  });

  it("fails a function alone that cannot be bundled, and says so at the start", async () => {
    const { error, text } = await invoke("broken");
    expect([error, text]).toEqual(["Unhandled", expect.stringContaining("UserCodeSyntaxError")]);
    expect(stack.terminal()).toMatch(/^broken \| .*broken\.ts:1:25: Unexpected/m);
    await eventually("it is said of others, too", () =>
      Promise.resolve(stack.terminal().includes("broken | It cannot be run") || undefined),
    );
  });

  it("fails a function alone whose package nobody installed", async () => {
    const { error, text } = await invoke("mail");
    expect([error, text]).toEqual(["Unhandled", expect.stringContaining("ImportModuleError")]);
    expect(stack.terminal()).toContain("mail | Lambda's runtime has this package, Hydrant");
  });

  it("goes on when a function ends its process", async () => {
    const { error, text } = await invoke("exit");
    expect([error, text]).toEqual(["Unhandled", expect.stringContaining("exit status 1")]);
    expect(await invoke("upper", { text: "still" })).toMatchObject({ text: '"STILL"' });
  });
});
