import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import fc from "fast-check";
import Pool from "undici/lib/dispatcher/pool.js";
import { afterEach, describe, expect, it } from "vitest";
import { listen } from "../../../offline/listen.ts";
import { type Answer, nextAnswer } from "../../../offline/short-way/answers.ts";
import { amzDate } from "../../../offline/services/signed-at.ts";
import { takeShortWay } from "../../../offline/short-way/take.ts";

interface Asked {
  readonly operation: string;
  readonly input: Record<string, unknown>;
}

interface Said {
  readonly status: number;
  readonly body: object;
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** A DynamoDB that answers as the test says; undefined: not at all. */
async function database(
  answer: (asked: Asked) => Said | undefined,
  until: (asked: Asked) => Promise<void> | undefined = () => undefined,
) {
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  const serve = async (incoming: IncomingMessage, response: ServerResponse) => {
    sockets.add(incoming.socket);
    const input = JSON.parse((await buffer(incoming)).toString()) as Asked["input"];
    const target = incoming.headers["x-amz-target"]!.toString();
    const call = { operation: target.slice(target.indexOf(".") + 1), input };
    asked.push(call);
    const said = answer(call);
    await until(call);
    if (said === undefined) return;
    const text = JSON.stringify(said.body);
    response.writeHead(said.status, { "content-length": Buffer.byteLength(text) }).end(text);
  };
  const server = createServer((incoming, response) => void serve(incoming, response));
  servers.push(server);
  const endpoint = `http://127.0.0.1:${await listen(server, 0)}`;
  takeShortWay(endpoint);
  const client = new DynamoDBClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
    maxAttempts: 1,
    requestHandler: { throwOnRequestTimeout: true, requestTimeout: 5000 },
  });
  const put = (pk: string, more: object = {}) =>
    client.send(new PutItemCommand({ TableName: "log", Item: { pk: { S: pk } }, ...more }));
  const get = (pk: string) =>
    client.send(new GetItemCommand({ TableName: "log", Key: { pk: { S: pk } } }));
  return { endpoint, asked, sockets, client, put, get };
}

const DONE: Said = { status: 200, body: {} };
const keyOf = ({ input }: Asked) => (input["Key"] as { readonly pk: { readonly S: string } }).pk.S;
const echo = (call: Asked): Said => ({ status: 200, body: { Item: { pk: { S: keyOf(call) } } } });

it("answers each of many requests on a few connections with its own answer", async () => {
  const { get, sockets } = await database(echo);
  const names = Array.from({ length: 50 }, (_, i) => `item-${i}`);
  const found = await Promise.all(names.map(get));
  expect(found.map(({ Item }) => Item?.["pk"]?.S)).toEqual(names);
  expect(sockets.size).toBeLessThanOrEqual(4);
});

describe("puts that are asked for together", () => {
  it("are one transaction, each with its own conditions", async () => {
    const { put, asked } = await database(() => DONE);
    const condition = { ConditionExpression: "attribute_not_exists(pk)" };
    await Promise.all([put("a", condition), put("b"), put("c")]);
    expect(asked).toEqual([
      {
        operation: "TransactWriteItems",
        input: {
          TransactItems: [
            { Put: { TableName: "log", Item: { pk: { S: "a" } }, ...condition } },
            { Put: { TableName: "log", Item: { pk: { S: "b" } } } },
            { Put: { TableName: "log", Item: { pk: { S: "c" } } } },
          ],
        },
      },
    ]);
  });

  it("are made one by one when one is refused, which alone fails", async () => {
    const failed = { __type: "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException" };
    const { put, asked } = await database(({ operation, input }) => {
      if (operation === "TransactWriteItems") return { status: 400, body: {} };
      const { pk } = input["Item"] as { readonly pk: { readonly S: string } };
      return pk.S === "taken" ? { status: 400, body: failed } : DONE;
    });
    const outcomes = await Promise.allSettled([put("free"), put("taken"), put("free too")]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect((outcomes[1] as PromiseRejectedResult).reason).toBeInstanceOf(
      ConditionalCheckFailedException,
    );
    expect(asked).toHaveLength(4);
  });

  it("all fail when the database does not say whether it wrote them", async () => {
    const { put, asked } = await database(() => ({ status: 500, body: {} }));
    const outcomes = await Promise.allSettled([put("a"), put("b")]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(asked).toHaveLength(1);
  });

  it("stay alone where more than the writing is asked for", async () => {
    const { put, asked } = await database(() => DONE);
    await Promise.all([
      put("a", { ReturnValues: "ALL_OLD" }),
      put("b", { ReturnConsumedCapacity: "TOTAL" }),
      put("c", { ReturnValues: "NONE" }),
    ]);
    expect(asked.map(({ operation }) => operation)).toEqual(["PutItem", "PutItem", "PutItem"]);
  });

  it("are shared out among transactions that DynamoDB takes", async () => {
    const { put, asked } = await database(() => DONE);
    await Promise.all(Array.from({ length: 230 }, (_, i) => put(`item-${i}`)));
    const counts = asked.map(({ input }) => (input["TransactItems"] as unknown[]).length);
    expect(counts).toEqual([100, 100, 30]);
  });
});

describe("while the database writes", () => {
  /** Keeps each write's answer until it is let go. */
  async function busyDatabase() {
    const held: (() => void)[] = [];
    let told = () => {};
    const all = await database(
      () => DONE,
      (call) => {
        if (call.operation === "GetItem") return Promise.resolve();
        return new Promise((resolve) => {
          held.push(resolve);
          told();
        });
      },
    );
    /** Until so many writes have come that were not let go yet. */
    const hold = async (count: number) => {
      while (held.length < count) await new Promise<void>((resolve) => (told = resolve));
    };
    const letGo = () => held.shift()?.();
    return { ...all, hold, letGo };
  }

  it("lets further puts gather, and reads go on", async () => {
    const { put, get, asked, hold, letGo } = await busyDatabase();
    const first = put("a");
    await hold(1);
    const second = put("b");
    await hold(2);
    const later = [put("c"), put("d")];
    await get("any");
    later.push(put("e"));
    await get("any");
    letGo();
    await first;
    await hold(2);
    expect(asked.map(({ operation }) => operation)).toEqual([
      "PutItem",
      "PutItem",
      "GetItem",
      "GetItem",
      "TransactWriteItems",
    ]);
    letGo();
    letGo();
    await Promise.all([second, ...later]);
  });

  it("goes on when a write's connection breaks", async () => {
    const { put, asked, sockets, hold, letGo } = await busyDatabase();
    const lost = Promise.allSettled([put("a")]);
    await hold(1);
    const alsoLost = Promise.allSettled([put("b")]);
    await hold(2);
    const later = put("c");
    for (const socket of sockets) socket.destroy();
    await lost;
    await alsoLost;
    letGo();
    letGo();
    await hold(1);
    letGo();
    await later;
    expect(asked).toHaveLength(3);
  });
});

it("takes what undici is asked to send as well", async () => {
  const { endpoint, asked } = await database(() => DONE);
  const pool = new Pool(endpoint);
  const send = (operation: string, at = amzDate(Date.now())) =>
    new Promise<string>((resolve, reject) => {
      const headers = {
        host: new URL(endpoint).host,
        "x-amz-target": `DynamoDB_20120810.${operation}`,
        "x-amz-date": at,
      };
      const chunks: Buffer[] = [];
      const body = '{"TableName":"log"}';
      pool.dispatch(
        { method: "POST", path: "/", headers, body },
        {
          onResponseStart() {},
          onResponseData: (_, chunk) => void chunks.push(chunk),
          onResponseEnd: () => resolve(Buffer.concat(chunks).toString()),
          onResponseError: (_, error) => reject(error),
        },
      );
    });
  const answers = await Promise.all([send("PutItem"), send("PutItem"), send("UpdateItem")]);
  expect(answers).toEqual(["{}", "{}", "{}"]);
  expect(asked.map(({ operation }) => operation).toSorted()).toEqual([
    "TransactWriteItems",
    "UpdateItem",
  ]);
  await expect(send("UpdateItem", "20260101T000000Z")).rejects.toMatchObject({
    name: "InvalidSignatureException",
  });
});

it("sends nothing that was signed too long ago", async () => {
  const { client, get, asked } = await database(() => DONE);
  client.config.systemClockOffset = -3_600_000;
  await expect(get("late")).rejects.toMatchObject({ name: "InvalidSignatureException" });
  expect(asked).toEqual([]);
});

it("ends a call that is not answered in time", async () => {
  const { client } = await database(() => undefined);
  const command = new GetItemCommand({ TableName: "log", Key: { pk: { S: "lost" } } });
  await expect(client.send(command, { requestTimeout: 1 })).rejects.toMatchObject({
    name: "TimeoutError",
  });
});

it("waits for nobody's answer before those of others, once nobody waits for it", async () => {
  const left = new AbortController();
  const { get, client, sockets } = await database((call) => {
    if (keyOf(call) !== "lost") return echo(call);
    left.abort();
    return undefined;
  });
  const command = new GetItemCommand({ TableName: "log", Key: { pk: { S: "lost" } } });
  const lost = client.send(command, { abortSignal: left.signal });
  await expect(lost).rejects.toMatchObject({ name: "AbortError" });
  expect((await get("found")).Item?.["pk"]?.S).toBe("found");
  expect(sockets.size).toBe(2);
});

it("tells all who wait of a connection that breaks, and takes a new one for who comes later", async () => {
  let isUp = false;
  const { get, sockets } = await database((call) => {
    if (isUp) return echo(call);
    for (const socket of sockets) socket.destroy();
    return undefined;
  });
  const outcomes = await Promise.allSettled(["a", "b"].map(get));
  expect(
    outcomes.map((outcome) => (outcome as { reason?: { code?: string } }).reason?.code),
  ).toEqual(["ECONNRESET", "ECONNRESET"]);
  isUp = true;
  expect((await get("c")).Item?.["pk"]?.S).toBe("c");
});

describe("answers that follow each other", () => {
  const text = (body: string) =>
    `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\nX-Any: a:b\r\n\r\n${body}`;

  it("are read the same wherever the bytes are cut", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme" })), fc.nat(), (bodies, cut) => {
        const bytes = Buffer.from(bodies.map(text).join(""));
        const read: Answer[] = [];
        let held = Buffer.alloc(0);
        for (const part of [
          bytes.subarray(0, cut % (bytes.length + 1)),
          bytes.subarray(cut % (bytes.length + 1)),
        ]) {
          held = Buffer.concat([held, part]);
          for (;;) {
            const next = nextAnswer(held);
            if ("wantedBytes" in next) break;
            read.push(next.answer);
            held = held.subarray(next.byteCount);
          }
        }
        expect(read.map(({ body }) => body.toString())).toEqual(bodies);
        expect(read.every(({ headers }) => headers["x-any"] === "a:b")).toBe(true);
      }),
    );
  });

  it("must have a length", () => {
    const chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    expect(() => nextAnswer(Buffer.from(chunked))).toThrow("without a status or a length");
  });
});
