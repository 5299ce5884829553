/**
 * DynamoDB and S3 as a process of their own that answers at once: what calls them spends the SDK's time and its own, and
 * theirs is counted nowhere. It keeps nothing, unless it is to be read: then it keeps the blocks and bodies that are put.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { LAYOUT_MEMBER } from "../src/storage/dynamodb/layout.ts";

export interface AnsweringServices {
  readonly endpoint: string;
  stop(): Promise<void>;
}

export async function startAnsweringServices({
  keeps = false,
}: { readonly keeps?: boolean } = {}): Promise<AnsweringServices> {
  const child: ChildProcess = fork(fileURLToPath(import.meta.url), ["serve", keeps ? "keep" : ""]);
  const [port] = (await once(child, "message")) as [number];
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill();
      await once(child, "exit");
    },
  };
}

/** The counter of a lane, as UpdateItem and GetItem answer it. */
const counter = (blockCount: number) => ({
  pk: { S: "firehose/access-logs/0123456789abcdef/0000" },
  sk: { S: "counter" },
  ...LAYOUT_MEMBER,
  blocks: { N: String(blockCount) },
  records: { N: "617000" },
  bytes: { N: "631808000" },
});

interface KeptItem {
  readonly pk: { readonly S: string };
  readonly sk: { readonly S: string };
}

/** By partition, in the order in which they were put. */
const chunks = new Map<string, KeptItem[]>();
const bodies = new Map<string, Buffer>();

function keep({ method, url = "", headers }: IncomingMessage, body: Buffer): void {
  if (method === "PUT") bodies.set(pathOf(url), body);
  if (headers["x-amz-target"] !== "DynamoDB_20120810.PutItem") return;
  const { Item } = JSON.parse(body.toString()) as { readonly Item: KeptItem };
  const chunk = chunks.get(Item.pk.S);
  if (chunk) chunk.push(Item);
  else chunks.set(Item.pk.S, [Item]);
}

/** The SDK's name of the call is its query. */
const pathOf = (url: string) => url.split("?")[0]!;

interface Asked {
  readonly ExpressionAttributeValues: Readonly<Record<string, { readonly S: string }>>;
}

function answerTo({ method, url = "", headers }: IncomingMessage, body: Buffer): string | Buffer {
  switch (headers["x-amz-target"]) {
    case undefined:
      return (method === "GET" && bodies.get(pathOf(url))) || "";
    case "DynamoDB_20120810.UpdateItem":
      return JSON.stringify({ Attributes: counter(1234) });
    case "DynamoDB_20120810.GetItem": {
      const blockCount = [...chunks.values()].reduce((sum, { length }) => sum + length, 0);
      return JSON.stringify({ Item: counter(blockCount) });
    }
    case "DynamoDB_20120810.Query": {
      const { ExpressionAttributeValues: values } = JSON.parse(body.toString()) as Asked;
      const [chunk = "", first = "", last = ""] = Object.values(values).map(({ S }) => S);
      const Items = (chunks.get(chunk) ?? []).filter(({ sk }) => sk.S >= first && sk.S <= last);
      return JSON.stringify({ Count: Items.length, Items });
    }
    default:
      return "{}";
  }
}

if (process.argv[2] === "serve" && process.send) {
  const keeps = process.argv[3] === "keep";
  const server = createServer((request, response) => {
    const received: Buffer[] = [];
    request.on("data", (chunk: Buffer) => void received.push(chunk));
    request.on("end", () => {
      const sent = Buffer.concat(received);
      if (keeps) keep(request, sent);
      const body = answerTo(request, sent);
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
