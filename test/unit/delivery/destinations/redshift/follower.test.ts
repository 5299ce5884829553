import { describe, expect, test } from "vitest";
import type { RedshiftSettings } from "../../../../../src/delivery/destinations/redshift/settings.ts";
import { DELIVERY_READER } from "../../../../../src/delivery/delivery-stream.ts";
import { answering, ok } from "../../deliver-world.ts";
import { TRANSFORM } from "../../delivery-ports.ts";
import { redshiftWorld } from "./redshift-world.ts";

const POSITIONS = "hydrant_positions_access-logs";

describe("a flush for Redshift", () => {
  test("stands in the bucket, is copied by a manifest of exactly that, and noted in the same transaction", async () => {
    const { put, run, twin, lines, contents, shard, readers, flushes } = await redshiftWorld();
    await put("a", "b");
    await put("c");
    expect(await run()).toEqual({ kind: "done" });
    expect(lines()).toEqual(["a", "b", "c"]);
    expect(twin.rows(POSITIONS)).toHaveLength(1);
    const [object, manifest, ...others] = contents();
    expect(others).toEqual([]);
    expect(manifest!.key).toMatch(
      /^raw\/manifests\/2026\/11\/23\/10\/access-logs-2026-11-23-10-11-12-[-0-9a-f]{36}$/,
    );
    expect(JSON.parse(manifest!.text)).toEqual({
      entries: [{ url: `s3://logs/${object!.key}`, mandatory: true }],
    });
    expect((await readers.get(shard, DELIVERY_READER))?.checkpoint.blockIndex).toBe(2);
    expect(flushes).toMatchObject([{ receiver: "redshift", deliveredCount: 3, isFailed: false }]);
  });

  test("makes the table of positions once", async () => {
    const { put, run, twin } = await redshiftWorld();
    await put("a");
    await run();
    await put("b");
    await run();
    expect(twin.statements().map(({ sqls }) => sqls[0]!.split(" ")[0])).toEqual([
      "LOCK",
      "CREATE",
      "LOCK",
      "LOCK",
    ]);
    expect(twin.rows(POSITIONS)).toHaveLength(2);
  });

  test("of gzip is copied as that", async () => {
    const { put, run, lines } = await redshiftWorld({ compression: "GZIP" });
    await put("a", "b");
    await run();
    expect(lines()).toEqual(["a", "b"]);
  });

  test.each<[Partial<RedshiftSettings>, object]>([
    [{}, { ClusterIdentifier: "work", Database: "dev", DbUser: "loader" }],
    [
      {
        warehouse: { kind: "workgroup", name: "w", region: "eu-west-1", accountId: "1" },
      },
      { WorkgroupName: "w", Database: "dev", DbUser: "loader" },
    ],
    [
      { secret: { arn: "arn:secret", roleArn: "arn:other" } },
      { ClusterIdentifier: "work", Database: "dev", SecretArn: "arn:secret" },
    ],
  ])("of %j is handed over to it, signed, under the role", async (over, members) => {
    const { put, run, twin } = await redshiftWorld(over);
    await put("a");
    await run();
    const { input, request } = twin.requests[0]!;
    const { Sqls: _sqls, ClientToken: _token, ...rest } = input;
    expect(rest).toEqual(members);
    expect(request).toMatchObject({
      url: "https://redshift-data.eu-west-1.amazonaws.com/",
      headers: { "x-amz-target": "RedshiftData.BatchExecuteStatement" },
      signing: {
        service: "redshift-data",
        region: "eu-west-1",
        roleArn: "secret" in over ? "arn:other" : "arn:aws:iam::123456789012:role/firehose",
      },
    });
  });

  test("without what failed in the stages copies the rest, and nothing at all where all did", async () => {
    const verdict = (text: string) =>
      text === "bad" ? { result: "ProcessingFailed", data: "" } : ok(text);
    const { put, run, twin, lines, contents } = await redshiftWorld({}, answering(verdict), {
      transform: TRANSFORM,
    });
    await put("a", "bad", "b");
    await run();
    expect(lines()).toEqual(["a", "b"]);
    const before = twin.requests.length;
    await put("bad");
    await run();
    expect(twin.requests).toHaveLength(before);
    expect(contents().filter(({ key }) => key.includes("processing-failed"))).toHaveLength(2);
  });
});

describe("is copied once", () => {
  test.each([
    ["was handed over", "submit", ["answer lost"]],
    ["was handed over, twice", "submit", ["answer lost", "answer lost"]],
    ["was carried out", "describe", ["answer lost"]],
    ["was carried out and forgotten", "describe", ["forgotten"]],
    ["is carried out slowly", "describe", Array.from({ length: 20 }, () => "running" as const)],
    ["did not come through", "submit", ["cut"]],
    ["was throttled", "submit", ["throttled", "throttled"]],
    ["found the service unwell", "describe", ["unavailable", "unreadable", "throttled"]],
  ] as const)("when what %s", async (_, of, faults) => {
    const { put, runAll, twin, lines } = await redshiftWorld();
    twin.fail(of, ...faults);
    await put("a", "b");
    await runAll();
    expect(lines()).toEqual(["a", "b"]);
    expect(twin.rows(POSITIONS)).toHaveLength(1);
  });

  test.each([1, 2, 3, 4, 5, 6])("when a run died before its save number %d", async (deadly) => {
    const { put, run, runAll, twin, lines, readers, clock } = await redshiftWorld();
    await put("a", "b");
    let saves = 0;
    const savePlan: typeof readers.savePlan = async (lease, plan, order) => {
      saves += 1;
      return saves >= deadly
        ? Promise.reject(new Error("killed"))
        : readers.savePlan(lease, plan, order);
    };
    await run({ readers: { ...readers, savePlan } });
    await clock.sleep(60_000);
    await runAll();
    expect(lines()).toEqual(["a", "b"]);
    expect(twin.rows(POSITIONS)).toHaveLength(1);
  });

  test("when the statement of a run that was thought dead comes late", async () => {
    const { put, run, twin, lines } = await redshiftWorld();
    await put("a");
    await run();
    const { input } = twin.requests.findLast(
      ({ operation }) => operation === "BatchExecuteStatement",
    )!;
    const late = { ...input, ClientToken: "of another attempt" };
    const headers = { "x-amz-target": "RedshiftData.BatchExecuteStatement" };
    const body = Buffer.from(JSON.stringify(late));
    const common = { method: "POST", url: "", headers, timeoutMs: 1, maxBytes: 1 } as const;
    await twin.send({ ...common, body });
    const id = twin.statements().at(-1)!.id;
    await twin.send({
      ...common,
      headers: { "x-amz-target": "RedshiftData.DescribeStatement" },
      body: Buffer.from(JSON.stringify({ Id: id })),
    });
    expect(twin.statements().at(-1)!.status).toBe("FAILED");
    expect(lines()).toEqual(["a"]);
  });
});

describe("a COPY that fails", () => {
  test("is tried again every five minutes, as another statement, and told of without records", async () => {
    const { put, runAll, twin, lines, errorLog } = await redshiftWorld({}, undefined, {
      errorLog: { isEnabled: true, groupName: "group", streamName: "stream" },
    });
    twin.copyFailures.push("ERROR: Load into table 'logs' failed: \"a\"", "ERROR: Disk Full");
    await put("a");
    const { tookMs } = await runAll();
    expect(tookMs).toBe(600_000);
    expect(lines()).toEqual(["a"]);
    expect(new Set(twin.statements().map(({ token }) => token)).size).toBe(
      twin.statements().length,
    );
    const events = errorLog.events.map(
      ({ text }) => JSON.parse(text) as Readonly<Record<string, string>>,
    );
    expect(events.map((event) => event["errorCode"])).toEqual([
      "Redshift.DataLoadFailed",
      "Redshift.DiskFull",
    ]);
    expect(events[0]!["message"]).not.toContain('"a"');
  });

  test("that was aborted is tried again", async () => {
    const { put, run, runAll, twin, lines, clock } = await redshiftWorld();
    twin.fail("describe", ...Array.from({ length: 30 }, () => "running" as const));
    await put("a");
    expect(await run()).toMatchObject({ kind: "retry" });
    twin.abort();
    await clock.sleep(10_000);
    await runAll();
    expect(lines()).toEqual(["a"]);
  });

  test("for as long as it may is given up, with a manifest for whoever copies it later", async () => {
    const { put, runAll, twin, lines, contents, shard, readers } = await redshiftWorld({
      retrySeconds: 700,
    });
    twin.copyFailures.push(
      ...Array.from({ length: 9 }, () => 'ERROR: relation "logs" does not exist'),
    );
    await put("a");
    const { tookMs } = await runAll();
    expect(tookMs).toBe(700_000);
    expect(lines()).toEqual([]);
    const [object, manifest, errors] = contents();
    expect(errors!.key).toMatch(/^raw\/errors\/manifests\/2026\/11\/23\/10\/access-logs-/);
    expect(errors!.text).toBe(manifest!.text);
    expect(errors!.text).toContain(object!.key);
    expect((await readers.get(shard, DELIVERY_READER))?.checkpoint.blockIndex).toBe(1);
  });

  test("is tried once where the duration is zero", async () => {
    const { put, runAll, twin, contents } = await redshiftWorld({ retrySeconds: 0 });
    twin.copyFailures.push("ERROR: Disk Full");
    await put("a");
    await runAll();
    expect(contents().some(({ key }) => key.startsWith("raw/errors/manifests/"))).toBe(true);
  });

  test("later than its retry duration is not tried again", async () => {
    const { put, run, runAll, twin, clock, contents } = await redshiftWorld({ retrySeconds: 60 });
    twin.fail("describe", ...Array.from({ length: 6 }, () => "running" as const));
    twin.copyFailures.push("ERROR: Disk Full");
    await put("a");
    await run();
    await clock.sleep(61_000);
    await runAll();
    expect(contents().some(({ key }) => key.startsWith("raw/errors/manifests/"))).toBe(true);
  });

  test("is handed over again soon where the Data API only has too much to do", async () => {
    const { put, runAll, twin } = await redshiftWorld();
    twin.fail("submit", "throttled");
    await put("a");
    expect((await runAll()).tookMs).toBe(30_000);
  });

  test("of a role that may not stays at five minutes", async () => {
    const { put, runAll, twin } = await redshiftWorld();
    twin.fail("submit", "denied");
    await put("a");
    expect((await runAll()).tookMs).toBe(300_000);
  });
});
