import { describe, expect, it } from "vitest";
import {
  ACCOUNT_ID,
  type Answer,
  arnOf,
  harness,
  invalidArgument,
  inUse,
  notFound,
  NOW_MS,
  TRANSITION_MS,
} from "./harness.ts";

const StreamARN = arnOf("clicks");
const CREATED_SECONDS = Math.floor((NOW_MS + TRANSITION_MS) / 1000);
const consumerArn = (name: string, seconds = CREATED_SECONDS) =>
  `${StreamARN}/consumer/${name}:${seconds}`;
const unknown = (shown: string): Answer => ({
  error: {
    name: "ResourceNotFoundException",
    message: `Consumer ${shown}, account ${ACCOUNT_ID} not found.`,
  },
});

async function stream() {
  const made = harness();
  await made.create("clicks", { ShardCount: 1 });
  const register = (ConsumerName: string, members: object = {}) =>
    made.call("RegisterStreamConsumer", { StreamARN, ConsumerName, ...members });
  return {
    ...made,
    register,
    async registered(count: number) {
      for (let i = 0; i < count; i++) {
        expect(await register(`app-${String(i).padStart(2, "0")}`)).not.toHaveProperty("error");
        made.advance(TRANSITION_MS);
      }
    },
  };
}

describe("RegisterStreamConsumer", () => {
  it("answers a consumer that is CREATING, and a moment later is ACTIVE", async () => {
    const { register, call, advance } = await stream();
    const consumer = {
      ConsumerName: "app",
      ConsumerARN: consumerArn("app"),
      ConsumerStatus: "CREATING",
      ConsumerCreationTimestamp: (NOW_MS + TRANSITION_MS) / 1000,
    };
    expect(await register("app", { Tags: { team: "a" } })).toEqual({
      value: { Consumer: consumer },
    });
    advance(TRANSITION_MS);
    expect(await call("DescribeStreamConsumer", { StreamARN, ConsumerName: "app" })).toEqual({
      value: { ConsumerDescription: { ...consumer, ConsumerStatus: "ACTIVE", StreamARN } },
    });
  });

  it("is counted by DescribeStreamSummary, and does not make the stream UPDATING", async () => {
    const { registered, call } = await stream();
    await registered(2);
    const { value } = await call("DescribeStreamSummary", { StreamName: "clicks" });
    expect(value.StreamDescriptionSummary).toMatchObject({
      ConsumerCount: 2,
      StreamStatus: "ACTIVE",
    });
  });

  it("takes a name once, also of two that come at the same time", async () => {
    const { register } = await stream();
    const answers = await Promise.all([register("app"), register("app"), register("other")]);
    const taken = inUse(
      `Consumer app of stream clicks under account ${ACCOUNT_ID} already exists.`,
    );
    expect(answers.filter(({ error }) => error !== undefined)).toEqual([taken]);
    expect(await register("app")).toEqual(taken);
  });

  it("takes twenty consumers and no more, and five that are CREATING", async () => {
    const { register, registered, advance } = await stream();
    await registered(15);
    for (let i = 0; i < 5; i++) await register(`more-${i}`);
    expect((await register("app")).error).toMatchObject({ name: "LimitExceededException" });
    advance(TRANSITION_MS);
    expect((await register("app")).error?.message).toMatch(/^There are 20 consumers/);

    const other = await stream();
    for (let i = 0; i < 5; i++) await other.register(`more-${i}`);
    expect((await other.register("app")).error?.message).toMatch(
      /^There are 5 consumers.*CREATING/,
    );
  });

  it("refuses streams that are not there or still CREATING", async () => {
    const made = harness();
    const request = { StreamARN, ConsumerName: "app" };
    expect(await made.call("RegisterStreamConsumer", request)).toEqual(notFound("clicks"));
    await made.call("CreateStream", { StreamName: "clicks", ShardCount: 1 });
    expect(await made.call("RegisterStreamConsumer", request)).toEqual(
      inUse(`Stream clicks under account ${ACCOUNT_ID} not ACTIVE, instead in state CREATING`),
    );
  });

  it("loses nothing to a reshard at the same time", async () => {
    const { register, call, advance } = await stream();
    const NewStartingHashKey = String(2n ** 127n);
    const split = { StreamName: "clicks", ShardToSplit: "0", NewStartingHashKey };
    const answers = await Promise.all([call("SplitShard", split), register("a"), register("b")]);
    expect(answers.every(({ error }) => error === undefined)).toBe(true);
    advance(TRANSITION_MS);
    const { value } = await call("DescribeStreamSummary", { StreamName: "clicks" });
    expect(value.StreamDescriptionSummary).toMatchObject({ ConsumerCount: 2, OpenShardCount: 2 });
  });
});

describe("DescribeStreamConsumer and DeregisterStreamConsumer", () => {
  it.each(["DescribeStreamConsumer", "DeregisterStreamConsumer"])(
    "%s finds a consumer by its ARN, or by its stream and name",
    async (operation) => {
      const addresses = [
        { ConsumerARN: consumerArn("app") },
        { StreamARN, ConsumerName: "app" },
        { StreamARN, ConsumerName: "app", ConsumerARN: consumerArn("app") },
      ];
      for (const address of addresses) {
        const { register, call } = await stream();
        await register("app");
        expect(await call(operation, address)).not.toHaveProperty("error");
      }
    },
  );

  it.each(["DescribeStreamConsumer", "DeregisterStreamConsumer"])(
    "%s refuses unknown consumers, and addresses that name none or two",
    async (operation) => {
      const { register, call } = await stream();
      await register("app");
      expect(await call(operation, { StreamARN, ConsumerName: "b" })).toEqual(unknown("b"));
      const old = consumerArn("app", CREATED_SECONDS - 1);
      expect(await call(operation, { ConsumerARN: old })).toEqual(unknown(old));
      expect(await call(operation, { StreamARN })).toEqual(
        invalidArgument("Either ConsumerARN, or both StreamARN and ConsumerName must be provided."),
      );
      const ConsumerARN = consumerArn("app");
      expect(await call(operation, { ConsumerARN, StreamARN, ConsumerName: "b" })).toEqual(
        invalidArgument(
          `ConsumerARN ${ConsumerARN} does not name the consumer that StreamARN and ConsumerName do.`,
        ),
      );
      const foreign = ConsumerARN.replace(ACCOUNT_ID, "999999999999");
      expect(await call(operation, { ConsumerARN: foreign })).toEqual(notFound("clicks"));
    },
  );

  it("gives a name that is registered again another ARN", async () => {
    const { register, call, advance } = await stream();
    await register("app");
    await call("DeregisterStreamConsumer", { ConsumerARN: consumerArn("app") });
    advance(1000);
    const { value } = await register("app");
    expect(value.Consumer.ConsumerARN).toBe(consumerArn("app", CREATED_SECONDS + 1));
    expect(await call("DescribeStreamConsumer", { ConsumerARN: consumerArn("app") })).toEqual(
      unknown(consumerArn("app")),
    );
  });

  it("lets a stream with consumers be deleted only when that is said", async () => {
    const { register, call } = await stream();
    await register("app");
    expect((await call("DeleteStream", { StreamName: "clicks" })).error?.name).toBe(
      "ResourceInUseException",
    );
    const request = { StreamName: "clicks", EnforceConsumerDeletion: true };
    expect(await call("DeleteStream", request)).not.toHaveProperty("error");
  });
});

describe("ListStreamConsumers", () => {
  const names = ({ value }: Answer) =>
    value.Consumers.map(({ ConsumerName }: { ConsumerName: string }) => ConsumerName);

  it("pages in the order of the names", async () => {
    const { registered, call } = await stream();
    await registered(5);
    const first = await call("ListStreamConsumers", { StreamARN, MaxResults: 3 });
    expect(names(first)).toEqual(["app-00", "app-01", "app-02"]);
    const { NextToken } = first.value;
    const second = await call("ListStreamConsumers", { StreamARN, MaxResults: 2, NextToken });
    expect(names(second)).toEqual(["app-03", "app-04"]);
    expect(second.value).not.toHaveProperty("NextToken");
    expect(second.value.Consumers[0]).not.toHaveProperty("StreamARN");
  });

  it("answers an empty list of a stream without consumers", async () => {
    const { call } = await stream();
    expect(await call("ListStreamConsumers", { StreamARN })).toEqual({ value: { Consumers: [] } });
  });

  it("refuses tokens that are garbage, old, or of another stream", async () => {
    const { registered, call, create, advance } = await stream();
    await registered(2);
    await create("other", { ShardCount: 1 });
    const list = { StreamARN, MaxResults: 1 };
    const { NextToken } = (await call("ListStreamConsumers", list)).value;
    const invalidToken = invalidArgument("NextToken is invalid.");
    expect(await call("ListStreamConsumers", { ...list, NextToken: "garbage" })).toEqual(
      invalidToken,
    );
    expect(await call("ListStreamConsumers", { StreamARN: arnOf("other"), NextToken })).toEqual(
      invalidToken,
    );
    advance(300_001);
    expect((await call("ListStreamConsumers", { ...list, NextToken })).error?.name).toBe(
      "ExpiredNextTokenException",
    );
  });

  it("tells generations of a stream apart by their creation time", async () => {
    const { registered, call } = await stream();
    await registered(1);
    const at = (StreamCreationTimestamp: number) =>
      call("ListStreamConsumers", { StreamARN, StreamCreationTimestamp });
    expect(names(await at(NOW_MS / 1000))).toEqual(["app-00"]);
    expect(await at(NOW_MS / 1000 - 60)).toEqual(notFound("clicks"));
  });
});
