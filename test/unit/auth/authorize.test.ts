import { describe, expect, test } from "vitest";
import { authorize, type ResourceFacts } from "../../../src/auth/authorize.ts";
import { parsePolicy, parseResourcePolicy } from "../../../src/auth/policy-document.ts";
import { principalOfArn } from "../../../src/auth/principal.ts";
import { ACCOUNT_ID, ALICE_ARN, factsOf } from "./facts.ts";

const STREAM = `arn:aws:kinesis:us-east-1:${ACCOUNT_ID}:stream/clicks`;
const CONSUMER = `${STREAM}/consumer/reader:1764489600`;
const SESSION_ARN = `arn:aws:sts::${ACCOUNT_ID}:assumed-role/writer/i-0123`;
const NONE: readonly object[] = [];

const ALLOW = { Effect: "Allow", Action: "*", Resource: "*" };
const DENY = { Effect: "Deny", Action: "kinesis:Get*", Resource: STREAM };
const to = (AWS: string | readonly string[], changes: object = {}) => ({
  Effect: "Allow",
  Principal: { AWS },
  Action: "kinesis:*",
  Resource: STREAM,
  ...changes,
});

interface World {
  /** Absent: a key that may do everything. */
  readonly key?: readonly object[];
  readonly stream?: readonly object[];
  readonly consumer?: readonly object[];
  readonly tags?: Readonly<Record<string, string>>;
  readonly callerArn?: string;
  readonly accesses?: readonly { readonly action: string; readonly resource: string }[];
}

/** What is answered, but for the beginning that is always the same. */
async function answer({
  key,
  stream,
  consumer,
  tags,
  callerArn = ALICE_ARN,
  accesses = [{ action: "kinesis:GetRecords", resource: STREAM }],
}: World): Promise<string> {
  const policyOf = (statements: readonly object[] | undefined, arn: string) =>
    statements && {
      policy: parseResourcePolicy(JSON.stringify({ Statement: statements }), arn),
    };
  const resources = new Map<string, ResourceFacts>([
    [STREAM, { ...policyOf(stream, STREAM), ...(tags && { tags }) }],
    [CONSUMER, { ...policyOf(consumer, CONSUMER), partOf: STREAM }],
  ]);
  const question = {
    policy: key && parsePolicy(JSON.stringify({ Statement: key })),
    facts: factsOf({ principal: principalOfArn(callerArn) }),
    resources: (arn: string) => resources.get(arn),
  };
  return authorize(accesses, question).then(
    () => "allowed",
    (error: Error) =>
      error.message.replace(`User: ${callerArn} is not authorized to perform: `, ""),
  );
}

const NOT_ALLOWED = `kinesis:GetRecords on resource: ${STREAM} because no identity-based policy allows the kinesis:GetRecords action`;
const DENIED_BY_KEY = `kinesis:GetRecords on resource: ${STREAM} with an explicit deny in an identity-based policy`;
const DENIED_BY_STREAM = `kinesis:GetRecords on resource: ${STREAM} with an explicit deny in a resource-based policy`;

describe("a key", () => {
  test("without a policy may do everything", async () => {
    expect(await answer({})).toBe("allowed");
  });

  test("may do nothing that no statement allows", async () => {
    expect(await answer({ key: NONE })).toBe(NOT_ALLOWED);
    expect(await answer({ key: [{ ...ALLOW, Action: "kinesis:Put*" }] })).toBe(NOT_ALLOWED);
    expect(await answer({ key: [{ ...ALLOW, Resource: `${STREAM}s` }] })).toBe(NOT_ALLOWED);
  });

  test("may do what one statement allows, action and resource together", async () => {
    expect(await answer({ key: [{ ...ALLOW, Action: "KINESIS:getrecords" }] })).toBe("allowed");
    const apart = [
      { ...ALLOW, Action: "kinesis:PutRecord", Resource: STREAM },
      { ...ALLOW, Action: "kinesis:GetRecords", Resource: `${STREAM}s` },
    ];
    expect(await answer({ key: apart })).toBe(NOT_ALLOWED);
    expect(
      await answer({
        key: [
          {
            ...ALLOW,
            Resource: STREAM.toUpperCase().replace("ARN:AWS:KINESIS", "arn:aws:kinesis"),
          },
        ],
      }),
    ).toBe(NOT_ALLOWED);
  });

  test("may not do what any statement denies, in whichever order", async () => {
    expect(await answer({ key: [ALLOW, DENY] })).toBe(DENIED_BY_KEY);
    expect(await answer({ key: [DENY, ALLOW] })).toBe(DENIED_BY_KEY);
  });

  test("is asked for the tags of the resource", async () => {
    const key = [{ ...ALLOW, Condition: { StringEquals: { "aws:ResourceTag/team": "web" } } }];
    expect(await answer({ key, tags: { team: "web" } })).toBe("allowed");
    expect(await answer({ key, tags: { team: "ads" } })).toBe(NOT_ALLOWED);
  });

  test("needs each of several rights", async () => {
    const accesses = [
      { action: "kinesis:GetRecords", resource: STREAM },
      { action: "kinesis:PutRecord", resource: STREAM },
    ];
    const key = [{ ...ALLOW, Action: "kinesis:GetRecords" }];
    expect(await answer({ key, accesses })).toBe(
      `kinesis:PutRecord on resource: ${STREAM} because no identity-based policy allows the kinesis:PutRecord action`,
    );
  });
});

describe("a stream's policy", () => {
  test.each([
    ["everybody", "*"],
    ["the key by its name", ALICE_ARN],
  ])("grants to %s what the key's own does not", async (_, principal) => {
    expect(await answer({ key: NONE, stream: [to(principal)] })).toBe("allowed");
  });

  test("grants nothing to others, or that it does not name", async () => {
    const bob = ALICE_ARN.replace("alice", "bob");
    expect(await answer({ key: NONE, stream: [to(bob)] })).toBe(NOT_ALLOWED);
    const writer = to(ALICE_ARN, { Action: "kinesis:PutRecord" });
    expect(await answer({ key: NONE, stream: [writer] })).toBe(NOT_ALLOWED);
  });

  test.each([[ACCOUNT_ID], [`arn:aws:iam::${ACCOUNT_ID}:root`]])(
    "that allows the account %s leaves it to the keys' own policies",
    async (principal) => {
      expect(await answer({ key: NONE, stream: [to(principal)] })).toBe(NOT_ALLOWED);
      expect(await answer({ key: [ALLOW], stream: [to(principal)] })).toBe("allowed");
    },
  );

  test.each([["*"], [ALICE_ARN], [ACCOUNT_ID], [`arn:aws:iam::${ACCOUNT_ID}:root`]])(
    "denies %s what the key's own allows",
    async (principal) => {
      const stream = [to("*"), to(principal, { Effect: "Deny" })];
      expect(await answer({ stream })).toBe(DENIED_BY_STREAM);
      expect(await answer({ key: [ALLOW], stream })).toBe(DENIED_BY_STREAM);
    },
  );

  test("denies nothing to those of another account", async () => {
    const stream = [to("210987654321", { Effect: "Deny" })];
    expect(await answer({ stream })).toBe("allowed");
  });

  test.each([[SESSION_ARN], [`arn:aws:iam::${ACCOUNT_ID}:role/writer`]])(
    "names the session of a role as %s",
    async (principal) => {
      const world = { key: NONE, stream: [to(principal)] };
      expect(await answer({ ...world, callerArn: SESSION_ARN })).toBe("allowed");
      expect(await answer({ ...world, callerArn: SESSION_ARN.replace("writer", "reader") })).toBe(
        NOT_ALLOWED,
      );
    },
  );

  test("holds under its conditions", async () => {
    const Condition = { Bool: { "aws:SecureTransport": false } };
    expect(await answer({ stream: [to("*", { Effect: "Deny", Condition })] })).toBe("allowed");
  });

  test("does not win over a key's that denies", async () => {
    expect(await answer({ key: [DENY], stream: [to("*")] })).toBe(DENIED_BY_KEY);
  });
});

describe("a consumer", () => {
  const accesses = [{ action: "kinesis:SubscribeToShard", resource: CONSUMER }];
  const deny = { Effect: "Deny", Action: "kinesis:SubscribeToShard", Resource: STREAM };
  const by = (kind: string) =>
    `kinesis:SubscribeToShard on resource: ${STREAM} with an explicit deny in ${kind}-based policy`;

  test("is read by the right on it alone", async () => {
    const key = [{ ...ALLOW, Resource: CONSUMER }];
    expect(await answer({ key, accesses })).toBe("allowed");
    const consumer = [to(ALICE_ARN, { Resource: CONSUMER })];
    expect(await answer({ key: NONE, consumer, accesses })).toBe("allowed");
  });

  test("is not read by a right on its stream", async () => {
    const none = `kinesis:SubscribeToShard on resource: ${CONSUMER} because no identity-based policy allows the kinesis:SubscribeToShard action`;
    expect(await answer({ key: [{ ...ALLOW, Resource: STREAM }], accesses })).toBe(none);
    expect(await answer({ key: NONE, stream: [to("*")], accesses })).toBe(none);
  });

  test("is not read where its stream may not be", async () => {
    expect(await answer({ key: [ALLOW, deny], accesses })).toBe(by("an identity"));
    const stream = [to("*", { Effect: "Deny" })];
    const consumer = [to("*", { Resource: CONSUMER })];
    expect(await answer({ key: [ALLOW], stream, consumer, accesses })).toBe(by("a resource"));
  });
});
