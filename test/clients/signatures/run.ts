/**
 * The verifier before requests that others signed: boto3, the AWS CLI and curl's `--aws-sigv4`, each once with the right
 * secret and once with another. Needs Python 3 and curl. (What JavaScript's SDK and aws4 sign is part of `npm test`.)
 */
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createVerifier } from "../../../src/auth/sigv4.ts";
import { systemClock } from "../../../src/clock.ts";
import { memoryAccessKeys } from "../../../src/storage/memory/access-keys.ts";
import { pythonWith } from "../python.ts";

const KEY = { id: "HYDSIGNATURES", secret: "wJalrXUtnFEMI/K7MDENG+bPxR", createdAtMs: 0 };
const REGION = "eu-west-1";
const TYPE = "application/x-amz-json-1.1";

/** By the target's prefix. */
const SERVICES: Readonly<Record<string, string>> = {
  Kinesis_20131202: "kinesis",
  Firehose_20150804: "firehose",
};

const verifier = createVerifier({
  keys: memoryAccessKeys(KEY),
  region: REGION,
  clock: systemClock,
});

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const headers = new Map(
      Object.entries(request.headersDistinct).map(([name, values = []]) => [name, values]),
    );
    const [prefix = ""] = (headers.get("x-amz-target")?.[0] ?? "").split(".");
    const url = new URL(request.url ?? "/", "http://localhost");
    const signed = {
      method: request.method ?? "",
      paths: [url.pathname],
      query: [...url.searchParams],
      headers,
      body: Buffer.concat(chunks),
    };
    verifier.verify(signed, SERVICES[prefix] ?? "").then(
      () => response.writeHead(200, { "Content-Type": TYPE }).end('{"StreamNames":[]}'),
      ({ name, message }: Error) =>
        response
          .writeHead(400, { "Content-Type": TYPE, "x-amzn-ErrorType": name })
          .end(JSON.stringify({ __type: name, message })),
    );
  });
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const tools = pythonWith("signatures", ["boto3", "awscli"]);

const BOTO3 = `
import boto3, sys
client = boto3.client(sys.argv[1], endpoint_url=sys.argv[2])
getattr(client, sys.argv[3])()
`;
const curl = (service: string, target: string) => (secret: string) =>
  [
    "curl",
    "--silent",
    "--show-error",
    "--fail-with-body",
    "--aws-sigv4",
    `aws:amz:${REGION}:${service}`,
    "--user",
    `${KEY.id}:${secret}`,
    "--header",
    `Content-Type: ${TYPE}`,
    "--header",
    `X-Amz-Target: ${target}`,
    "--data",
    '{"Limit":1}',
    `${endpoint}/`,
  ] as const;
const python = (service: string, method: string) => () =>
  [join(tools, "python3"), "-c", BOTO3, service, endpoint, method] as const;
const cli = (service: string, command: string) => () =>
  [join(tools, "aws"), service, command, "--endpoint-url", endpoint] as const;

const CALLS: Readonly<Record<string, (secret: string) => readonly [string, ...string[]]>> = {
  "boto3 kinesis": python("kinesis", "list_streams"),
  "boto3 firehose": python("firehose", "list_delivery_streams"),
  "cli kinesis": cli("kinesis", "list-streams"),
  "cli firehose": cli("firehose", "list-delivery-streams"),
  "curl kinesis": curl("kinesis", "Kinesis_20131202.ListStreams"),
  "curl firehose": curl("firehose", "Firehose_20150804.ListDeliveryStreams"),
};

let failures = 0;
for (const [name, commandOf] of Object.entries(CALLS)) {
  const right = await ran(commandOf(KEY.secret), KEY.secret);
  const wrong = await ran(commandOf("another"), "another");
  const isGood = right.code === 0 && wrong.code !== 0 && /signature/i.test(wrong.output);
  console.log(`${isGood ? "ok  " : "FAIL"} ${name}`);
  if (isGood) continue;
  failures++;
  console.log(right.output, wrong.output);
}
server.close();
process.exit(failures === 0 ? 0 : 1);

function ran(
  [command, ...args]: readonly [string, ...string[]],
  secret: string,
): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      env: {
        PATH: `${tools}:${process.env["PATH"]}`,
        AWS_ACCESS_KEY_ID: KEY.id,
        AWS_SECRET_ACCESS_KEY: secret,
        AWS_DEFAULT_REGION: REGION,
        AWS_CONFIG_FILE: fileURLToPath(new URL("none", import.meta.url)),
      },
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.once("error", (error) => resolve({ code: -1, output: error.message }));
    child.once("close", (code) => resolve({ code: code ?? -1, output }));
  });
}
