import { describe, expect, it } from "vitest";
import { call, expectRefusal, violation } from "./client.ts";
import { startRedrive } from "./redrives.ts";
import { NOWHERE_ARN, streamNotFound, streamWith } from "./replays.ts";

const OPERATION = "StartRedrive";
const refusal = (message: string) => ["InvalidArgumentException", message] as const;

describe(`${OPERATION}: serialization`, () => {
  it("refuses members of the wrong type", async () => {
    expectRefusal(
      await call(OPERATION, { DeliveryStreamName: "a", DryRun: 1 }),
      "SerializationException",
      "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an Boolean",
    );
  });
});

describe(`${OPERATION}: validation`, () => {
  it("refuses kinds that there are not", async () => {
    const { status, value } = await startRedrive("a", { Kinds: ["broken"] });
    expect(status).toBe(400);
    expect(value.__type).toBe("ValidationException");
    expect(value.message).toContain("processing-failed");
  });

  it("asks for a delivery stream's name", async () => {
    expectRefusal(
      await call(OPERATION, {}),
      "ValidationException",
      violation(
        "Value null at 'deliveryStreamName' failed to satisfy constraint: Member must not be null",
      ),
    );
  });
});

describe(`${OPERATION}: behaviour`, () => {
  it("knows nothing of streams that are not there", async () => {
    expectRefusal(
      await startRedrive("nobodys"),
      "ResourceNotFoundException",
      streamNotFound("nobodys"),
    );
  });

  it("answers where it looks, and for what", async () => {
    const { name } = await streamWith();
    const { value } = await startRedrive(name, {
      Kinds: ["processing-failed"],
      From: 1_790_000_000,
      To: 1_790_003_600,
      DryRun: true,
    });
    expect(value.Redrive).toMatchObject({
      DeliveryStreamName: name,
      Status: "RUNNING",
      DryRun: true,
      BucketARN: NOWHERE_ARN,
      Prefixes: ["processing-failed/"],
      Kinds: ["processing-failed"],
      From: 1_790_000_000,
      To: 1_790_003_600,
      Progress: 0,
      ObjectsFound: 0,
    });
    expect(value.Redrive).toMatchObject({ AfterRedrive: "KEEP" });
    const { Redrive } = (await startRedrive(name, { AfterRedrive: "MOVE" })).value;
    expect(Redrive).toMatchObject({ AfterRedrive: "MOVE" });
    expect(Redrive.Prefixes).toEqual([
      "activePartitionExceeded/",
      "decompression-failed/",
      "format-conversion-failed/",
      "metadata-extraction-failed/",
      "processing-failed/",
    ]);
  });

  it("refuses what goes against itself", async () => {
    const { name } = await streamWith();
    expectRefusal(
      await startRedrive(name, { Keys: ["a"], Prefix: "b" }),
      ...refusal("Keys cannot be combined with Kinds, From, To or Prefix"),
    );
    expectRefusal(
      await startRedrive(name, { From: 2, To: 1 }),
      ...refusal("From must come before To"),
    );
    expectRefusal(
      await startRedrive(name, { DryRun: true, AfterRedrive: "TAG" }),
      ...refusal("AfterRedrive cannot be TAG with DryRun: nothing is redriven"),
    );
  });

  it("is one redrive for one client token, and refuses the token for another", async () => {
    const { name } = await streamWith();
    const ClientToken = "once";
    const first = await startRedrive(name, { ClientToken, DryRun: true });
    const { RedriveId } = first.value.Redrive as { readonly RedriveId: string };
    const second = await startRedrive(name, { DryRun: true, ClientToken });
    expect(second.value.Redrive.RedriveId).toBe(RedriveId);
    expectRefusal(
      await startRedrive(name, { ClientToken }),
      ...refusal(
        `ClientToken once stands for redrive ${RedriveId}, which was asked for with other members`,
      ),
    );
  });

  it("takes five at once of a stream", async () => {
    const { name } = await streamWith();
    for (let i = 0; i < 5; i++) expect((await startRedrive(name)).status).toBe(200);
    expectRefusal(
      await startRedrive(name),
      "LimitExceededException",
      `Firehose ${name} has 5 redrives under way, which is the limit. Stop one, or wait until one has ended.`,
    );
  });
});
