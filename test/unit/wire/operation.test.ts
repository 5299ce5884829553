import type { Firehose } from "@aws-sdk/client-firehose";
import type { Kinesis } from "@aws-sdk/client-kinesis";
import { describe, expect, expectTypeOf, test } from "vitest";
import type { OperationName } from "../../../src/wire/operation.ts";
import { defineService, notOffered, operation } from "../../../src/wire/operation.ts";
import {
  blob,
  boolean,
  integer,
  list,
  map,
  required,
  string,
  structure,
} from "../../../src/wire/shape.ts";

interface Context {
  readonly accountId: string;
}

const putRecords = operation({
  input: {
    StreamName: required(string({ minLength: 1 })),
    Kind: string({ enum: ["A", "B"] }),
    Count: integer(),
    Strict: boolean(),
    Tags: map(string(), string()),
    Records: required(list(structure({ Data: required(blob()), Key: string() }))),
  },
  resource: ({ StreamName }, { accountId }: Context) => `arn:${accountId}:${StreamName}`,
  async handle(input, { accountId }: Context) {
    expectTypeOf(input).toEqualTypeOf<{
      readonly StreamName: string;
      readonly Records: readonly { readonly Data: Uint8Array; readonly Key?: string }[];
      readonly Kind?: "A" | "B";
      readonly Count?: number;
      readonly Strict?: boolean;
      readonly Tags?: Readonly<Record<string, string>>;
    }>();
    return { Account: accountId, Names: input.Records.length };
  },
});

describe("operation()", () => {
  test("gives the handler the type of its shape", async () => {
    const output = await putRecords.handle(
      { StreamName: "s", Records: [{ Data: new Uint8Array() }] },
      { accountId: "1" },
    );
    expectTypeOf(output).toEqualTypeOf<{ Account: string; Names: number }>();
    expect(output).toEqual({ Account: "1", Names: 1 });
    expect(putRecords.resource?.({ StreamName: "s", Records: [] }, { accountId: "1" })).toBe(
      "arn:1:s",
    );
  });
});

describe("defineService()", () => {
  interface Client {
    putRecords(): void;
    listStreams(): void;
    send(): void;
    config: object;
  }
  const traits = {
    title: "Test",
    targetPrefix: "Test_1",
    signingName: "test",
    emptyOutput: "object",
    violationValue: "omitted",
  } as const;

  test("looks operations up by their wire name", () => {
    const service = defineService<Client, Context>({
      ...traits,
      operations: { PutRecords: putRecords, ListStreams: notOffered("nobody asked") },
    });
    expect(service.operations.get("PutRecords")).toBe(putRecords);
    expect(service.operations.get("ListStreams")).toEqual({
      kind: "notOffered",
      reason: "nobody asked",
    });
    expect(service.operations.get("constructor")).toBeUndefined();
  });

  test("does not compile with a row missing or a row too many", () => {
    defineService<Client, Context>({
      ...traits,
      // @ts-expect-error ListStreams is missing
      operations: { PutRecords: putRecords },
    });
    defineService<Client, Context>({
      ...traits,
      operations: {
        PutRecords: putRecords,
        ListStreams: notOffered(""),
        // @ts-expect-error no such operation
        ListStream: notOffered(""),
      },
    });
  });

  test("knows the operations of the SDK's clients", () => {
    expectTypeOf<OperationName<Firehose>>().toEqualTypeOf<
      | "CreateDeliveryStream"
      | "DeleteDeliveryStream"
      | "DescribeDeliveryStream"
      | "ListDeliveryStreams"
      | "ListTagsForDeliveryStream"
      | "PutRecord"
      | "PutRecordBatch"
      | "StartDeliveryStreamEncryption"
      | "StopDeliveryStreamEncryption"
      | "TagDeliveryStream"
      | "UntagDeliveryStream"
      | "UpdateDestination"
    >();
    expectTypeOf<"SubscribeToShard">().toExtend<OperationName<Kinesis>>();
    expectTypeOf<"WaitUntilStreamExists">().not.toExtend<OperationName<Kinesis>>();
  });
});
