/** Flushes on their way to a cluster that has every fault there is. */
import { openReceiver } from "../../../../../src/delivery/destinations/receivers/registry.ts";
import { describe, expect, test } from "vitest";
import type { OpenSearchSettings } from "../../../../../src/delivery/destinations/opensearch/settings.ts";
import type { S3Destination } from "../../../../../src/delivery/delivery-stream.ts";
import type { SecretStore } from "../../../../../src/delivery/destinations/receivers/ports.ts";
import { parseErrorLines } from "../../../../../src/delivery/redrive/error-lines.ts";
import { documentIds } from "../../../../../src/delivery/destinations/opensearch/document-id.ts";
import { opensearchCluster } from "../../../../helpers/receivers/opensearch.ts";
import { deliverWorld } from "../../deliver-world.ts";

const ROLE = "arn:aws:iam::000000000000:role/hydrant";
const DOMAIN = "arn:aws:es:eu-west-1:000000000000:domain/logs";
const SECRET = "arn:aws:secretsmanager:us-east-1:000000000000:secret:search";

const settings = (over: Partial<OpenSearchSettings> = {}) =>
  ({
    kind: "opensearch",
    place: "https://search.example.com",
    roleArn: ROLE,
    retrySeconds: 10,
    endpoint: { kind: "url", url: "https://search.example.com" },
    indexName: "logs",
    rotation: "OneDay",
    hasDocumentIds: true,
    keepsIdentity: true,
    ...over,
  }) as NonNullable<S3Destination["receiver"]>;

const noSecrets: SecretStore = { read: () => Promise.reject(new Error("not asked")) };

async function world(
  cluster: ReturnType<typeof opensearchCluster>,
  over: Partial<OpenSearchSettings> = {},
  secrets = noSecrets,
) {
  const made = await deliverWorld({ receiver: settings(over) });
  let isRepeated = false;
  const run = () => {
    const ran = made.run(
      { receivers: { http: cluster.http, secrets, open: openReceiver } },
      { isRepeated },
    );
    isRepeated = true;
    return ran;
  };
  /** Until the flush is settled. */
  const runAll = async () => {
    for (let count = 1; ; count += 1) {
      if ((await run()).kind === "done") return count;
      if (count > 60) throw new Error("it never ends");
      await made.clock.sleep(130_000);
    }
  };
  const lines = () =>
    made.contents().flatMap(({ text }) =>
      text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    );
  return { ...made, run, runAll, lines };
}

const bodies = ({ requests }: ReturnType<typeof opensearchCluster>) =>
  requests.map(({ body }) => Buffer.from(body ?? "").toString());

test.each(["opensearch", "opensearch-serverless", "elasticsearch"] as const)(
  "what %s does not take lies in the folder that AWS has for all three",
  async (kind) => {
    const { put, run, contents } = await world(opensearchCluster(), { kind });
    await put("no document");
    await run();
    expect(contents().map(({ key }) => key.split("/")[0])).toEqual([
      "AmazonOpenSearchService-failed",
    ]);
  },
);

describe("a flush for a cluster", () => {
  test("is there once, each record under its id in the index of its day", async () => {
    const cluster = opensearchCluster();
    const { put, run, contents } = await world(cluster);
    await put('{"n":1}', '{"n":2}\n');
    expect(await run()).toEqual({ kind: "done" });
    expect([...cluster.documents.keys()]).toEqual([
      expect.stringMatching(/^logs-2026-11-23\/[A-Za-z0-9_-]{60}\.0$/),
      expect.stringMatching(/^logs-2026-11-23\/[A-Za-z0-9_-]{60}\.0$/),
    ]);
    expect(cluster.texts()).toEqual(['{"n":1}', '{"n":2}']);
    expect(contents()).toEqual([]);
    expect(cluster.requests[0]).toMatchObject({
      method: "POST",
      url: "https://search.example.com/_bulk",
      headers: { "content-type": "application/x-ndjson" },
      signing: { service: "es", region: "us-east-1", roleArn: ROLE },
    });
  });

  test("whose answer was lost writes the same documents again", async () => {
    const cluster = opensearchCluster();
    const { put, runAll } = await world(cluster);
    cluster.fails({ silence: "timeout", isTaken: true }, { text: "<html>", isTaken: true });
    await put('{"n":1}', '{"n":2}', '{"n":3}');
    await runAll();
    expect(new Set(bodies(cluster)).size).toBe(1);
    expect([...cluster.documents.values()].map(({ version }) => version)).toEqual([3, 3, 3]);
  });

  test("is left to the cluster for its ids where the stream asks for none", async () => {
    const cluster = opensearchCluster();
    const { put, runAll } = await world(cluster, { hasDocumentIds: false, rotation: "NoRotation" });
    cluster.fails({ silence: "connection", isTaken: true });
    await put('{"n":1}');
    await runAll();
    expect(bodies(cluster)[0]).toContain('{"create":{"_index":"logs"}}');
    expect([...cluster.documents.keys()]).toEqual(["logs/generated-0", "logs/generated-1"]);
  });

  test.each([
    [{ status: 429, type: "rejected_execution_exception" }],
    [{ status: 503, type: "cluster_block_exception" }],
    [{ status: 403, type: "security_exception" }],
    [{ status: 404, type: "" }],
    [{ status: 400, type: "illegal_argument_exception" }],
    [{ silence: "connection" }],
    [{ text: "{}" }],
    [{ text: '{"items":[]}' }],
  ] as const)("that is refused as a whole, %j, is tried again", async (fault) => {
    const cluster = opensearchCluster();
    const { put, runAll, contents } = await world(cluster);
    cluster.fails(fault);
    await put('{"n":1}', '{"n":2}');
    expect(await runAll()).toBe(2);
    expect(cluster.texts()).toEqual(['{"n":1}', '{"n":2}']);
    expect(contents()).toEqual([]);
  });

  test("waits for as long as the cluster asks", async () => {
    const cluster = opensearchCluster();
    const { put, run, clock } = await world(cluster);
    cluster.fails({ status: 429, headers: { "retry-after": "7" } });
    await put('{"n":1}');
    await run();
    await clock.sleep(6000);
    await run();
    expect(cluster.requests.length).toBe(1);
    await clock.sleep(1000);
    await run();
    expect(cluster.requests.length).toBe(2);
  });

  test.each([
    [429, "rejected_execution_exception"],
    [403, "cluster_block_exception"],
    [503, "unavailable_shards_exception"],
    [404, "index_not_found_exception"],
    [409, "version_conflict_engine_exception"],
    [400, "validation_exception"],
  ])("of which a document is answered %s %s sends that one alone again", async (item, type) => {
    const cluster = opensearchCluster();
    const { put, runAll, contents } = await world(cluster);
    cluster.fails({ item, type, on: (text) => text.includes("2") });
    await put('{"n":1}', '{"n":2}', '{"n":3}');
    expect(await runAll()).toBe(2);
    expect(bodies(cluster)[1]!.trimEnd().split("\n").slice(1)).toEqual(['{"n":2}']);
    expect(bodies(cluster)[0]).toContain(bodies(cluster)[1]!);
    expect([...cluster.documents.values()].map(({ version }) => version)).toEqual([1, 1, 1]);
    expect(contents()).toEqual([]);
  });

  test("leaves what can never be a document in the bucket, with what is known of it", async () => {
    const cluster = opensearchCluster({ refuses: ({ n }) => n === "no" });
    const { put, run, contents, lines, stream } = await world(cluster, { typeName: "doc" });
    await put('{"n":1}', "oops", '{"n":"no"}', '{"n":4}');
    expect(await run()).toEqual({ kind: "done" });
    expect(cluster.texts()).toEqual(['{"n":1}', '{"n":4}']);
    const [{ key, text }] = contents() as [{ key: string; text: string }];
    expect(key).toContain("AmazonOpenSearchService-failed/");
    const [malformed, refused] = lines();
    expect(malformed).toMatchObject({
      rawData: Buffer.from("oops").toString("base64"),
      errorCode: "OS.MalformedData",
      esIndexName: "logs-2026-11-23",
      esTypeName: "doc",
    });
    expect(refused).toMatchObject({
      rawData: Buffer.from('{"n":"no"}').toString("base64"),
      errorCode: "400",
      errorMessage: expect.stringMatching(
        /^The cluster answered 400 mapper_parsing_exception\. .*failed to parse/,
      ),
    });
    // A redrive finds the same id for it.
    const [, again] = parseErrorLines(Buffer.from(text))!;
    const record = { recordId: "redrive-1", ...again! };
    expect(documentIds(stream)(record)).toBe(refused!["esDocumentId"]);
  });

  test("keeps what a cluster says of a document out of the owner's log", async () => {
    const cluster = opensearchCluster({ refuses: () => true });
    const made = await deliverWorld({
      receiver: settings(),
      errorLog: { isEnabled: true, groupName: "g", streamName: "s" },
    });
    const events: string[] = [];
    await made.put('{"n":"secret"}');
    await made.run({
      receivers: { http: cluster.http, secrets: noSecrets, open: openReceiver },
      errorLog: {
        append: async (_: unknown, given: readonly { readonly message: string }[]) => {
          events.push(...given.map((event) => JSON.stringify(event)));
        },
      } as never,
    });
    expect(events.join()).toContain("mapper_parsing_exception");
    expect(events.join()).not.toContain("secret");
  });

  test("goes to the bucket when the cluster stays away, each record with its id", async () => {
    const cluster = opensearchCluster();
    const { put, runAll, lines } = await world(cluster, { retrySeconds: 3, kind: "elasticsearch" });
    cluster.fails(...Array.from({ length: 50 }, () => ({ status: 503 })));
    await put('{"n":1}', '{"n":2}');
    await runAll();
    expect(cluster.documents.size).toBe(0);
    expect(lines()).toMatchObject([
      { errorCode: "ES.ServiceException", esDocumentId: expect.stringMatching(/\.0$/) },
      { errorCode: "ES.ServiceException", esIndexName: "logs-2026-11-23" },
    ]);
  });

  test("is sent in halves to a cluster that finds it too large, and one record fails alone", async () => {
    const cluster = opensearchCluster({ maxBytes: 500 });
    const { put, run, lines } = await world(cluster);
    const texts = Array.from({ length: 9 }, (_, n) => `{"n":${n}}`);
    await put(...texts, `{"long":"${"x".repeat(500)}"}`);
    expect(await run()).toEqual({ kind: "done" });
    expect(cluster.texts()).toEqual(texts);
    expect([...cluster.documents.values()].every(({ version }) => version === 1)).toBe(true);
    expect(lines()).toMatchObject([
      { errorCode: "OS.ServiceException", errorMessage: expect.stringContaining("413") },
    ]);
  });

  test("that is refused behind a part of it sends only the rest again", async () => {
    const cluster = opensearchCluster({ maxBytes: 300 });
    const { put, runAll } = await world(cluster);
    // The whole is too large; then the first of its parts is taken.
    cluster.fails(undefined, undefined, { status: 429 });
    await put(...Array.from({ length: 4 }, (_, n) => `{"n":${n}}`));
    expect(await runAll()).toBe(2);
    expect([...cluster.documents.values()].map(({ version }) => version)).toEqual([1, 1, 1, 1]);
  });
});

describe("what a cluster is entered with", () => {
  const secretOf = (...texts: readonly string[]) => {
    const asked: boolean[] = [];
    const store: SecretStore = {
      async read({ arn }, { isAnew = false } = {}) {
        asked.push(isAnew);
        expect(arn).toBe(SECRET);
        return { kind: "secret", text: texts[isAnew ? texts.length - 1 : 0]! };
      },
    };
    return { asked, store };
  };
  const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

  test("a user and a password of a secret, without a signature", async () => {
    const cluster = opensearchCluster({ authorization: basic("admin:pa:ss") });
    const { store } = secretOf('{"username":"admin","password":"pa:ss"}');
    const { put, run } = await world(cluster, { secret: { arn: SECRET } }, store);
    await put('{"n":1}');
    expect(await run()).toEqual({ kind: "done" });
    expect(cluster.requests[0]).not.toHaveProperty("signing");
  });

  test("a secret that was rotated is read anew, once", async () => {
    const cluster = opensearchCluster({ authorization: basic("admin:new") });
    const { store, asked } = secretOf(
      '{"username":"admin","password":"old"}',
      '{"username":"admin","password":"new"}',
    );
    const { put, run } = await world(cluster, { secret: { arn: SECRET } }, store);
    await put('{"n":1}');
    expect(await run()).toEqual({ kind: "done" });
    expect(asked).toEqual([false, true]);
  });

  test("a secret of another form sends nothing, and says so without it", async () => {
    const cluster = opensearchCluster();
    const { store } = secretOf("hunter2");
    const { put, runAll, lines } = await world(
      cluster,
      { secret: { arn: SECRET }, retrySeconds: 0 },
      store,
    );
    await put('{"n":1}');
    await runAll();
    expect(cluster.requests).toEqual([]);
    expect(lines()).toMatchObject([{ errorCode: "SecretsManager.InvalidSecret" }]);
    expect(JSON.stringify(lines())).not.toContain("hunter2");
  });

  test("a cluster on a laptop is sent no signature", async () => {
    const cluster = opensearchCluster();
    const url = "http://127.0.0.1:9200/search";
    const { put, run } = await world(cluster, { endpoint: { kind: "url", url } });
    await put('{"n":1}');
    await run();
    expect(cluster.requests[0]).toMatchObject({ url: `${url}/_bulk` });
    expect(cluster.requests[0]).not.toHaveProperty("signing");
  });

  test("a collection is signed for by its own service, and has ids of its own", async () => {
    const cluster = opensearchCluster();
    const url = "https://07tjusf2h9.eu-west-1.aoss.amazonaws.com";
    const { put, run } = await world(cluster, {
      kind: "opensearch-serverless",
      endpoint: { kind: "url", url },
      hasDocumentIds: false,
      rotation: "NoRotation",
    });
    await put('{"n":1}', "oops");
    await run();
    expect(cluster.requests[0]).toMatchObject({
      signing: { service: "aoss", region: "eu-west-1" },
    });
    expect([...cluster.documents.keys()]).toEqual(["logs/generated-0"]);
  });
});

describe("a domain by its ARN", () => {
  function domain(answers: readonly (readonly [status: number, body: object])[]) {
    const cluster = opensearchCluster();
    const asked: string[] = [];
    const http = {
      async send(request: Parameters<typeof cluster.http.send>[0]) {
        if (request.method === "POST") return cluster.http.send(request);
        const [status, body] = answers[Math.min(asked.length, answers.length - 1)]!;
        asked.push(request.url);
        const bytes = Buffer.from(JSON.stringify(body));
        return { kind: "answer", status, headers: {}, body: bytes } as const;
      },
    };
    return { ...cluster, http, asked };
  }
  const is = (host: object) => [200, { DomainStatus: host }] as const;
  const over = { endpoint: { kind: "domain", arn: DOMAIN } } as const;

  test("is asked for once, and found in its own region", async () => {
    const cluster = domain([is({ Endpoint: "search-logs.eu-west-1.es.amazonaws.com" })]);
    for (const text of ['{"n":1}', '{"n":2}']) {
      const { put, run } = await world(cluster, over);
      await put(text);
      await run();
    }
    expect(cluster.asked).toEqual([
      "https://es.eu-west-1.amazonaws.com/2021-01-01/opensearch/domain/logs",
    ]);
    expect(cluster.requests[0]).toMatchObject({
      url: "https://search-logs.eu-west-1.es.amazonaws.com/_bulk",
      signing: { service: "es", region: "eu-west-1" },
    });
    expect(cluster.requests.length).toBe(2);
  });

  test("that could not be reached is asked for again", async () => {
    const cluster = domain([
      is({ Endpoints: { vpc: "one.example.com" } }),
      is({ Endpoint: "b.c" }),
    ]);
    const { put, runAll } = await world(cluster, over);
    cluster.fails({ silence: "connection" });
    await put('{"n":1}');
    await runAll();
    expect(cluster.requests.map(({ url }) => url)).toEqual([
      "https://one.example.com/_bulk",
      "https://b.c/_bulk",
    ]);
  });

  test.each([
    [403, {}, "OS.AccessDenied"],
    [409, {}, "OS.DomainNotFound"],
    [500, {}, "OS.ServiceException"],
    [200, { DomainStatus: { Processing: true } }, "OS.DomainNotReady"],
    [200, { DomainStatus: { Endpoint: "a/../b" } }, "OS.DomainNotReady"],
  ])("of which the service says %s %j is away: %s", async (status, body, errorCode) => {
    const cluster = domain([[status, body]]);
    const { put, runAll, lines } = await world(cluster, { ...over, retrySeconds: 1 });
    await put('{"n":1}');
    await runAll();
    expect(cluster.requests).toEqual([]);
    expect(lines()).toMatchObject([{ errorCode }]);
  });
});
