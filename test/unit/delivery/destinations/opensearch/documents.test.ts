/** What a record is to a cluster: its index, its id, its lines. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { documentIds } from "../../../../../src/delivery/destinations/opensearch/document-id.ts";
import {
  bulkBody,
  documentProblem,
} from "../../../../../src/delivery/destinations/opensearch/encode.ts";
import {
  collectionOf,
  regionOfHost,
} from "../../../../../src/delivery/destinations/opensearch/hosts.ts";
import { indexNaming } from "../../../../../src/delivery/destinations/opensearch/index-name.ts";
import { judge } from "../../../../../src/delivery/destinations/opensearch/judge.ts";
import { decodeRecordId, recordIds } from "../../../../../src/delivery/record-id.ts";
import { formatSequenceNumber } from "../../../../../src/log/sequence.ts";

const at = (text: string) => Date.parse(text);

describe("the index of a record", () => {
  test.each([
    ["NoRotation", "2016-02-25T13:00:00Z", "logs"],
    ["OneHour", "2016-02-25T13:59:59.999Z", "logs-2016-02-25-13"],
    ["OneHour", "2016-02-25T14:00:00Z", "logs-2016-02-25-14"],
    ["OneDay", "2016-02-25T23:59:59.999Z", "logs-2016-02-25"],
    ["OneDay", "2016-02-26T00:00:00Z", "logs-2016-02-26"],
    ["OneWeek", "2016-02-20T23:59:59.999Z", "logs-2016-w08"],
    ["OneWeek", "2016-02-21T00:00:00Z", "logs-2016-w09"],
    ["OneWeek", "2017-12-31T00:00:00Z", "logs-2018-w01"],
    ["OneWeek", "2016-01-02T23:59:59.999Z", "logs-2016-w01"],
    ["OneMonth", "2016-02-29T23:59:59.999Z", "logs-2016-02"],
    ["OneMonth", "2016-03-01T00:00:00Z", "logs-2016-03"],
  ] as const)("with %s at %s is %s", (rotation, time, name) => {
    expect(indexNaming("logs", rotation)(at(time))).toBe(name);
  });

  test("follows each record's own time, in whatever order they come", () => {
    const indexOf = indexNaming("logs", "OneDay");
    const times = ["2026-11-30T23:00:00Z", "2026-12-01T01:00:00Z", "2026-11-30T22:00:00Z"];
    expect(times.map((time) => indexOf(at(time)))).toEqual([
      "logs-2026-11-30",
      "logs-2026-12-01",
      "logs-2026-11-30",
    ]);
  });
});

describe("the id of a document", () => {
  const stream = { name: "access-logs", generation: "0123456789abcdef" };
  const arrivedAtMs = at("2026-11-23T10:11:12Z");
  const sequenceNumber = formatSequenceNumber({
    shardCreatedAtMs: 0,
    shardIndex: 3,
    blockIndex: 7,
    position: 2,
    arrivedAtMs,
  });
  const data = Buffer.from("{}");

  test("is the id that the producer was answered, in letters of URLs, and the part", () => {
    const record = { recordId: `${sequenceNumber}.0`, arrivedAtMs, data };
    const id = documentIds(stream)(record);
    expect(id).toMatch(/^[A-Za-z0-9_-]{60}\.0$/);
    const recordId = id.slice(0, 60).replaceAll("-", "+").replaceAll("_", "/");
    const place = { generation: stream.generation, lane: 3, blockIndex: 7, arrivedAtMs };
    expect([recordId]).toEqual(recordIds(stream.name, { ...place, position: 2 }, 1));
    expect(decodeRecordId(stream.name, recordId)).toMatchObject({ lane: 3, blockIndex: 7 });
    expect(documentIds(stream)({ ...record, partIndex: 4 })).toBe(`${id.slice(0, -2)}.4`);
  });

  test("of a redriven record is the one it had", () => {
    const [id] = recordIds(
      stream.name,
      { generation: stream.generation, lane: 3, blockIndex: 7, arrivedAtMs, position: 2 },
      1,
    );
    const first = documentIds(stream)({ recordId: `${sequenceNumber}.0`, arrivedAtMs, data });
    const again = { recordId: "redrive-0", arrivedAtMs, data, identity: { id: id!, index: 0 } };
    expect(documentIds(stream)(again)).toBe(first);
    // Its line does not say: then its place in the object is all there is.
    const unknown = { recordId: "redrive-0", arrivedAtMs, data, identity: {} };
    expect(documentIds(stream)(unknown)).toBe("redrive-0.0");
  });

  test("of a record of a data stream is its place there, and differs by the data stream", () => {
    const source = (streamName: string) => ({
      streamName,
      streamGeneration: "fedcba9876543210",
      roleArn: "arn",
      startedAtMs: 0,
    });
    const origin = { sequenceNumber, subSequenceNumber: 5, partitionKey: "k", shardId: "s" };
    const record = { recordId: "any", arrivedAtMs, data, origin };
    const one = documentIds({ ...stream, source: source("one") })(record);
    expect(one).toMatch(new RegExp(`^[0-9a-f]{8}\\.${sequenceNumber}\\.5\\.0$`));
    expect(documentIds({ ...stream, source: source("two") })(record)).not.toBe(one);
    // Who reads the same data stream writes the same document.
    const other = { ...stream, name: "other", source: source("one") };
    expect(documentIds(other)(record)).toBe(one);
    const { shardId, ...known } = origin;
    const identity = { id: sequenceNumber, ...known, shardId };
    const redriven = { recordId: "redrive-0", arrivedAtMs, data, identity };
    expect(documentIds({ ...stream, source: source("one") })(redriven)).toBe(one);
  });
});

describe("the body of a batch", () => {
  test("has two lines for each record, and ends with a newline", () => {
    const body = bulkBody([
      { action: { index: "logs", id: "a.0" }, data: Buffer.from('{"n": 1}\n') },
      { action: { index: 'qu"ote' }, data: Buffer.from(' {"n": 2}\r\n') },
      { action: { index: "old", type: "doc", id: "b.0" }, data: Buffer.from("{}") },
    ]);
    expect(body.toString()).toBe(
      [
        '{"index":{"_index":"logs","_id":"a.0"}}',
        '{"n": 1}',
        '{"create":{"_index":"qu\\"ote"}}',
        '{"n": 2}',
        '{"index":{"_index":"old","_type":"doc","_id":"b.0"}}',
        "{}",
        "",
      ].join("\n"),
    );
  });

  test.each([
    ["an object", '{"a": "ü \\n"}', true],
    ["an object with a newline behind it", '{"a": 1}\n', true],
    ["two lines", '{"a": 1,\n"b": 2}', false],
    ["two objects", '{"a": 1}{"b": 2}', false],
    ["two objects on two lines", '{"a": 1}\n{"b": 2}\n', false],
    ["half an object", '{"a": 1', false],
    ["a list", "[1]", false],
    ["a number", "1", false],
    ["nothing", "", false],
    ["white space", " \n", false],
  ])("%s is a document: %s %s", (_, text, is) => {
    const problem = documentProblem(Buffer.from(text), "OS");
    expect(problem === undefined).toBe(is);
    if (!is) expect(problem).toMatchObject({ errorCode: "OS.MalformedData" });
  });

  test("a record that is not UTF-8 is no document", () => {
    const latin = Buffer.from('{"a": "\u00fc"}', "latin1");
    expect(documentProblem(latin, "ES")).toMatchObject({ errorCode: "ES.MalformedData" });
  });
});

test.each([
  ["https://search-logs-abc.eu-west-1.es.amazonaws.com", "eu-west-1", undefined],
  ["https://vpc-logs-abc.cn-north-1.es.amazonaws.com.cn/x", "cn-north-1", undefined],
  ["https://07tjusf2h9.us-east-1.aoss.amazonaws.com", "us-east-1", "07tjusf2h9"],
  ["https://07tjusf2h9.us-east-1.aoss.amazonaws.com.example.com", undefined, undefined],
  ["https://a.b.us-east-1.aoss.amazonaws.com", "us-east-1", undefined],
  ["https://search.example.com:9200", undefined, undefined],
  ["nothing", undefined, undefined],
])("%s is of the region %s, and the collection %s", (url, region, id) => {
  expect(regionOfHost(url)).toBe(region);
  expect(collectionOf(url)).toEqual(id === undefined ? undefined : { id, region });
});

describe("whatever a cluster answers", () => {
  const status = fc.oneof(fc.constantFrom(200, 207, 400, 401, 403, 413, 429, 503), fc.nat(999));
  const item = fc.oneof(
    fc.record({ index: fc.record({ status: fc.oneof(status, fc.string()), error: fc.json() }) }),
    fc.dictionary(fc.string(), fc.anything()),
    fc.anything(),
  );
  const body = fc.oneof(fc.record({ items: fc.array(item, { maxLength: 3 }) }), fc.anything());

  test("it comes to one outcome for each document, or to one for all", () => {
    fc.assert(
      fc.property(status, body, fc.nat(3), (code, said, count) => {
        const text = JSON.stringify(said, (_, value: unknown) =>
          typeof value === "bigint" ? String(value) : value,
        );
        const headers = { "retry-after": String(count) };
        const bytes = Buffer.from(text ?? "");
        const judged = judge({ kind: "answer", status: code, headers, body: bytes }, count, "OS");
        if (judged.kind === "each") expect(judged.records.length).toBe(count);
        else expect(judged.error.errorCode).toMatch(/^OS\.[A-Za-z]+$/);
      }),
    );
  });

  test("what is told in a sentence of its own quotes no document", () => {
    const reason = { type: "mapper_parsing_exception", reason: "hunter2" };
    const items = [429, 400].map((code) => ({ index: { status: code, error: reason } }));
    const bytes = Buffer.from(JSON.stringify({ errors: true, items }));
    const judged = judge({ kind: "answer", status: 200, headers: {}, body: bytes }, 2, "OS");
    expect(judged).toEqual({
      kind: "each",
      records: [
        {
          kind: "retry",
          error: {
            errorCode: "429",
            errorMessage: "The cluster answered 429 mapper_parsing_exception for a document.",
          },
        },
        {
          kind: "failed",
          error: {
            errorCode: "400",
            errorMessage: expect.stringMatching(
              /^The cluster answered 400 mapper_parsing_exception\. .*hunter2/,
            ),
          },
        },
      ],
    });
  });
});
