import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Policy } from "../../../src/auth/policy.ts";
import {
  documentOf,
  parsePolicy,
  parseResourcePolicy,
  SERVICES_IN_POLICIES,
} from "../../../src/auth/policy-document.ts";
import { SERVICES } from "../../../src/operations/services.ts";

const STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks";
const GOOD = { Effect: "Allow", Action: "kinesis:Get*", Resource: STREAM };

const parse = (document: unknown) => parsePolicy(JSON.stringify(document));
const parseOne = (changes: object) => parse({ Statement: [{ ...GOOD, ...changes }] });
const under = (Condition: object) => parseOne({ Condition });

describe("a policy", () => {
  test("is read as people write it for IAM", () => {
    const written = {
      Version: "2012-10-17",
      Id: "writers",
      Statement: {
        Sid: "Put",
        Effect: "Deny",
        Action: ["firehose:PutRecord", "kinesis:*"],
        Resource: "*",
        Condition: { NotIpAddress: { "aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"] } },
      },
    };
    expect(parse(written)).toEqual({
      statements: [
        {
          effect: "deny",
          actions: ["firehose:PutRecord", "kinesis:*"],
          resources: ["*"],
          conditions: [
            {
              operator: "NotIpAddress",
              key: "aws:SourceIp",
              values: ["203.0.113.0/24", "2001:db8::/32"],
            },
          ],
        },
      ],
    });
  });

  test("knows the services that there are", () => {
    expect([...SERVICES_IN_POLICIES].toSorted()).toEqual(
      SERVICES.map(({ signingName }) => signingName).toSorted(),
    );
  });

  test("comes back out of what is shown of it", () => {
    const word = fc.constantFrom("a", "b*", "c?");
    const statement = fc.record({
      Effect: fc.constantFrom("Allow", "Deny"),
      Action: fc.array(
        word.map((end) => `kinesis:${end}`),
        { minLength: 1, maxLength: 3 },
      ),
      Resource: fc.array(
        word.map((end) => `arn:aws:kinesis:*:*:stream/${end}`),
        { minLength: 1, maxLength: 3 },
      ),
      Condition: fc.record(
        {
          StringLike: fc.dictionary(fc.constantFrom("aws:username", "aws:RequestTag/a"), word),
          "ForAnyValue:StringEqualsIfExists": fc.record({ "aws:TagKeys": word }),
          Null: fc.record({ "aws:SourceIp": fc.constantFrom("true", "false") }),
        },
        { requiredKeys: [] },
      ),
    });
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 4 }), (Statement) => {
        const policy: Policy = parse({ Statement });
        expect(parsePolicy(JSON.stringify(documentOf(policy)))).toEqual(policy);
      }),
    );
  });
});

describe("a policy is refused, naming the place, for", () => {
  test.each<[string, () => unknown, string]>([
    ["what is no JSON", () => parsePolicy("{"), "it is no JSON document"],
    ["no object", () => parse("*"), 'The policy must be an object, got "*"'],
    [
      "an unknown member",
      () => parse({ Statements: [] }),
      "Statements is no member of a policy that is known here",
    ],
    ["no statements", () => parse({}), "Statement is missing"],
    [
      "an unknown version",
      () => parse({ Version: "2026-01-01", Statement: [] }),
      'Version must be 2012-10-17 or 2008-10-17, got "2026-01-01"',
    ],
    [
      "a statement that is none",
      () => parse({ Statement: [GOOD, 1] }),
      "Statement[1] must be an object, got 1",
    ],
    [
      "an effect in other letters",
      () => parseOne({ Effect: "allow" }),
      'Statement[0].Effect must be Allow or Deny, got "allow"',
    ],
    [
      "no effect",
      () => parseOne({ Effect: undefined }),
      "Statement[0].Effect must be Allow or Deny, got nothing",
    ],
    [
      "an unknown member of a statement",
      () => parseOne({ Conditions: {} }),
      "Statement[0].Conditions is no member of a policy that is known here",
    ],
    [
      "NotAction",
      () => parseOne({ NotAction: "*" }),
      "Statement[0].NotAction is not offered: name the actions in Action, or deny them in a statement of their own",
    ],
    [
      "NotResource",
      () => parseOne({ NotResource: "*" }),
      "Statement[0].NotResource is not offered: name the resources in Resource, or deny them in a statement of their own",
    ],
    [
      "a principal",
      () => parseOne({ Principal: "*" }),
      "Statement[0].Principal is of the policies of resources: a key's policy is about that key",
    ],
    ["no action", () => parseOne({ Action: undefined }), "Statement[0].Action is missing"],
    ["an empty list", () => parseOne({ Action: [] }), "Statement[0].Action must not be empty"],
    [
      "an action that is no text",
      () => parseOne({ Action: ["*", 1] }),
      "Statement[0].Action[1] must be a text, got 1",
    ],
    [
      "an action without a service",
      () => parseOne({ Action: "GetRecords" }),
      'Statement[0].Action must be * or <service>:<action>, got "GetRecords"',
    ],
    [
      "an unknown service",
      () => parseOne({ Action: "s3:GetObject" }),
      'Statement[0].Action must be of firehose, hydrant, kinesis, got "s3:GetObject"',
    ],
    [
      "a wildcard for a service",
      () => parseOne({ Action: "kin*:GetRecords" }),
      'Statement[0].Action must be of firehose, hydrant, kinesis, got "kin*:GetRecords"',
    ],
    [
      "a name for a resource",
      () => parseOne({ Resource: "clicks" }),
      'Statement[0].Resource must be * or an ARN such as arn:aws:kinesis:*:*:stream/logs-*, got "clicks"',
    ],
    [
      "half an ARN",
      () => parseOne({ Resource: "arn:aws:kinesis:us-east-1:stream/clicks" }),
      'Statement[0].Resource must be * or an ARN such as arn:aws:kinesis:*:*:stream/logs-*, got "arn:aws:kinesis:us-east-1:stream/clicks"',
    ],
    [
      "a wildcard for a resource's service",
      () => parseOne({ Resource: "arn:aws:*:*:*:stream/clicks" }),
      'Statement[0].Resource must name its service without a wildcard, got "arn:aws:*:*:*:stream/clicks"',
    ],
    [
      "a variable",
      () => parseOne({ Resource: "arn:aws:kinesis:*:*:stream/${aws:username}" }),
      'Statement[0].Resource has a policy variable, which is not offered: "arn:aws:kinesis:*:*:stream/${aws:username}"',
    ],
    [
      "a variable in a condition",
      () => under({ StringEquals: { "aws:RequestTag/owner": "${aws:username}" } }),
      'Statement[0].Condition.StringEquals.aws:RequestTag/owner has a policy variable, which is not offered: "${aws:username}"',
    ],
    [
      "an id of two statements",
      () =>
        parse({
          Statement: [
            { ...GOOD, Sid: "A" },
            { ...GOOD, Sid: "A" },
          ],
        }),
      'Statement[1].Sid is another statement\'s, too: "A"',
    ],
    [
      "a member that is there twice",
      () =>
        parsePolicy(
          '{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*","\\u0045ffect":"Allow"}]}',
        ),
      "Statement[0].Effect is there twice",
    ],
    [
      "statements that are there twice",
      () => parsePolicy('{"Statement":[],"Statement":[]}'),
      "Statement is there twice",
    ],
    [
      "a condition that is there twice",
      () => parsePolicy('{"Statement":[{},{"Condition":{"Bool":{"a":["}","{"],"b":1,"a":2}}}]}'),
      "Statement[1].Condition.Bool.a is there twice",
    ],
    [
      "an unknown operator",
      () => under({ StringMatches: { "aws:username": "a" } }),
      "Statement[0].Condition.StringMatches is not offered: StringMatches",
    ],
    [
      "an unknown set",
      () => under({ "ForSome:StringLike": { "aws:TagKeys": "a" } }),
      "Statement[0].Condition.ForSome:StringLike is not offered: ForSome:StringLike",
    ],
    [
      "Null in other forms",
      () => under({ NullIfExists: { "aws:username": "true" } }),
      "Statement[0].Condition.NullIfExists is not offered: NullIfExists",
    ],
    [
      "an unknown key",
      () => under({ Bool: { "aws:MultiFactorAuthPresent": "true" } }),
      "Statement[0].Condition.Bool knows the keys aws:CurrentTime, aws:EpochTime, aws:PrincipalAccount, aws:PrincipalArn, aws:RequestTag/<key>, aws:ResourceTag/<key>, aws:SecureTransport, aws:SourceIp, aws:TagKeys and aws:username, got aws:MultiFactorAuthPresent",
    ],
    [
      "a tag without a key",
      () => under({ Null: { "aws:RequestTag/": "true" } }),
      "Statement[0].Condition.Null knows the keys",
    ],
    [
      "an operator of another kind",
      () => under({ StringLike: { "aws:SourceIp": "203.*" } }),
      "Statement[0].Condition.StringLike StringLike does not compare what aws:SourceIp has",
    ],
    [
      "no address",
      () => under({ IpAddress: { "aws:SourceIp": ["10.0.0.0/8", "10.0.0.0/33"] } }),
      'Statement[0].Condition.IpAddress aws:SourceIp must be an address or a range such as 203.0.113.0/24, got "10.0.0.0/33"',
    ],
    [
      "no time",
      () => under({ DateLessThan: { "aws:CurrentTime": "tomorrow" } }),
      'Statement[0].Condition.DateLessThan aws:CurrentTime must be a time such as 2026-11-30T08:15:00Z, got "tomorrow"',
    ],
    [
      "no boolean",
      () => under({ Bool: { "aws:SecureTransport": "yes" } }),
      'Statement[0].Condition.Bool aws:SecureTransport must be true or false, got "yes"',
    ],
    [
      "several values without a set",
      () => under({ StringEquals: { "aws:TagKeys": "a" } }),
      "Statement[0].Condition.StringEquals aws:TagKeys has several values: write ForAnyValue:StringEquals or ForAllValues:StringEquals",
    ],
    [
      "one value with a set",
      () => under({ "ForAnyValue:StringEquals": { "aws:username": "a" } }),
      "Statement[0].Condition.ForAnyValue:StringEquals aws:username has one value: write StringEquals",
    ],
    [
      "a name of every object for a member",
      () => parseOne({ constructor: "*" }),
      "Statement[0].constructor is no member of a policy that is known here",
    ],
    [
      "a name of every object for an operator",
      () => under({ hasOwnProperty: { "aws:SourceIp": "203.0.113.0/24" } }),
      "Statement[0].Condition.hasOwnProperty is not offered: hasOwnProperty",
    ],
    [
      "a name of every object for a set",
      () => under({ "constructor:StringLike": { "aws:TagKeys": "a" } }),
      "Statement[0].Condition.constructor:StringLike is not offered: constructor:StringLike",
    ],
    [
      "a name of every object for a key",
      () => under({ Null: { constructor: "true" } }),
      "Statement[0].Condition.Null knows the keys",
    ],
    [
      "a condition without values",
      () => under({ StringEquals: { "aws:username": [] } }),
      "Statement[0].Condition.StringEquals.aws:username must have a value",
    ],
    [
      "a value that is none",
      () => under({ StringEquals: { "aws:username": {} } }),
      "Statement[0].Condition.StringEquals.aws:username must be a text, got {}",
    ],
    [
      "depth",
      () => parsePolicy(`${"[".repeat(5000)}${"]".repeat(5000)}`),
      "it is nested more than 10 levels deep",
    ],
  ])("%s", (_, read, sentence) => {
    expect(read).toThrow(sentence);
  });
});

describe("a resource's policy", () => {
  const ofStream = (changes: object) =>
    parseResourcePolicy(
      JSON.stringify({ Statement: { ...GOOD, Principal: "*", ...changes } }),
      STREAM,
    );

  test.each([
    ["*", ["*"]],
    [{ AWS: "*" }, ["*"]],
    [{ AWS: ["123456789012"] }, ["123456789012"]],
    [
      { AWS: "arn:aws:sts::123456789012:assumed-role/writer/i-0" },
      ["arn:aws:sts::123456789012:assumed-role/writer/i-0"],
    ],
  ])("names whom it is about: %j", (Principal, principals) => {
    expect(ofStream({ Principal }).statements).toMatchObject([{ principals }]);
  });

  test.each<[object, string]>([
    [{ Principal: undefined }, "Statement.Principal is missing"],
    [{ Principal: "alice" }, 'Statement.Principal must be an object, got "alice"'],
    [{ Principal: {} }, "Statement.Principal.AWS is missing"],
    [{ Principal: { AWS: "alice" } }, "Statement.Principal.AWS must be *, an account,"],
    [
      { Principal: { AWS: "arn:aws:iam::123456789012:user/*" } },
      "Statement.Principal.AWS must be *, an account,",
    ],
    [{ Principal: { Service: "a" } }, "Statement.Principal.Service is not offered"],
    [{ NotPrincipal: { AWS: "*" } }, "Statement.NotPrincipal is not offered"],
    [{ Action: "firehose:PutRecord" }, "Statement.Action must be of kinesis,"],
    [
      { Resource: [STREAM, `${STREAM}s`] },
      "Statement.Resource[1] must be the resource that the policy is put on,",
    ],
  ])("is refused with %j", (changes, sentence) => {
    expect(() => ofStream(changes)).toThrow(sentence);
  });
});

test.each([
  [{ hasOwnProperty: { "aws:SecureTransport": "false" } }, /is not offered: hasOwnProperty/],
  [{ "constructor:StringEquals": { "aws:username": "a" } }, /is not offered: constructor/],
  [{ Null: { constructor: "true" } }, /knows the keys .*, got constructor/],
])("a condition may have no name that every object answers to: %j", (Condition, told) => {
  expect(() => under(Condition)).toThrow(told);
});

test("a member may have no name that every object answers to", () => {
  expect(() => parseOne({ constructor: "a" })).toThrow(/is no member of a policy/);
});

test.each([
  { Condition: { Bool: { "aws:SecureTransport": "a".repeat(60_000) } } },
  { ["a".repeat(60_000)]: 1 },
])("no refusal is as long as what it refuses", (changes) => {
  let told = "";
  try {
    parseOne(changes);
  } catch (error) {
    told = (error as Error).message;
  }
  expect(told).toMatch(/^Statement\[0\]/);
  expect(told.length).toBeLessThan(1100);
});
