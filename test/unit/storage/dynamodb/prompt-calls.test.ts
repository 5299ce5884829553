import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
} from "@aws-sdk/client-dynamodb";
import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../../src/clock.ts";
import { createVerifier } from "../../../../src/auth/sigv4.ts";
import type { Block, ShardKey } from "../../../../src/log/store.ts";
import { LAYOUT_MEMBER } from "../../../../src/storage/dynamodb/layout.ts";
import { dynamodbLog } from "../../../../src/storage/dynamodb/log.ts";
import { promptCalls } from "../../../../src/storage/dynamodb/prompt-calls.ts";
import { memoryAccessKeys } from "../../../../src/storage/memory/access-keys.ts";

interface Received {
  readonly target: string;
  readonly date: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

type Answer = (response: ServerResponse) => void;

const SHARD = "firehose/logs/0123456789abcdef/0000" as ShardKey;
const RESERVED_MS = Date.parse("2026-11-30T07:15:42.500Z");

const opened: Server[] = [];
afterEach(() => {
  for (const server of opened.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A DynamoDB that gives the answers in their order, and a client that finds it. */
async function dynamodb(answers: readonly Answer[], credentials: { sessionToken?: string } = {}) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { headers } = request;
      const target = String(headers["x-amz-target"]).replace("DynamoDB_20120810.", "");
      const date = String(headers["x-amz-date"]);
      received.push({ target, date, headers, body: Buffer.concat(chunks).toString() });
      (answers[received.length - 1] ?? succeed())(response);
    });
  });
  opened.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: "eu-central-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", ...credentials },
  });
  return { client, received, log: dynamodbLog({ client, logTable: "log", stateTable: "state" }) };
}

const succeed =
  (answer: object = {}): Answer =>
  (response) =>
    response.end(JSON.stringify(answer));

const fail =
  (
    name: string,
    { status = 400, message = "no", ...members }: Record<string, unknown> = {},
  ): Answer =>
  (response) => {
    response.statusCode = Number(status);
    const __type = `com.amazonaws.dynamodb.v20120810#${name}`;
    response.end(JSON.stringify({ __type, message, ...members }));
  };

const cutOff: Answer = (response) => void response.socket?.destroy();

const block: Block = {
  kind: "data",
  shard: SHARD,
  index: 3,
  firstRecord: 30,
  recordCount: 2,
  byteOffset: 300,
  byteCount: 20,
  arrivedAtMs: RESERVED_MS,
  expiresAtMs: RESERVED_MS + 86_400_000,
  token: "0123456789abcdef",
  body: { kind: "inline", bytes: new Uint8Array([0, 1, 250, 255]) },
};
const SIGNED = "20261130T071542Z";
const standing = {
  first: { N: "30" },
  records: { N: "2" },
  offset: { N: "300" },
  bytes: { N: "20" },
  at: { N: "1" },
  expiresAt: { N: "1" },
  sk: { S: "0000000000000003" },
  body: { B: "AAE=" },
};

describe("a block's put", () => {
  test("is signed with the time of its place, the repeat as well", async () => {
    const { log, received } = await dynamodb([fail("InternalServerError", { status: 500 })]);
    expect(await log.write(block)).toEqual({ kind: "written" });
    expect(received.map(({ target, date }) => [target, date])).toEqual([
      ["PutItem", SIGNED],
      ["PutItem", SIGNED],
    ]);
  });

  test("is signed with that time although the SDK knows this clock to be wrong", async () => {
    const { log, client, received } = await dynamodb([]);
    client.config.systemClockOffset = 20 * 60_000;
    await log.write(block);
    expect(received[0]?.date).toBe(SIGNED);
  });

  test.each<[{ sessionToken?: string }]>([[{}], [{ sessionToken: "token of a role" }]])(
    "bears a signature that AWS's algorithm confirms, %o",
    async (credentials) => {
      const { log, received } = await dynamodb([], credentials);
      await log.write(block);
      const [{ headers, body }] = received as [Received];
      const { "x-amz-security-token": token, ...rest } = headers;
      expect(token).toBe(credentials.sessionToken);
      const list = /SignedHeaders=([^,]*)/.exec(headers.authorization ?? "")?.[1]?.split(";");
      expect(list).toEqual(expect.arrayContaining(["content-type", "host", "x-amz-target"]));
      if (token !== undefined) return;
      const verifier = createVerifier({
        keys: { get: (id) => memoryAccessKeys({ id, secret: "secret", createdAtMs: 0 }).get(id) },
        region: "eu-central-1",
        clock: { now: () => RESERVED_MS, sleep: async () => {} },
      });
      const names = Object.entries(rest).map(([name, value]) => [name, [String(value)]] as const);
      const request = { method: "POST", paths: ["/"], query: [], headers: new Map(names), body };
      await expect(verifier.verify(request, "dynamodb")).resolves.toBeDefined();
    },
  );

  test("that was refused for its rate is an answer, at the first try", async () => {
    const { log, received } = await dynamodb([fail("ThrottlingException")]);
    expect(await log.write(block)).toEqual({ kind: "throttled" });
    expect(received).toHaveLength(1);
  });

  test.each([
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
  ])("finds %s to be a throttle", async (name) => {
    const ThrottlingReasons = [{ reason: "TableWriteKeyRangeThroughputExceeded", resource: "arn" }];
    const { log } = await dynamodb([fail(name, { ThrottlingReasons }), fail(name)]);
    expect(await log.write(block)).toEqual({ kind: "throttled" });
    expect(await log.reserve(SHARD, { recordCount: 1, byteCount: 1 })).toEqual({
      kind: "throttled",
    });
  });

  test.each([
    ["a throttle", fail("ThrottlingException")],
    ["another failure", fail("InternalServerError", { status: 500 })],
    ["the signature's age", fail("InvalidSignatureException", { message: "Signature expired: x" })],
  ])("whose answer was lost is unknown when the repeat ends by %s", async (_what, second) => {
    for (const lost of [cutOff, fail("InternalServerError", { status: 500, message: "first" })]) {
      const { log, received } = await dynamodb([lost, second]);
      await expect(log.write(block)).rejects.toThrow(/first|other side closed/);
      expect(received).toHaveLength(2);
    }
  });

  test("whose answer was lost finds itself by its token, and others by theirs", async () => {
    const refusedBy = (Item: object) => fail("ConditionalCheckFailedException", { Item });
    const mine = { ...standing, token: { S: block.token } };
    const own = await dynamodb([cutOff, refusedBy(mine)]);
    expect(await own.log.write(block)).toEqual({ kind: "written" });
    const other = await dynamodb([refusedBy({ ...standing, token: { S: "another" } })]);
    expect(await other.log.write(block)).toEqual({ kind: "lost", winner: "data" });
    const late = await dynamodb([refusedBy({ ...standing, tombstone: { BOOL: true } })]);
    expect(await late.log.write(block)).toEqual({ kind: "lost", winner: "tombstone" });
  });

  test.each([
    "Signature expired: 20261130T071542Z is now earlier than 20261130T072000Z",
    "Signature not yet current: 20261130T071542Z is still later than 20261130T070000Z",
  ])("that came too late wrote nothing: %s", async (message) => {
    const { log, received } = await dynamodb([fail("InvalidSignatureException", { message })]);
    expect(await log.write(block)).toEqual({ kind: "throttled" });
    expect(received).toHaveLength(1);
  });

  test("whose key is wrong fails as that", async () => {
    const wrong = fail("InvalidSignatureException", {
      message: "The request signature we calculated",
    });
    const { log } = await dynamodb([wrong, wrong]);
    await expect(log.write(block)).rejects.toThrow("The request signature");
  });
});

describe("a call", () => {
  const get = { TableName: "state", Key: { pk: { S: "é" } } };

  test("is signed with the process's time and takes items as the SDK gives them", async () => {
    const bytes = { B: "AAH6/w==" };
    const Item = { a: { N: "1" }, b: bytes, m: { M: { l: { L: [bytes, { BS: ["AQ=="] }] } } } };
    const { client, received } = await dynamodb([succeed({ Item }), succeed({ Item })]);
    const { Item: item } = await promptCalls(client, { now: () => RESERVED_MS }).getItem(get);
    expect(received[0]?.date).toBe(SIGNED);
    const { Item: bySdk } = await client.send(new GetItemCommand(get));
    expect(toPlain(item)).toEqual(toPlain(bySdk));
    expect(JSON.parse(received[0]!.body)).toEqual(JSON.parse(received[1]!.body));
  });

  test("goes once more on a connection of its own when the one that waited is dead", async () => {
    const { client, received } = await dynamodb([succeed(), cutOff, succeed({ Item: {} })]);
    const calls = promptCalls(client);
    await calls.getItem(get);
    await expect(calls.getItem(get)).resolves.toMatchObject({ Item: {} });
    expect(received).toHaveLength(3);
  });

  test("ends when its answer has begun and does not go on", async () => {
    const stall: Answer = (response) => void response.writeHead(200).write("{");
    const { client, received } = await dynamodb([stall]);
    const calls = promptCalls(client, systemClock, 100);
    await expect(calls.getItem(get)).rejects.toThrow("Body Timeout");
    expect(received).toHaveLength(1);
  });

  test("is not repeated for another failure, and says what it was", async () => {
    const { client, received } = await dynamodb([
      fail("ResourceNotFoundException", { message: "no such table" }),
      (response) => response.writeHead(502).end("<html>"),
      fail("ConditionalCheckFailedException", { Item: { body: { B: "AAE=" } } }),
    ]);
    const calls = promptCalls(client);
    await expect(calls.getItem(get)).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "no such table",
      $metadata: { httpStatusCode: 400, attempts: 1 },
    });
    await expect(calls.getItem(get)).rejects.toMatchObject({ $fault: "server" });
    const refused = await calls.getItem(get).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConditionalCheckFailedException);
    const { Item } = refused as ConditionalCheckFailedException;
    expect(toPlain(Item)).toEqual({ body: { B: [0, 1] } });
    expect(received).toHaveLength(3);
  });
});

describe("a read of the log", () => {
  const asked = { shard: SHARD, from: 3, to: 4 };
  const counter = {
    ...LAYOUT_MEMBER,
    blocks: { N: "4" },
    records: { N: "32" },
    bytes: { N: "320" },
  };
  const page = succeed({ Items: [{ ...standing, token: { S: block.token } }] });

  async function indexesOf(log: ReturnType<typeof dynamodbLog>) {
    const bodies: unknown[] = [];
    for await (const entry of log.read(asked)) {
      bodies.push(entry.kind === "data" && entry.body.kind === "inline" && [...entry.body.bytes]);
    }
    return bodies;
  }

  test("asks and understands what the SDK would", async () => {
    const { log, received } = await dynamodb([
      page,
      fail("InternalServerError", { status: 500 }),
      page,
    ]);
    expect(await indexesOf(log)).toEqual([[0, 1]]);
    expect(await indexesOf(log)).toEqual([[0, 1]]);
    expect(received.map(({ target }) => target)).toEqual(["Query", "Query", "Query"]);
    const [first, second, bySdk] = received.map(({ body }) => JSON.parse(body) as object);
    expect(second).toEqual(first);
    expect(bySdk).toEqual(first);
  });

  test.each([
    ["a throttle", fail("ThrottlingException")],
    ["a connection that is cut", cutOff],
    [
      "a clock that is wrong",
      fail("InvalidSignatureException", { message: "Signature expired: x" }),
    ],
  ])("goes the SDK's way after %s", async (_what, first) => {
    const { log } = await dynamodb([first, succeed({ Item: counter })]);
    expect(await log.head(SHARD)).toMatchObject({ blockIndex: 4, recordCount: 32 });
  });

  test("fails as the SDK does", async () => {
    const missing = fail("ResourceNotFoundException", { message: "no such table" });
    const { log } = await dynamodb([missing, missing]);
    await expect(log.head(SHARD)).rejects.toThrow("no such table");
  });

  test("goes on behind a page's last item", async () => {
    const LastEvaluatedKey = { pk: { S: "x" }, sk: { S: "y" } };
    const { log, received } = await dynamodb([succeed({ Items: [], LastEvaluatedKey }), page]);
    expect(await indexesOf(log)).toEqual([[0, 1]]);
    expect(JSON.parse(received[1]!.body)).toMatchObject({ ExclusiveStartKey: LastEvaluatedKey });
  });
});

function toPlain(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toPlain(member)]));
}
