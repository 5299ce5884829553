import { describe, expect, it } from "vitest";
import {
  ENCRYPTION_CALLS_MAX_COUNT,
  ENCRYPTION_CALLS_WINDOW_MS,
  KEY_REFUSAL_MAX_AGE_MS,
  STREAM_CACHE_MAX_AGE_MS,
} from "../../../../src/limits.ts";
import { laneKey } from "../../../../src/delivery/delivery-stream.ts";
import {
  type Answer,
  createRequest,
  harness,
  invalidArgument,
  notFound,
  ACCOUNT_ID,
} from "./harness.ts";

const KEY = `arn:aws:kms:eu-west-1:${ACCOUNT_ID}:key/one`;
const OTHER_KEY = `arn:aws:kms:eu-west-1:${ACCOUNT_ID}:key/two`;
const NAME = { DeliveryStreamName: "access-logs" };
const customer = (KeyARN: string) => ({
  DeliveryStreamEncryptionConfigurationInput: { KeyType: "CUSTOMER_MANAGED_CMK", KeyARN },
});
const ONLY_DIRECT_PUT = invalidArgument(
  "Server side encryption from firehose is only allowed for direct put delivery streams and database as a source delivery streams",
);

async function setUp(members: object = {}) {
  const world = harness();
  const { call } = world;
  await call("CreateDeliveryStream", createRequest({}, members));
  const describeStream = async () =>
    (await call("DescribeDeliveryStream", NAME)).value.DeliveryStreamDescription;
  return {
    ...world,
    start: (input: object = {}) => call("StartDeliveryStreamEncryption", { ...NAME, ...input }),
    stop: () => call("StopDeliveryStreamEncryption", NAME),
    put: (): Promise<Answer> => call("PutRecord", { ...NAME, Record: { Data: "YQ==" } }),
    describeStream,
    encryption: async () => (await describeStream()).DeliveryStreamEncryptionConfiguration,
    /** Of the blocks that stand, whether each is sealed. */
    async sealed() {
      const stream = (await world.deliveryStreams.get("access-logs"))!;
      const found: boolean[] = [];
      for await (const entry of world.log.read({ shard: laneKey(stream, 0), from: 0, to: 100 })) {
        found.push(entry.kind === "data" && entry.envelope !== undefined);
      }
      return found;
    },
  };
}

describe("StartDeliveryStreamEncryption", () => {
  it("encrypts what is put from then on, and is ENABLED once no process can know otherwise", async () => {
    const { start, put, encryption, sealed, advance } = await setUp();
    expect(await encryption()).toEqual({ Status: "DISABLED" });
    expect((await put()).value.Encrypted).toBe(false);
    expect(await start()).toEqual({ value: {} });
    expect(await encryption()).toEqual({ Status: "ENABLING", KeyType: "AWS_OWNED_CMK" });
    expect((await put()).value.Encrypted).toBe(true);
    expect(await sealed()).toEqual([false, true]);
    advance(STREAM_CACHE_MAX_AGE_MS - 1);
    expect(await encryption()).toMatchObject({ Status: "ENABLING" });
    advance(1);
    expect(await encryption()).toEqual({ Status: "ENABLED", KeyType: "AWS_OWNED_CMK" });
  });

  it("changes the key of a stream that is encrypted, and leaves it when the new one is refused", async () => {
    const { keys, start, put, encryption, advance } = await setUp();
    await start(customer(KEY));
    advance(STREAM_CACHE_MAX_AGE_MS);
    expect(await encryption()).toEqual({
      Status: "ENABLED",
      KeyType: "CUSTOMER_MANAGED_CMK",
      KeyARN: KEY,
    });
    keys.refuse(OTHER_KEY, "DisabledException");
    expect(await start(customer(OTHER_KEY))).toEqual({ value: {} });
    expect(await encryption()).toEqual({
      Status: "ENABLING_FAILED",
      KeyType: "CUSTOMER_MANAGED_CMK",
      KeyARN: KEY,
      FailureDescription: { Type: "DISABLED_KMS_KEY", Details: `${OTHER_KEY} is refused` },
    });
    expect((await put()).value.Encrypted).toBe(true);
    keys.refuse(OTHER_KEY);
    await start(customer(OTHER_KEY));
    expect(await encryption()).toMatchObject({ Status: "ENABLING", KeyARN: OTHER_KEY });
  });

  it.each([
    ["AccessDeniedException", "KMS_ACCESS_DENIED"],
    ["DisabledException", "DISABLED_KMS_KEY"],
    ["InvalidKeyUsageException", "INVALID_KMS_KEY"],
    ["KMSInvalidStateException", "INVALID_KMS_KEY"],
    ["NotFoundException", "KMS_KEY_NOT_FOUND"],
    ["OptInRequired", "KMS_OPT_IN_REQUIRED"],
  ] as const)("tells of a key that KMS refuses by %s: %s", async (reason, Type) => {
    const { keys, start, put, encryption } = await setUp();
    keys.refuse(KEY, reason);
    await start(customer(KEY));
    expect(await encryption()).toMatchObject({
      Status: "ENABLING_FAILED",
      KeyARN: KEY,
      FailureDescription: { Type },
    });
    expect((await put()).value.Encrypted).toBe(false);
  });

  it.each([
    [
      { KeyType: "CUSTOMER_MANAGED_CMK" },
      "KeyARN has to be specified when KeyType is CUSTOMER_MANAGED_CMK",
    ],
    [
      { KeyType: "AWS_OWNED_CMK", KeyARN: KEY },
      "KeyARN cannot be specified when KeyType is AWS_OWNED_CMK",
    ],
    [
      { KeyType: "CUSTOMER_MANAGED_CMK", KeyARN: KEY.replace("eu-west-1", "us-east-1") },
      "Cross-region keys are not allowed for SSE. Please provide CMKs in the same region as firehose",
    ],
  ])("refuses %j", async (DeliveryStreamEncryptionConfigurationInput, message) => {
    const { start } = await setUp();
    expect(await start({ DeliveryStreamEncryptionConfigurationInput })).toEqual(
      invalidArgument(message),
    );
  });

  it("refuses a 26th start or stop within a day", async () => {
    const { start, stop, encryption, advance } = await setUp();
    for (let i = 1; i < ENCRYPTION_CALLS_MAX_COUNT; i++) {
      expect(await (i % 2 === 0 ? stop() : start())).toEqual({ value: {} });
      advance(1000);
    }
    await start();
    const refused = {
      error: {
        name: "LimitExceededException",
        message:
          "The encryption of firehose access-logs was started or stopped 25 times within 24 hours",
      },
    };
    expect(await start()).toEqual(refused);
    expect(await stop()).toEqual(refused);
    expect(await encryption()).toMatchObject({ Status: "ENABLING" });
    advance(ENCRYPTION_CALLS_WINDOW_MS - 24_000);
    expect(await stop()).toEqual({ value: {} });
    expect(await stop()).toEqual(refused);
  });
});

describe("StopDeliveryStreamEncryption", () => {
  it("stores what is put from then on as it is", async () => {
    const { stop, put, encryption, sealed, advance } = await setUp(customer(KEY));
    await put();
    expect(await stop()).toEqual({ value: {} });
    expect(await encryption()).toEqual({ Status: "DISABLING" });
    expect((await put()).value.Encrypted).toBe(false);
    expect(await sealed()).toEqual([true, false]);
    advance(STREAM_CACHE_MAX_AGE_MS);
    expect(await encryption()).toEqual({ Status: "DISABLED" });
  });

  it("fails while the key cannot be used, for what waits under it could not be delivered", async () => {
    const { keys, start, stop, put, encryption, sealed, advance } = await setUp(customer(KEY));
    await put();
    keys.refuse(KEY, "DisabledException");
    expect(await stop()).toEqual({ value: {} });
    expect(await encryption()).toEqual({
      Status: "DISABLING_FAILED",
      KeyType: "CUSTOMER_MANAGED_CMK",
      KeyARN: KEY,
      FailureDescription: { Type: "DISABLED_KMS_KEY", Details: `${KEY} is refused` },
    });
    expect((await put()).error?.name).toBe("InvalidKMSResourceException");
    keys.refuse(KEY);
    advance(KEY_REFUSAL_MAX_AGE_MS);
    expect((await put()).value.Encrypted).toBe(true);
    expect(await sealed()).toEqual([true, true]);
    await stop();
    expect(await encryption()).toEqual({ Status: "DISABLING" });
    await start();
    expect(await encryption()).toEqual({ Status: "ENABLING", KeyType: "AWS_OWNED_CMK" });
  });

  it("can be begun with another key where the present one is gone for good", async () => {
    const { keys, start, stop, encryption } = await setUp(customer(KEY));
    keys.refuse(KEY, "NotFoundException");
    await start(customer(OTHER_KEY));
    await stop();
    expect(await encryption()).toEqual({ Status: "DISABLING" });
  });
});

describe("both", () => {
  it.each(["StartDeliveryStreamEncryption", "StopDeliveryStreamEncryption"])(
    "%s does not find a stream that is not there, and refuses one with a source",
    async (operation) => {
      const { call } = harness();
      expect(await call(operation, NAME)).toEqual(notFound("access-logs"));
      const withSource = await setUp();
      const stream = (await withSource.deliveryStreams.get("access-logs"))!;
      const source = { streamName: "s", streamGeneration: "g", roleArn: "r", startedAtMs: 0 };
      await withSource.deliveryStreams.update(stream, { ...stream, source });
      expect(await withSource.call(operation, NAME)).toEqual(ONLY_DIRECT_PUT);
    },
  );
});

describe("a stream that is created encrypted", () => {
  it("is so from its first record on", async () => {
    const { put, encryption, sealed } = await setUp(customer(KEY));
    expect(await encryption()).toEqual({
      Status: "ENABLED",
      KeyType: "CUSTOMER_MANAGED_CMK",
      KeyARN: KEY,
    });
    expect((await put()).value.Encrypted).toBe(true);
    expect(await sealed()).toEqual([true]);
  });

  it("fails with a key that is refused, keeps its name, and can only be deleted", async () => {
    const { call, keys, context, describeStream, deliveryStreams } = await setUp();
    await call("DeleteDeliveryStream", NAME);
    keys.refuse(KEY, "NotFoundException");
    const create = () => call("CreateDeliveryStream", createRequest({}, customer(KEY)));
    expect((await create()).value.DeliveryStreamARN).toMatch(/access-logs$/);
    const failure = { Type: "KMS_KEY_NOT_FOUND", Details: `${KEY} is refused` };
    expect(await describeStream()).toMatchObject({
      DeliveryStreamStatus: "CREATING_FAILED",
      FailureDescription: failure,
      DeliveryStreamEncryptionConfiguration: {
        Status: "ENABLING_FAILED",
        KeyARN: KEY,
        FailureDescription: failure,
      },
    });
    context.streamCache.forget("access-logs");
    expect(await call("PutRecord", { ...NAME, Record: { Data: "YQ==" } })).toEqual(
      notFound("access-logs"),
    );
    for (const refused of [
      await create(),
      await call("StartDeliveryStreamEncryption", NAME),
      await call("TagDeliveryStream", { ...NAME, Tags: [{ Key: "k" }] }),
    ]) {
      expect(refused.error?.name).toBe("ResourceInUseException");
    }
    expect(await call("DeleteDeliveryStream", NAME)).toEqual({ value: {} });
    expect(await deliveryStreams.get("access-logs")).toBeUndefined();
  });
});

describe("puts to a stream whose key cannot be used", () => {
  it.each(["PutRecord", "PutRecordBatch"])(
    "%s is refused, and stores nothing",
    async (operation) => {
      const { call, keys, sealed, advance } = await setUp(customer(KEY));
      keys.refuse(KEY, "AccessDeniedException");
      advance(24 * 3_600_000);
      const data = { Data: "YQ==" };
      const request =
        operation === "PutRecord" ? { ...NAME, Record: data } : { ...NAME, Records: [data] };
      expect(await call(operation, request)).toEqual({
        error: {
          name: "InvalidKMSResourceException",
          message:
            "The grant for the CMK to this delivery stream might have been revoked or caller might not have sufficient permissions for the CMK.",
        },
      });
      expect(await sealed()).toEqual([]);
      keys.refuse(KEY);
      advance(KEY_REFUSAL_MAX_AGE_MS);
      expect((await call(operation, request)).value.Encrypted).toBe(true);
    },
  );

  it("are refused in KMS's own words for other reasons", async () => {
    const { put, keys, advance } = await setUp(customer(KEY));
    keys.refuse(KEY, "DisabledException");
    advance(24 * 3_600_000);
    expect((await put()).error).toEqual({
      name: "InvalidKMSResourceException",
      message: `${KEY} is refused`,
    });
  });
});
