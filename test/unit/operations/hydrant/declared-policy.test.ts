import { describe, expect, it } from "vitest";
import { arnOf } from "../kinesis/harness.ts";
import { declaredWorld } from "./declared-world.ts";

const ARN = arnOf("clicks");
const allowing = (Action: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: "111122223333" }, Action, Resource: ARN }],
  });
const PUT = allowing("kinesis:PutRecord");
const READ = allowing("kinesis:GetRecords");
const WANTED = { ServiceToken: "token", ResourceARN: ARN, Policy: PUT };

async function world() {
  const made = await declaredWorld();
  const standing = async (ResourceARN = ARN) =>
    (await made.callKinesis("GetResourcePolicy", { ResourceARN })).value.Policy;
  return { ...made, standing };
}

async function created() {
  const made = await world();
  const answer = await made.policy.create(WANTED);
  expect(answer).toMatchObject({ Status: "SUCCESS", Data: { ResourceARN: ARN } });
  return { ...made, id: answer.PhysicalResourceId };
}

describe("Create", () => {
  it("puts the policy, once, also when the request comes twice", async () => {
    const { policy, standing } = await world();
    const first = await policy.create(WANTED, "again");
    expect(await policy.create(WANTED, "again")).toEqual(first);
    expect(await standing()).toBe(PUT);
  });

  it("puts a consumer's", async () => {
    const { policy, standing, callKinesis, advance } = await world();
    const { value } = await callKinesis("RegisterStreamConsumer", {
      StreamARN: ARN,
      ConsumerName: "reader",
    });
    advance(1000);
    const { ConsumerARN } = value.Consumer;
    const Policy = allowing("kinesis:SubscribeToShard").replace(ARN, ConsumerARN);
    const answer = await policy.create({ ResourceARN: ConsumerARN, Policy });
    expect(answer).toMatchObject({ Status: "SUCCESS" });
    expect(await standing(ConsumerARN)).toBe(Policy);
    await policy.remove(answer.PhysicalResourceId);
    expect(await standing(ConsumerARN)).toBe("{}");
  });

  it("fails where there is one, and leaves that one alone when the stack rolls back", async () => {
    const { policy, standing, callKinesis } = await world();
    await callKinesis("PutResourcePolicy", { ResourceARN: ARN, Policy: READ });
    const answer = await policy.create(WANTED);
    expect(answer).toMatchObject({
      Status: "FAILED",
      Reason: expect.stringContaining(`${ARN} has a policy already`),
    });
    expect(await policy.remove(answer.PhysicalResourceId)).toMatchObject({ Status: "SUCCESS" });
    expect(await standing()).toBe(READ);
  });

  it("names what is wrong with a policy", async () => {
    const { policy, standing } = await world();
    const answer = await policy.create({ ...WANTED, Policy: "{}" });
    expect(answer).toMatchObject({
      Status: "FAILED",
      Reason: expect.stringContaining("Policy is not valid"),
    });
    expect(await standing()).toBe("{}");
    expect(await policy.remove(answer.PhysicalResourceId)).toMatchObject({ Status: "SUCCESS" });
  });
});

describe("Update", () => {
  it("changes it in place, whoever has put another one since", async () => {
    const { policy, standing, callKinesis, id } = await created();
    expect(await policy.update(id, { ...WANTED, Policy: READ })).toMatchObject({
      Status: "SUCCESS",
      PhysicalResourceId: id,
    });
    expect(await standing()).toBe(READ);
    await callKinesis("PutResourcePolicy", { ResourceARN: ARN, Policy: PUT });
    await policy.update(id, { ...WANTED, Policy: READ });
    expect(await standing()).toBe(READ);
  });

  it("puts it again when somebody has deleted it", async () => {
    const { policy, standing, callKinesis, id } = await created();
    await callKinesis("DeleteResourcePolicy", { ResourceARN: ARN });
    expect(await policy.update(id, WANTED)).toMatchObject({ Status: "SUCCESS" });
    expect(await standing()).toBe(PUT);
  });
});

describe("Delete", () => {
  it("deletes it, also when it is asked to twice, or the stream is gone", async () => {
    const { policy, standing, callKinesis, advance, id } = await created();
    expect(await policy.remove(id)).toMatchObject({ Status: "SUCCESS" });
    expect(await standing()).toBe("{}");
    expect(await policy.remove(id)).toMatchObject({ Status: "SUCCESS" });
    await callKinesis("DeleteStream", { StreamName: "clicks" });
    advance(1000);
    expect(await policy.remove(id)).toMatchObject({ Status: "SUCCESS" });
  });

  it("leaves one alone that came by a call when the declared one was gone", async () => {
    const { policy, standing, callKinesis, id } = await created();
    await callKinesis("DeleteResourcePolicy", { ResourceARN: ARN });
    await callKinesis("PutResourcePolicy", { ResourceARN: ARN, Policy: READ });
    expect(await policy.remove(id)).toMatchObject({ Status: "SUCCESS" });
    expect(await standing()).toBe(READ);
  });
});
