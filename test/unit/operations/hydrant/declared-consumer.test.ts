import { describe, expect, it } from "vitest";
import { arnOf } from "../kinesis/harness.ts";
import { declaredWorld } from "./declared-world.ts";

const READER = { ServiceToken: "token", StreamARN: arnOf("clicks"), ConsumerName: "reader" };

async function world() {
  const made = await declaredWorld();
  const consumers = async () =>
    (await made.callKinesis("ListStreamConsumers", { StreamARN: arnOf("clicks") })).value.Consumers;
  const tags = async (ResourceARN: string) =>
    (await made.callKinesis("ListTagsForResource", { ResourceARN })).value.Tags;
  return { ...made, consumers, tags };
}

async function created(properties: object = {}) {
  const made = await world();
  const answer = await made.consumer.create({ ...READER, ...properties });
  expect(answer).toMatchObject({ Status: "SUCCESS" });
  return { ...made, id: answer.PhysicalResourceId, arn: answer.Data!["ConsumerARN"]! };
}

describe("Create", () => {
  it("registers the consumer, and answers with its ARN when it is ACTIVE", async () => {
    const { consumer, consumers } = await world();
    const answer = await consumer.create({ ...READER, Tags: [{ Key: "team", Value: "clicks" }] });
    expect(answer).toMatchObject({
      Status: "SUCCESS",
      PhysicalResourceId: expect.stringMatching(/^clicks\/reader\/[0-9a-f]{16}$/),
      Data: {
        ConsumerARN: expect.stringMatching(/:stream\/clicks\/consumer\/reader:\d+$/),
        ConsumerName: "reader",
        StreamARN: arnOf("clicks"),
      },
    });
    expect(await consumers()).toMatchObject([
      { ConsumerARN: answer.Data!["ConsumerARN"], ConsumerStatus: "ACTIVE" },
    ]);
  });

  it("registers one when the request comes twice", async () => {
    const { consumer, consumers } = await world();
    const first = await consumer.create(READER, "again");
    expect(await consumer.create(READER, "again")).toEqual(first);
    expect(await consumers()).toHaveLength(1);
  });

  it("fails where the name is taken, and leaves that one alone when the stack rolls back", async () => {
    const { consumer, consumers, callKinesis } = await world();
    const { StreamARN, ConsumerName } = READER;
    await callKinesis("RegisterStreamConsumer", { StreamARN, ConsumerName });
    const answer = await consumer.create(READER);
    expect(answer).toMatchObject({
      Status: "FAILED",
      Reason: expect.stringContaining("already exists"),
    });
    expect(await consumer.remove(answer.PhysicalResourceId)).toMatchObject({ Status: "SUCCESS" });
    expect(await consumers()).toHaveLength(1);
  });

  it("fails for a stream that is not there", async () => {
    const { consumer } = await world();
    expect(await consumer.create({ ...READER, StreamARN: arnOf("none") })).toMatchObject({
      Status: "FAILED",
      Reason: expect.stringContaining("Stream none under account"),
    });
  });
});

describe("Update", () => {
  it("changes tags in place, and leaves them where the template says nothing", async () => {
    const { consumer, tags, id, arn } = await created({ Tags: [{ Key: "a", Value: "1" }] });
    const wanted = [{ Key: "b", Value: "2" }];
    expect(await consumer.update(id, { ...READER, Tags: wanted })).toMatchObject({
      Status: "SUCCESS",
      PhysicalResourceId: id,
      Data: { ConsumerARN: arn },
    });
    expect(await tags(arn)).toEqual(wanted);
    await consumer.update(id, READER);
    expect(await tags(arn)).toEqual(wanted);
  });

  it("registers another one for another name", async () => {
    const { consumer, consumers, id } = await created();
    const answer = await consumer.update(id, { ...READER, ConsumerName: "other" });
    expect(answer.PhysicalResourceId).toMatch(/^clicks\/other\//);
    await consumer.remove(id);
    expect(await consumers()).toMatchObject([{ ConsumerName: "other" }]);
  });

  it("registers it anew when somebody has deregistered it", async () => {
    const { consumer, consumers, callKinesis, id, arn } = await created();
    await callKinesis("DeregisterStreamConsumer", { ConsumerARN: arn });
    expect(await consumer.update(id, READER)).toMatchObject({ Status: "SUCCESS" });
    expect(await consumers()).toHaveLength(1);
  });
});

describe("Delete", () => {
  it("deregisters the consumer, also when it is asked to twice", async () => {
    const { consumer, consumers, id } = await created();
    expect(await consumer.remove(id)).toMatchObject({ Status: "SUCCESS" });
    expect(await consumers()).toEqual([]);
    expect(await consumer.remove(id)).toMatchObject({ Status: "SUCCESS" });
  });

  it("leaves one alone that somebody registered under the name since", async () => {
    const { consumer, consumers, callKinesis, id, arn } = await created();
    await callKinesis("DeregisterStreamConsumer", { ConsumerARN: arn });
    const { StreamARN, ConsumerName } = READER;
    await callKinesis("RegisterStreamConsumer", { StreamARN, ConsumerName });
    expect(await consumer.remove(id)).toMatchObject({ Status: "SUCCESS" });
    expect(await consumers()).toHaveLength(1);
  });
});
