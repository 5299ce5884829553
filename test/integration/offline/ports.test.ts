/** The ports of the local services: where they are, whom they serve, and what passes through DynamoDB's door. */
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callAws } from "../../../offline/aws-json.ts";
import { listen, listenAsWished } from "../../../offline/listen.ts";
import { amzDate } from "../../../offline/services/signed-at.ts";
import { doorTo } from "../../../offline/services/door.ts";
import { startServices, type RunningServices } from "../../../offline/services/host.ts";
import { sendRaw } from "../../helpers/raw-http.ts";

let services: RunningServices;
beforeAll(async () => {
  services = await startServices({ s3Port: 0 });
});
afterAll(() => services.stop());

/** One call of each service that changes nothing, as a program sends it. */
const CALLS = {
  DynamoDB: () => ({
    endpoint: services.dynamodbDoor,
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": "DynamoDB_20120810.ListTables",
      "x-amz-date": amzDate(Date.now()),
      authorization:
        "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
    },
    body: "{}",
  }),
  SQS: () => ({
    endpoint: services.sqsEndpoint,
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": "AmazonSQS.ListQueues",
    },
    body: "{}",
  }),
  S3: () => ({ endpoint: services.s3Endpoint, method: "GET", headers: {}, body: "" }),
};

describe.each(["DynamoDB", "SQS", "S3"] as const)("%s and web pages", (service) => {
  const send = (headers: Record<string, string>, method?: string) => {
    const call = CALLS[service]();
    return sendRaw(call.endpoint, {
      method: method ?? call.method,
      headers: { ...call.headers, ...headers },
      body: method === undefined ? call.body : "",
    });
  };

  it("serves a program", async () => {
    const { status, headers } = await send({});
    expect(status).toBe(200);
    expect(headers["access-control-allow-origin"]).toBeUndefined();
  });

  it.each([
    ["of another origin", { origin: "https://evil.example" }],
    ["without an origin", { origin: "null" }],
    ["that only links here", { "sec-fetch-site": "cross-site" }],
    [
      "whose name resolves to this machine",
      { host: "evil.example", "sec-fetch-site": "same-origin" },
    ],
    ["that posts text", { origin: "https://evil.example", "content-type": "text/plain" }],
  ])("refuses a page %s", async (_, headers) => {
    const { status, text } = await send(headers);
    expect(status).toBe(403);
    expect(text).toContain("AccessDenied");
    expect(text).toContain("HYDRANT_ORIGINS");
  });

  const preflight = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "x-amz-target",
  };

  it("serves a page of this machine, and lets it read the answer", async () => {
    const origin = "http://localhost:3000";
    const asked = await send({ origin, ...preflight }, "OPTIONS");
    expect(asked.status).toBe(204);
    expect(asked.headers).toMatchObject({
      "access-control-allow-origin": origin,
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "x-amz-target",
    });
    const answered = await send({ origin });
    expect(answered.status).toBe(200);
    expect(answered.headers["access-control-allow-origin"]).toBe(origin);
  });

  it("does not allow the preflight of a page from elsewhere", async () => {
    const { status, headers } = await send(
      { origin: "https://evil.example", ...preflight },
      "OPTIONS",
    );
    expect(status).toBe(403);
    expect(headers["access-control-allow-origin"]).toBeUndefined();
  });
});

describe("the port of SQS", () => {
  it.each([
    ["another service's object", { method: "PUT" }],
    ["the query protocol", { headers: { "content-type": "application/x-www-form-urlencoded" } }],
    ["a call without a target", { headers: { "content-type": "application/x-amz-json-1.0" } }],
  ])("refuses %s", async (_, request) => {
    const { status, text } = await sendRaw(`${services.sqsEndpoint}/some-bucket`, request);
    expect([status, JSON.parse(text)]).toMatchObject([
      400,
      { __type: "com.amazonaws.sqs#UnsupportedOperation" },
    ]);
  });
});

describe("a usual port", () => {
  const servers: Server[] = [];
  const server = () => {
    servers.push(createServer());
    return servers.at(-1) as Server;
  };
  afterAll(() => servers.forEach((each) => each.close()));

  it("is taken, or a free one in its place; one that was asked for is insisted on", async () => {
    const port = await listen(server(), 0);
    const usual = { port, isOnlyUsual: true };
    const elsewhere = await listenAsWished(server(), usual, "HYDRANT_SQS_PORT");
    expect(elsewhere).not.toBe(port);
    const asked = { port, isOnlyUsual: false };
    await expect(listenAsWished(server(), asked, "HYDRANT_SQS_PORT")).rejects.toThrow(
      `port ${port} on 127.0.0.1 is taken; stop what uses it or set HYDRANT_SQS_PORT`,
    );
  });
});

describe("DynamoDB's door", () => {
  it("is the only way in that a page could find", async () => {
    const inner = new URL(services.dynamodbEndpoint);
    if (process.platform === "linux") expect(inner.hostname).not.toBe("127.0.0.1");
    const found = fetch(`http://127.0.0.1:${inner.port}/`);
    await expect(found).rejects.toThrow();
  });

  it("passes an item of 390 KB in and out", async () => {
    const call = <T>(operation: string, input: object) =>
      callAws<T>(services.dynamodbDoor, `DynamoDB_20120810.${operation}`, input);
    await call("CreateTable", {
      TableName: "leases",
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      BillingMode: "PAY_PER_REQUEST",
    });
    const Item = { id: { S: "one" }, text: { S: "x".repeat(390_000) } };
    await call("PutItem", { TableName: "leases", Item });
    const got = await call<{ Item: typeof Item }>("GetItem", {
      TableName: "leases",
      Key: { id: { S: "one" } },
    });
    expect(got.Item).toEqual(Item);
  });

  it("answers many at once over connections that it keeps", async () => {
    const sockets = new Set<unknown>();
    const behind = createServer((request, response) => {
      sockets.add(request.socket);
      request.pipe(response);
    });
    const door = doorTo(`http://127.0.0.1:${await listen(behind, 0)}`);
    const endpoint = `http://127.0.0.1:${await listen(door, 0)}`;
    for (let round = 0; round < 5; round++) {
      const bodies = Array.from({ length: 20 }, (_, n) => `${round}/${n}`);
      const answers = await Promise.all(
        bodies.map(async (body) => (await fetch(endpoint, { method: "POST", body })).text()),
      );
      expect(answers).toEqual(bodies);
    }
    expect(sockets.size).toBeLessThanOrEqual(20);
    door.close();
    behind.close();
    behind.closeAllConnections();
  });

  it("ends a call whose service went away", async () => {
    const behind = createServer((request) => request.socket.destroy());
    const door = doorTo(`http://127.0.0.1:${await listen(behind, 0)}`);
    const endpoint = `http://127.0.0.1:${await listen(door, 0)}`;
    await expect(fetch(endpoint, { method: "POST", body: "{}" })).rejects.toThrow();
    door.close();
    behind.close();
  });
});
