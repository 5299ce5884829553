/** Flushes into Snowflake: its interface is a twin in memory, all before it is the real thing. */
import { describe, expect, test } from "vitest";
import type { DeliverPorts } from "../../../../../src/delivery/deliver.ts";
import { DELIVERY_READER } from "../../../../../src/delivery/delivery-stream.ts";
import type { ReceiverPorts } from "../../../../../src/delivery/destinations/receivers/ports.ts";
import { SNOWFLAKE_BATCH_MAX_COUNT } from "../../../../../src/limits.ts";
import { openReceiver } from "../../../../../src/delivery/destinations/receivers/registry.ts";
import type { SnowflakeSettings } from "../../../../../src/delivery/destinations/snowflake/settings.ts";
import {
  ACCOUNT_URL,
  newKeyPair,
  snowflakeApi,
  type SnowflakeApiOptions,
} from "../../../../helpers/receivers/snowflake-api.ts";
import { deliverWorld } from "../../deliver-world.ts";

const SETTINGS: SnowflakeSettings = {
  kind: "snowflake",
  place: `${ACCOUNT_URL} DB.PUBLIC.CLICKS`,
  roleArn: "arn:aws:iam::000000000000:role/hydrant",
  retrySeconds: 60,
  accountUrl: ACCOUNT_URL,
  user: "loader",
  database: "DB",
  schema: "PUBLIC",
  table: "CLICKS",
  loading: { kind: "json" },
};

const RUN_MS = 900_000;
const PAIR = newKeyPair();

interface WorldOptions extends Partial<SnowflakeApiOptions> {
  readonly settings?: Partial<SnowflakeSettings>;
  readonly receiverSecrets?: Readonly<Record<string, string>>;
  readonly secretText?: string;
  /** What it holds by now. */
  readonly anewText?: string;
}

async function world({
  settings = {},
  receiverSecrets = { PrivateKey: PAIR.privateKey },
  secretText,
  anewText = secretText,
  ...options
}: WorldOptions = {}) {
  const made = await deliverWorld({ receiver: { ...SETTINGS, ...settings } });
  const api = snowflakeApi({ publicKey: PAIR.publicKey, ...options });
  const receivers: ReceiverPorts = {
    http: api.http,
    secrets: {
      read: async (_, { isAnew = false } = {}) =>
        secretText === undefined || anewText === undefined
          ? { kind: "refused", error: { errorCode: "SecretsManager.X", errorMessage: "no" } }
          : { kind: "secret", text: isAnew ? anewText : secretText },
    },
    open: (making) => openReceiver({ ...making, secrets: receiverSecrets }),
  };
  const checkpoint = async () =>
    (await made.readers.get(made.shard, DELIVERY_READER))?.checkpoint.blockIndex;
  const run = async (isRepeated = false, change: Partial<DeliverPorts> = {}) => {
    const blockIndex = (await checkpoint()) ?? 0;
    const deadlineMs = made.clock.now() + RUN_MS;
    return made.run({ receivers, ...change }, { isRepeated, deadlineMs, blockIndex });
  };
  return {
    ...made,
    api,
    run,
    checkpoint,
    async settle() {
      let result = await run();
      for (let count = 0; result.kind === "retry" && count < 50; count += 1) {
        await made.clock.sleep(121_000);
        result = await run(true);
      }
      return result;
    },
    failed: () =>
      made.contents().flatMap(({ text }) =>
        text
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line) as Record<string, unknown>),
      ),
  };
}

const row = (id: number) => JSON.stringify({ id });
const rawOf = (line: Record<string, unknown>) =>
  Buffer.from(String(line["rawData"]), "base64").toString();

describe("a flush for Snowflake", () => {
  test("comes through a channel of its lane, and is done once it is committed", async () => {
    const { put, run, api, flushes, checkpoint, contents } = await world({ commitLooks: 3 });
    await put(row(1), '{\n "id": 12345678901234567890,\n "s": "a\\nb" }\n');
    expect(await run()).toEqual({ kind: "done" });
    expect(api.table.map(blanks)).toEqual([row(1), '{ "id": 12345678901234567890, "s": "a\\nb" }']);
    expect(api.calls).toEqual(["hostname", "token", "open", "append", ...looks(4)]);
    expect(await checkpoint()).toBe(1);
    expect(contents()).toEqual([]);
    expect(flushes).toMatchObject([{ receiver: "snowflake", deliveredCount: 2, failedCount: 0 }]);
    const [[name, channel] = []] = [...api.channels];
    expect(name).toMatch(/^hydrant-access-logs-0-[0-9a-f-]{36}$/);
    expect(channel!.committed).toBe("0000000000000000-00000000");
  });

  test.each([
    ["an append, which had its effect", "append", true],
    ["an append, which had none", "append", false],
    ["a look", "status", true],
    ["opening", "open", true],
    ["the host", "hostname", false],
    ["the token", "token", true],
  ] as const)("is in the table once when the answer to %s is lost", async (_, kind, after) => {
    const { put, settle, run, api, checkpoint } = await world();
    await put(row(1));
    await put(row(2));
    api.fault(kind, { kind: "lost", after });
    expect((await run()).kind).toBe("retry");
    expect(await checkpoint()).toBe(0);
    // What was appended before may be committed meanwhile, or be dropped when the channel is opened anew.
    if (kind === "append") api.commitAll();
    expect(await settle()).toEqual({ kind: "done" });
    expect(api.table).toEqual([row(1), row(2)]);
  });

  test("is in the table once when the run died behind the commit, and nothing overtakes it", async () => {
    const { put, run, settle, clock, api, readers } = await world();
    await put(row(1));
    const savePlan: typeof readers.savePlan = () => Promise.reject(new Error("killed"));
    const advance: typeof readers.advance = () => Promise.reject(new Error("killed"));
    await run(false, { readers: { ...readers, advance } }).catch(() => undefined);
    expect(api.table).toEqual([row(1)]);
    await clock.sleep(60_000);
    await run(true, { readers: { ...readers, savePlan } }).catch(() => undefined);
    await clock.sleep(60_000);
    await put(row(2));
    await settle();
    await settle();
    expect(api.table).toEqual([row(1), row(2)]);
  });

  test("waits behind what is not committed in time, and comes through a channel that is opened anew", async () => {
    const { put, run, settle, api } = await world({ commitLooks: 100 });
    await put(row(1));
    expect((await run()).kind).toBe("retry");
    expect(api.table).toEqual([]);
    expect(await settle()).toEqual({ kind: "done" });
    expect(api.table).toEqual([row(1)]);
  });

  test("lets no batch overtake one that was refused", async () => {
    const { put, run, settle, api } = await world();
    const rows = Array.from({ length: SNOWFLAKE_BATCH_MAX_COUNT + 1 }, (_, id) => row(id));
    await put(...rows);
    api.fault("append", { kind: "answer", status: 503 });
    expect((await run()).kind).toBe("retry");
    expect(api.calls.filter((kind) => kind === "append")).toHaveLength(1);
    expect(await settle()).toEqual({ kind: "done" });
    expect(api.table).toEqual(rows);
  });

  test("is tried again where somebody else has opened the channel", async () => {
    const { put, settle, api } = await world();
    await put(row(1));
    const body = { code: "STALE_CONTINUATION_TOKEN_SEQUENCER" };
    api.fault("append", { kind: "answer", status: 400, body });
    expect(await settle()).toEqual({ kind: "done" });
    expect(api.table).toEqual([row(1)]);
  });

  test.each([500, 503, 429])("is tried again after a %i, then kept for people", async (status) => {
    const { put, settle, api, failed, checkpoint } = await world();
    await put(row(1));
    const faults = Array.from({ length: 60 }, () => ({ kind: "answer", status }) as const);
    api.fault("append", ...faults);
    expect(await settle()).toEqual({ kind: "done" });
    expect(failed().map(rawOf)).toEqual([row(1)]);
    expect(failed()[0]).toMatchObject({ errorCode: `Snowflake.HTTP${status}` });
    expect(await checkpoint()).toBe(1);
    expect(api.calls.filter((kind) => kind === "append").length).toBeGreaterThan(2);
  });

  test.each([
    ["open", 404, "Snowflake.NotFound"],
    ["open", 403, "Snowflake.AccessDenied"],
    ["append", 400, "Snowflake.InvalidRequest"],
  ] as const)("fails at once when %s answers %i", async (kind, status, errorCode) => {
    const { put, run, api, failed } = await world();
    await put(row(1));
    api.fault(kind, { kind: "answer", status });
    expect(await run()).toEqual({ kind: "done" });
    expect(failed()).toMatchObject([{ errorCode, attemptsMade: 1 }]);
    expect(api.table).toEqual([]);
  });

  test("tells of the whole batch where rows were left out, and of no other", async () => {
    const { put, run, failed, api } = await world({ isLeftOut: (text) => text === row(2) });
    await put(row(1), row(2));
    await run();
    await put(row(3));
    await run();
    expect(api.table).toEqual([row(1), row(3)]);
    expect(failed().map(rawOf)).toEqual([row(1), row(2)]);
    expect(failed()[0]).toMatchObject({ errorCode: "Snowflake.InvalidColumns" });
  });

  test("keeps records that are no objects for people", async () => {
    const { put, run, failed, api } = await world();
    await put("[1]", row(1), "no json");
    await run();
    expect(api.table).toEqual([row(1)]);
    expect(failed().map(rawOf)).toEqual(["[1]", "no json"]);
  });

  test("has records in a column, and what is known of them in another one", async () => {
    const loading = { kind: "variant", contentColumn: "BODY", metadataColumn: "ABOUT" } as const;
    const { put, run, api } = await world({ settings: { loading } });
    await put("[1]", "no json");
    await run();
    const about = {
      firehoseDeliveryStreamName: "access-logs",
      IngestionTime: "2026-11-23T10:11:12.000Z",
    };
    expect(api.table.map((text) => JSON.parse(text) as unknown)).toEqual([
      { BODY: [1], ABOUT: about },
      { BODY: "no json", ABOUT: about },
    ]);
  });

  test("outlasts a token that is revoked, and an account that is away", async () => {
    const { put, run, settle, clock, api } = await world();
    await put(row(1));
    api.away(true);
    expect((await run()).kind).toBe("retry");
    await clock.sleep(10_000);
    api.away(false);
    api.fault("open", { kind: "answer", status: 401 });
    expect(await settle()).toEqual({ kind: "done" });
    expect(api.table).toEqual([row(1)]);
  });

  test("enters by an encrypted key of a secret, in a role", async () => {
    const pair = newKeyPair("open sesame");
    const { put, run, api } = await world({
      settings: { secret: { arn: "arn:secret" }, snowflakeRole: "LOADING" },
      receiverSecrets: {},
      publicKey: pair.publicKey,
      secretText: JSON.stringify({
        user: "loader",
        private_key: `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${pair.privateKey}\n-----END ENCRYPTED PRIVATE KEY-----`,
        key_passphrase: "open sesame",
      }),
    });
    await put(row(1));
    expect(await run()).toEqual({ kind: "done" });
    expect(api.table).toEqual([row(1)]);
    expect(api.scopes).toEqual(["session:role:LOADING acme_prod.ingest.snowflakecomputing.com"]);
  });

  test("reads a secret anew whose key Snowflake does not know any more", async () => {
    const secretOf = ({ privateKey }: { readonly privateKey: string }) =>
      JSON.stringify({ user: "loader", private_key: privateKey });
    const { put, run, api } = await world({
      settings: { secret: { arn: "arn:secret" } },
      receiverSecrets: {},
      secretText: secretOf(newKeyPair()),
      anewText: secretOf(PAIR),
    });
    await put(row(1));
    expect(await run()).toEqual({ kind: "done" });
    expect(api.table).toEqual([row(1)]);
  });

  test("waits for a secret that cannot be read", async () => {
    const { put, run, api } = await world({ settings: { secret: { arn: "arn:secret" } } });
    await put(row(1));
    expect((await run()).kind).toBe("retry");
    expect(api.calls).toEqual([]);
  });

  test("fails with a key that Snowflake does not know, and tells nothing of it", async () => {
    const other = newKeyPair();
    const { put, run, failed } = await world({ receiverSecrets: { PrivateKey: other.privateKey } });
    await put(row(1));
    await run();
    expect(failed()).toMatchObject([{ errorCode: "Snowflake.AuthenticationFailed" }]);
    expect(JSON.stringify(failed())).not.toContain(other.privateKey.slice(100, 140));
  });
});

function looks(count: number): readonly "status"[] {
  return Array.from({ length: count }, () => "status");
}

function blanks(text: string): string {
  return text.replaceAll(/ +/g, " ");
}
