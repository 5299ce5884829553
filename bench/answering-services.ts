/**
 * DynamoDB and S3 as a process of their own that answers at once and keeps nothing: what calls them spends the SDK's
 * time and its own, and theirs is counted nowhere.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";

export interface AnsweringServices {
  readonly endpoint: string;
  stop(): Promise<void>;
}

export async function startAnsweringServices(): Promise<AnsweringServices> {
  const child: ChildProcess = fork(fileURLToPath(import.meta.url), ["serve"]);
  const [port] = (await once(child, "message")) as [number];
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill();
      await once(child, "exit");
    },
  };
}

/** Of the counter of a lane, as UpdateItem answers it. */
const COUNTER = {
  pk: { S: "firehose/access-logs/0123456789abcdef/0000" },
  sk: { S: "counter" },
  blocks: { N: "1234" },
  records: { N: "617000" },
  bytes: { N: "631808000" },
};

function answerTo(headers: IncomingHttpHeaders): string {
  const target = headers["x-amz-target"];
  if (target === undefined) return "";
  return target === "DynamoDB_20120810.UpdateItem" ? JSON.stringify({ Attributes: COUNTER }) : "{}";
}

if (process.argv[2] === "serve" && process.send) {
  const server = createServer((request, response) => {
    const body = answerTo(request.headers);
    request.resume();
    request.on("end", () => {
      response.writeHead(200, {
        "Content-Type": "application/x-amz-json-1.0",
        "Content-Length": Buffer.byteLength(body),
        "x-amzn-RequestId": "PJ4VNPKRKGR1ICCFH5UDSUGA6VVV4KQNSO5AEMVJF66Q9ASUAAJG",
        ETag: '"9b2cf535f27731c974343645a3985328"',
      });
      response.end(body);
    });
  });
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
  process.on("disconnect", () => process.exit());
}
